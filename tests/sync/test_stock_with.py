"""Two channels of one account with one number: written on one, moved by the sales of both."""

from __future__ import annotations

import pytest

from mercer.core.account import Channel
from mercer.core.cell import Field
from mercer.core.errors import AuthExpired
from mercer.core.merge import State
from mercer.core.outcome import Outcome
from mercer.core.stock import Balance
from mercer.store import tables
from mercer.sync.intake import pull_orders
from mercer.sync.link import set_link
from mercer.sync.pull import pull_listings
from tests.sync.conftest import Seller
from tests.sync.hostile import Hostile, WithoutCompareAndSet


@pytest.fixture
def pair(seller: Seller) -> Seller:
    """`north` has the number, `east` shows it too; `south` is another shop."""
    east = Channel("east", "memory", "north", "CNY", stock_with="north")
    seller.add_channel(east)
    return seller


def sell(seller: Seller, channel: str, units: int) -> None:
    """The platform takes a sale off the number that both of its storefronts show."""
    seller.sell(channel, "TEE-S", units)
    other = "north" if channel == "east" else "east"
    left = seller.quantity(channel, "TEE-S")
    seller.shops[other].change("tee", "tee/TEE-S", quantity=left)


async def test_the_number_is_written_on_one_channel_and_followed_on_the_other(
    pair: Seller,
) -> None:
    await pair.agree("tee", "TEE-S", quantity=10)
    pair.later()
    pair.count("TEE-S", 15)
    cell = pair.cell("east", "TEE-S", Field.STOCK)
    assert (cell.state, cell.why) == (State.FOLLOWED, "its number is kept on north")
    applied = await pair.apply(pair.plan())
    assert {item.change.cell.channel for item in applied.items} == {"north", "south"}
    assert pair.at("east").writes == []


async def test_a_sale_on_either_explains_the_lower_number(pair: Seller) -> None:
    await pair.agree("tee", "TEE-S", quantity=10)
    pair.later()
    sell(pair, "east", 2)
    pair.later()
    sell(pair, "north", 1)
    pair.later()
    await pair.pull()
    cell = pair.cell("north", "TEE-S", Field.STOCK)
    assert (cell.observed, cell.desired, cell.state) == ("7", "7", State.AGREED)
    assert (cell.unexplained, pair.rows(tables.findings)) == (0, [])
    assert pair.balance("TEE-S") == Balance(10, 3)


async def test_a_sale_whose_order_is_not_read_yet_is_no_finding(pair: Seller) -> None:
    await pair.agree("tee", "TEE-S", quantity=10)
    pair.later()
    sell(pair, "east", 2)
    pair.later()
    await pull_listings(pair.session)
    await pull_orders(pair.session, ["north"])
    assert pair.cell("north", "TEE-S", Field.STOCK).unexplained == -2
    assert pair.rows(tables.findings) == [], "the other channel's orders are not known so far"
    await pull_orders(pair.session, ["east"])
    assert pair.cell("north", "TEE-S", Field.STOCK).unexplained == 0
    assert pair.rows(tables.findings) == []


@pytest.mark.parametrize("adapter", [Hostile, WithoutCompareAndSet])
async def test_units_that_the_other_channel_sold_are_not_given_back(
    pair: Seller, adapter: type[Hostile]
) -> None:
    pair.add_channel(pair.channels["north"], adapter)
    await pair.agree("tee", "TEE-S", quantity=10)
    pair.later()
    pair.count("TEE-S", 15)
    plan = pair.plan(channels=("north",))
    sell(pair, "east", 3)
    pair.later()
    applied = await pair.apply(plan)
    assert applied.count(Outcome.CONFIRMED) == 1
    assert pair.quantity("north", "TEE-S") == 12
    assert pair.rows(tables.findings) == []


async def test_nothing_is_written_while_the_other_channels_orders_cannot_be_read(
    pair: Seller,
) -> None:
    await pair.agree("tee", "TEE-S", quantity=10)
    pair.later()
    pair.count("TEE-S", 15)
    plan = pair.plan(channels=("north",))
    east = pair.connections.pop("east")
    (item,) = (await pair.apply(plan)).items
    assert item.outcome is Outcome.UNCONVERGED
    assert "east" in item.reason
    pair.connections["east"] = east
    pair.at("east").read_faults = [AuthExpired("the token has expired") for _ in range(9)]
    await pair.sync()
    assert pair.at("north").writes == []
    pair.at("east").read_faults.clear()
    await pair.sync()
    assert pair.quantity("north", "TEE-S") == 15


async def test_of_several_offers_the_one_with_the_same_merchant_code_is_meant(
    pair: Seller,
) -> None:
    pair.own("tee", "TEE-S", quantity=10)
    pair.show("north", "tee", "TEE-S", quantity=5)
    pair.show("north", "old", "TEE-OLD", quantity=5)
    pair.show("east", "tee", "TEE-S", quantity=5)
    pair.show("south", "tee", "TEE-S", quantity=10)
    await pair.pull()
    set_link(pair.session, "north", "old/TEE-OLD", "TEE-S")
    await pair.pull()
    pair.later()
    sell(pair, "east", 2)
    pair.later()
    await pair.pull()
    assert pair.cell("north", "TEE-S", Field.STOCK).unexplained == 0
    assert pair.cell("north", "TEE-OLD", Field.STOCK).unexplained == 0
