"""Stock lies at locations: reserved where the rule says, shipped from there, moved between them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mercer.core.cell import Field
from mercer.core.contract import OrderPage
from mercer.core.errors import InputError
from mercer.core.merge import State
from mercer.core.order import Order, OrderStatus
from mercer.core.product import Product, Sku
from mercer.core.stock import Balance
from mercer.core.stock_rule import StockRule
from mercer.store import ledger, tables
from mercer.sync.catalogue import save_products
from mercer.sync.intake import take_in_orders
from mercer.sync.reservations import restock
from mercer.sync.stocktake import Count, Counted, adjust, count_in, move, open_stock, take_stock
from tests.sync.conftest import Seller
from tests.sync.test_orders import told


def lying(seller: Seller, sku: str = "TEE-S") -> dict[str, tuple[int, int]]:
    """Location -> on hand, reserved."""
    with seller.database.read() as tx:
        there = ledger.balances_at(tx, [sku]).get(sku, {})
    return {place: (each.on_hand, each.reserved) for place, each in there.items()}


async def stocked(seller: Seller, **places: int) -> None:
    """TEE-S lies at these locations, and both shops show all of it."""
    save_products(seller.session, [Product("tee", "Title of tee", skus=(Sku("TEE-S"),))])
    seller.set_price("TEE-S", "10.00")
    take_stock(seller.session, [Count("TEE-S", place, units) for place, units in places.items()])
    for channel in seller.channels:
        seller.show(channel, "tee", "TEE-S", quantity=sum(places.values()))
    await seller.pull()
    seller.later()


def take_in(seller: Seller, channel: str, *orders: Order) -> None:
    take_in_orders(seller.session, channel, OrderPage(orders))


async def test_the_first_location_of_the_rule_that_has_enough_is_reserved_from(
    seller: Seller,
) -> None:
    seller.rule("north", stock_rule=StockRule("n", ("west", "east")))
    await stocked(seller, east=10, west=3)
    take_in(seller, "north", seller.sell("north", "TEE-S", 3))
    assert lying(seller) == {"east": (10, 0), "west": (3, 3)}
    take_in(seller, "north", seller.sell("north", "TEE-S", 2))
    assert lying(seller) == {"east": (10, 2), "west": (3, 3)}
    take_in(seller, "north", seller.sell("north", "TEE-S", 20))
    assert lying(seller) == {"east": (10, 22), "west": (3, 3)}, "no one has enough: the fullest"


async def test_a_line_stays_where_it_was_reserved_and_ships_from_there(seller: Seller) -> None:
    await stocked(seller, east=3, west=9)
    order = seller.sell("north", "TEE-S", 2)
    take_in(seller, "north", order)
    assert lying(seller) == {"east": (3, 2), "west": (9, 0)}
    move(seller.session, "TEE-S", 3, "east", "west")
    more = told(seller, order, 1, ordered=4, quantity=4)
    take_in(seller, "north", more, told(seller, more, 2, shipped=4, status=OrderStatus.SHIPPED))
    assert lying(seller) == {"east": (-4, 0), "west": (12, 0)}


async def test_a_channel_shows_what_lies_at_its_own_locations(seller: Seller) -> None:
    seller.rule("north", stock_rule=StockRule("n", ("west",)))
    await stocked(seller, east=10, west=3)
    await seller.pull()
    assert seller.cell("north", "TEE-S", Field.STOCK).desired == "3"
    assert seller.cell("south", "TEE-S", Field.STOCK).desired == "13"
    move(seller.session, "TEE-S", 4, "east", "west")
    assert seller.cell("north", "TEE-S", Field.STOCK).desired == "7"


async def test_what_was_never_counted_at_a_channels_locations_is_unknown_there(
    seller: Seller,
) -> None:
    seller.rule("north", stock_rule=StockRule("n", ("west",)))
    await stocked(seller, east=10)
    cell = seller.cell("north", "TEE-S", Field.STOCK)
    assert (cell.desired, cell.state) == (None, State.BLOCKED)
    assert "never counted at west" in cell.why
    take_in(seller, "north", seller.sell("north", "TEE-S", 2))
    assert lying(seller) == {"east": (10, 2)}, "what is sold is reserved all the same"


async def test_an_order_older_than_a_locations_count_is_not_reserved_there(seller: Seller) -> None:
    seller.rule("north", stock_rule=StockRule("n", ("west", "east")))
    await stocked(seller, east=10)
    order = seller.sell("north", "TEE-S", 1)
    seller.later(3600)
    take_stock(seller.session, [Count("TEE-S", "west", 5)])
    take_in(seller, "north", order)
    assert lying(seller) == {"east": (10, 1), "west": (5, 0)}


async def test_a_location_counted_later_as_of_earlier_leaves_what_is_reserved_in_place(
    seller: Seller,
) -> None:
    seller.rule("north", stock_rule=StockRule("n", ("west", "east")))
    await stocked(seller, east=10)
    at = seller.clock.now()
    take_in(seller, "north", seller.sell("north", "TEE-S", 1))
    seller.later(3600)
    with seller.database.write() as tx:
        count_in(tx, seller.session, [Count("TEE-S", "west", 5)], at - timedelta(seconds=30))
    assert lying(seller) == {"east": (10, 1), "west": (5, 0)}


async def test_a_count_without_a_location_is_of_the_only_one(seller: Seller) -> None:
    await stocked(seller, east=10)
    assert take_stock(seller.session, [Count("TEE-S", "", 8)]) == Counted(0, 1, 0)
    assert lying(seller) == {"east": (8, 0)}
    assert open_stock(seller.session, [Count("TEE-S", "", 99)]) == Counted(0, 0, 1)
    take_stock(seller.session, [Count("TEE-S", "west", 1)])
    with pytest.raises(InputError, match="lies at east, west"):
        take_stock(seller.session, [Count("TEE-S", "", 8)])
    assert open_stock(seller.session, [Count("TEE-S", "north", 4)]) == Counted(1, 0, 0)


async def test_a_correction_needs_to_know_where(seller: Seller) -> None:
    await stocked(seller, east=10, west=3)
    with pytest.raises(InputError, match="lies at east, west"):
        adjust(seller.session, "TEE-S", 1, "found")
    assert adjust(seller.session, "TEE-S", -3, "lost", "west").balance == Balance(0, 0)
    with pytest.raises(InputError, match="lies there already"):
        move(seller.session, "TEE-S", 1, "east", "east")


async def test_what_comes_back_is_on_hand_again_once_and_where_it_is_said(seller: Seller) -> None:
    await stocked(seller, east=10)
    for _ in range(2):
        with seller.database.write() as tx:
            restock(tx, seller.session, "TEE-S", "", 2, "case/1", "ann", "case 1")
    with seller.database.write() as tx:
        restock(tx, seller.session, "TEE-S", "returns", 1, "case/2", "ann", "case 2")
    assert lying(seller) == {"east": (12, 0), "returns": (1, 0)}
    returns = [row for row in seller.rows(tables.movements) if row["kind"] == "return"]
    assert [(row["who"], row["on_hand"]) for row in returns] == [("ann", 2), ("ann", 1)]


async def test_what_was_never_counted_cannot_come_back(seller: Seller) -> None:
    save_products(seller.session, [Product("tee", "Tee", skus=(Sku("TEE-S"),))])
    with seller.database.write() as tx, pytest.raises(InputError, match="never counted"):
        restock(tx, seller.session, "TEE-S", "east", 2, "case/1", "ann", "case 1")
