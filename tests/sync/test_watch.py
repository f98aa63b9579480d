"""Orders are looked at on time, all along a job, and put off where the quota wants it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from benchmarks.seller import Seller as Shop
from mercer.core.contract import OrderReads
from mercer.core.errors import AuthExpired, MercerError, ProtocolBroken, Throttled
from mercer.core.outcome import Outcome
from mercer.plugins.memory.adapter import MemoryAdapter
from mercer.sync.cycle import sync
from mercer.sync.intake import pull_orders
from mercer.sync.planning import Request
from mercer.sync.session import Connection
from tests.sync.conftest import Seller

EVERY = timedelta(seconds=60)
SLOW = {"settle": timedelta(minutes=10), "deadline": timedelta(minutes=15)}


def looks(seller: Seller, channel: str = "north") -> list[datetime]:
    """The moments at which the channel's orders are looked at, from now on."""
    found: list[datetime] = []

    def note(call: str) -> None:
        if call == "read_orders":
            found.append(seller.clock.now())

    seller.at(channel).before_each = note
    return found


async def repriced(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    seller.declare("north", orders=OrderReads(timedelta(seconds=5), every=EVERY), **SLOW)


async def test_while_a_job_waits_orders_are_looked_at_as_often_as_declared(seller: Seller) -> None:
    await repriced(seller)
    moments, began = looks(seller), seller.clock.now()
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.CONFIRMED) == 1
    ends = [began, *moments, seller.clock.now()]
    assert max(after - before for before, after in pairwise(ends)) <= EVERY
    assert len(moments) == 10


async def test_a_sale_during_the_job_is_known_before_it_ends(seller: Seller) -> None:
    await repriced(seller)
    north = seller.at("north")
    balances = []

    def note(call: str) -> None:
        if call == "write_prices":
            seller.sell("north", "TEE-S", 3)
        if call == "read_back":
            balances.append(seller.balance("TEE-S"))

    north.before_each = note
    await seller.apply(seller.plan(channels=("north",)))
    before, after = balances[0], balances[-1]
    assert before is not None
    assert after is not None
    assert (before.reserved, after.reserved) == (0, 3)


async def test_a_short_job_looks_at_no_orders_that_it_does_not_need(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    moments = looks(seller)
    await seller.apply(seller.plan(channels=("north",)))
    assert moments == []


@pytest.mark.parametrize(
    "error", [AuthExpired("renew"), Throttled("later", delay=120.0), ProtocolBroken("not JSON")]
)
async def test_a_look_that_fails_leaves_the_job_alone_and_comes_again(
    seller: Seller, error: MercerError
) -> None:
    await repriced(seller)
    moments = looks(seller)
    seller.at("north").read_faults = [None, error]  # the reading before the write, then the look
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.CONFIRMED) == 1
    assert len(moments) >= 8


class WithoutOrders:
    """Prices can be read and written; nobody can read orders."""

    def __init__(self, inner: MemoryAdapter) -> None:
        self.declared = inner.declared
        self.read_listings = inner.read_listings
        self.read_back = inner.read_back
        self.write_prices = inner.write_prices


async def test_nobody_asks_a_platform_for_orders_that_cannot_be_read(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    north = seller.connections["north"]
    seller.connections["north"] = Connection(north.channel, WithoutOrders(seller.at("north")))
    cycle = await seller.sync()
    assert cycle.failed == {}
    assert "north" not in cycle.orders
    assert seller.price("north", "TEE-S") == "9.00 CNY"


async def test_a_pull_of_orders_that_the_quota_puts_off_says_until_when(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    last = seller.clock.now()
    seller.later(30)
    seller.at("north").read_faults = [Throttled("used up", delay=170.0, operation="searchOrders")]
    taken, failed = await pull_orders(seller.session, ["north"])
    assert failed == {}
    put_off = taken["north"]
    assert put_off.next_poll_at == seller.clock.now() + timedelta(seconds=170)
    assert (put_off.held_by, put_off.as_of) == ("searchOrders", last)


async def test_a_stock_write_does_not_go_without_the_orders_that_it_rests_on(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.count("TEE-S", 7)
    plan = seller.plan(channels=("north",))
    seller.at("north").read_faults = [None, Throttled("come back in an hour", delay=3600.0)]
    applied = await seller.apply(plan)
    assert set(applied.failed) == {"north"}
    assert seller.at("north").writes == []


async def test_twenty_five_syncs_in_a_row_with_stock_to_write_just_work_on_amazon() -> None:
    """One search for orders in three minutes: some looks are put off, none that stock rests on."""
    shop = Shop.of("amazon", products=4)
    try:
        await shop.take_over()
        sku, put_off = shop.skus()[0], 0
        for number in range(25):
            shop.count({sku: 30 + number})
            cycle = await sync(shop.session, Request())
            assert cycle.failed == {}
            assert cycle.applied is not None
            assert {item.outcome for item in cycle.applied.items} == {Outcome.CONFIRMED}
            put_off += cycle.orders["amazon"].next_poll_at is not None
            shown = {each.merchant_code: each.quantity for each in shop.simulator.offers()}
            assert shown[sku] == 30 + number
    finally:
        await shop.client.aclose()
        shop.database.close()
    assert put_off < 25
