"""The ledger over an order's whole life: returns, corrections, bundles, and who is short."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mercer.core.account import Channel
from mercer.core.contract import OrderPage
from mercer.core.order import OrderStatus
from mercer.core.product import Product, Sku
from mercer.core.stock import Balance
from mercer.store import stock_history, tables
from mercer.store.database import open_database
from mercer.sync.catalogue import save_products
from mercer.sync.intake import take_in_orders
from mercer.sync.stocktake import adjust
from tests.sync.conftest import Seller
from tests.sync.test_orders import ordered, take_in, told


async def test_an_order_closed_after_it_shipped_gives_nothing_back_by_itself(
    seller: Seller,
) -> None:
    order = await ordered(seller)
    shipped = told(seller, order, shipped=3, status=OrderStatus.SHIPPED)
    take_in(seller, order, shipped)
    take_in(seller, told(seller, shipped, quantity=0, status=OrderStatus.CANCELLED))
    assert seller.balance("TEE-S") == Balance(7, 0)
    (line,) = seller.rows(tables.order_lines)
    assert line["returned_at"] is None, "the shop's shelf did not get it back either"


async def test_a_partly_shipped_order_that_is_closed_releases_the_rest_only(seller: Seller) -> None:
    order = await ordered(seller)
    partly = told(seller, order, shipped=1, status=OrderStatus.PARTLY_SHIPPED)
    take_in(seller, order, partly, told(seller, partly, status=OrderStatus.CANCELLED))
    assert seller.balance("TEE-S") == Balance(9, 0)


async def test_a_shipped_count_that_was_wrong_is_corrected_and_reserved_again(
    seller: Seller,
) -> None:
    order = await ordered(seller)
    wrong = told(seller, order, shipped=3)
    take_in(seller, order, wrong, told(seller, wrong, shipped=2))
    assert seller.balance("TEE-S") == Balance(8, 1)
    kinds = [row["kind"] for row in seller.rows(tables.movements) if row["root"]]
    assert kinds == ["reservation", "shipment", "adjustment", "reservation"]


async def test_a_shipment_takes_its_reservation_with_it_in_one_movement(seller: Seller) -> None:
    order = await ordered(seller)
    take_in(seller, order, told(seller, order, shipped=3))
    last = seller.rows(tables.movements)[-1]
    assert (last["kind"], last["on_hand"], last["reserved"]) == ("shipment", -3, -3)


async def test_what_shipped_before_it_was_ever_seen_is_taken_off_all_the_same(
    seller: Seller,
) -> None:
    order = await ordered(seller)
    take_in(seller, told(seller, order, shipped=3, status=OrderStatus.SHIPPED))
    assert seller.balance("TEE-S") == Balance(7, 0)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=5))
def test_what_has_left_is_on_hand_again_only_if_it_never_left(
    versions: list[tuple[int, bool]],
) -> None:
    seller = Seller(open_database(None))
    seller.add_channel(Channel("north", "memory", "north", "CNY"))
    seller.own("tee", "TEE-S", quantity=10)
    seller.show("north", "tee", "TEE-S", quantity=10)
    order = seller.sell("north", "TEE-S", 5)
    for number, (shipped, cancelled) in enumerate(versions):
        status = OrderStatus.CANCELLED if cancelled else OrderStatus.PAID
        take_in(seller, told(seller, order, number, shipped=shipped, status=status))
        left = 0 if cancelled else 5 - shipped
        assert seller.balance("TEE-S") == Balance(10 - shipped, left)
    seller.database.close()


# ------------------------------------------------------------------ bundles


async def bundled(seller: Seller, *parts: tuple[str, int]) -> None:
    save_products(seller.session, [Product("set", "Title of set", skus=(Sku("SET", parts=parts),))])


async def test_a_bundle_that_is_made_otherwise_leaves_its_open_orders_as_they_were_reserved(
    seller: Seller,
) -> None:
    for code, sku in (("cup", "CUP"), ("lid", "LID")):
        await seller.agree(code, sku, quantity=20)
    await bundled(seller, ("CUP", 2))
    seller.set_price("SET", "30.00")
    seller.show("north", "set", "SET", price="30.00", quantity=10)
    await seller.pull()
    seller.later()
    order = seller.sell("north", "SET", 3)
    take_in(seller, order)
    await bundled(seller, ("CUP", 1), ("LID", 1))
    assert (seller.balance("CUP"), seller.balance("LID")) == (Balance(20, 6), Balance(20, 0))
    shipped = told(seller, order, shipped=1)
    take_in(seller, shipped)
    assert (seller.balance("CUP"), seller.balance("LID")) == (Balance(18, 4), Balance(20, 0))
    take_in(seller, told(seller, shipped, status=OrderStatus.CANCELLED))
    assert (seller.balance("CUP"), seller.balance("LID")) == (Balance(18, 0), Balance(20, 0))
    take_in(seller, seller.sell("north", "SET", 1))
    assert (seller.balance("CUP"), seller.balance("LID")) == (Balance(18, 1), Balance(20, 1))


# ------------------------------------------------------------------ split orders


async def test_a_child_order_takes_over_what_its_parent_reserved(seller: Seller) -> None:
    order = await ordered(seller, 5)
    parent = replace(told(seller, order), lines=(), status=OrderStatus.CANCELLED)
    (line,) = order.lines
    child = replace(told(seller, order), order="O1-1", number="O1-1", root="O1", lines=(line,))
    take_in(seller, order, child, parent)
    assert seller.balance("TEE-S") == Balance(10, 5)
    take_in(seller, told(seller, child, shipped=5, status=OrderStatus.SHIPPED))
    assert seller.balance("TEE-S") == Balance(5, 0)
    with seller.database.read() as tx:
        assert stock_history.open_reservations(tx, "TEE-S") == []


# ------------------------------------------------------------------ incidents


async def test_an_incident_names_every_order_that_wants_the_sku(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=5)
    seller.later()
    first, second = seller.sell("north", "TEE-S", 4), seller.sell("south", "TEE-S", 3)
    take_in_orders(seller.session, "north", OrderPage((first,)))
    assert seller.rows(tables.incidents) == []
    take_in_orders(seller.session, "south", OrderPage((second,)))
    (incident,) = seller.rows(tables.incidents)
    assert incident["orders"] == [["north", first.order, 4], ["south", second.order, 3]]
    assert (incident["channel"], incident["available"]) == ("south", -2)


async def test_an_incident_is_settled_when_there_is_enough_again(seller: Seller) -> None:
    order = await ordered(seller, 12)
    take_in(seller, order)
    adjust(seller.session, "TEE-S", 1, "found")
    assert seller.rows(tables.incidents)[0]["settled_at"] is None
    take_in(seller, told(seller, order, quantity=11))
    assert seller.rows(tables.incidents)[0]["settled_at"] == seller.clock.now()


async def test_an_order_that_was_served_is_not_to_blame_for_a_later_one(seller: Seller) -> None:
    order = await ordered(seller, 8)
    later = seller.sell("north", "TEE-S", 4)
    take_in(seller, order, later, told(seller, order, shipped=8, status=OrderStatus.SHIPPED))
    assert [row["order"] for row in seller.rows(tables.incidents)] == [later.order]


async def test_a_count_that_finds_less_than_was_promised_is_an_incident(seller: Seller) -> None:
    order = await ordered(seller, 8)
    take_in(seller, order)
    seller.count("TEE-S", 5)
    (incident,) = seller.rows(tables.incidents)
    assert (incident["order"], incident["available"]) == ("", -3)
    assert incident["orders"] == [["north", order.order, 8]]
    seller.count("TEE-S", 8)
    assert seller.rows(tables.incidents)[0]["settled_at"] is not None


async def test_a_child_order_keeps_the_parts_that_its_parent_reserved(seller: Seller) -> None:
    await seller.agree("cup", "CUP", quantity=20)
    await bundled(seller, ("CUP", 2))
    seller.show("north", "set", "SET", quantity=10)
    await seller.pull()
    seller.later()
    order = seller.sell("north", "SET", 3)
    take_in(seller, order)
    await bundled(seller, ("CUP", 1))
    child = replace(told(seller, order), order="O1-1", number="O1-1", root=order.order)
    take_in(seller, child, replace(told(seller, order, 2), lines=()))
    assert seller.balance("CUP") == Balance(20, 6)
