"""Parcels: told once, whatever becomes of the answer, and read back before they count."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mercer.core.contract import OrderReads
from mercer.core.errors import AuthExpired, InputError
from mercer.core.order import Order, OrderStatus
from mercer.core.shipping import Packed, Parcel
from mercer.store import holds, shipments
from mercer.sync.deciding import cancel, release
from mercer.sync.order_view import found_order
from mercer.sync.shipping import Ending, Request, Shipped, settle_shipments, ship
from tests.sync import hostile
from tests.sync.conftest import Seller


async def sold(seller: Seller, quantity: int = 2) -> Order:
    """An order at `north` that is taken in."""
    await seller.agree("p", "S")
    order = seller.sell("north", "S", quantity)
    seller.later(1)
    await seller.pull()
    return order


async def shipped(seller: Seller, order: str, tracking: str = "T1", **lines: int) -> Shipped:
    seller.later(1)
    (one,), failed = await ship(seller.session, [Request(order, "sf", tracking, lines)])
    assert failed == {}
    return one


def parcels(seller: Seller, order: str) -> list[str]:
    return [each.tracking for each in seller.shops["north"].orders[order].parcels]


async def test_a_shipped_order_leaves_the_stock_and_reads_as_shipped(seller: Seller) -> None:
    order = await sold(seller)
    ended = await shipped(seller, order.order)
    assert (ended.ending, ended.reason) == (Ending.SHIPPED, "")
    assert found_order(seller.session, order.number).status is OrderStatus.SHIPPED
    balance = seller.balance("S")
    assert balance is not None
    assert (balance.on_hand, balance.reserved) == (8, 0)


async def test_a_carrier_by_any_of_its_names_reaches_the_platform_as_one(seller: Seller) -> None:
    order = await sold(seller)
    await ship(seller.session, [Request(order.order, "顺丰速运", "T1")])
    assert [each.carrier for each in seller.shops["north"].orders[order.order].parcels] == ["sf"]


async def test_the_same_parcel_is_told_once_however_often_it_is_asked_for(seller: Seller) -> None:
    order = await sold(seller)
    await shipped(seller, order.order)
    again = await shipped(seller, order.order)
    assert again.ending is Ending.ALREADY
    assert parcels(seller, order.order) == ["T1"]


async def test_a_parcel_that_the_back_office_told_before_us_is_done(seller: Seller) -> None:
    order = await sold(seller)
    seller.shops["north"].ship(
        order.order, Parcel("T1", "sf", (Packed("1", 2),)), seller.clock.now()
    )
    ended = await shipped(seller, order.order)
    assert ended.ending is Ending.ALREADY
    assert "ship" not in seller.at("north").calls


async def test_an_order_ships_in_parts_and_each_part_leaves_by_itself(seller: Seller) -> None:
    order = await sold(seller, 3)
    first = await shipped(seller, order.order, "T1", S=1)
    assert first.ending is Ending.SHIPPED
    assert found_order(seller.session, order.order).status is OrderStatus.PARTLY_SHIPPED
    second = await shipped(seller, order.order, "T2")
    assert second.ending is Ending.SHIPPED
    assert parcels(seller, order.order) == ["T1", "T2"]
    balance = seller.balance("S")
    assert balance is not None
    assert (balance.on_hand, balance.reserved) == (7, 0)


async def test_a_part_is_refused_where_the_platform_ships_orders_whole(seller: Seller) -> None:
    seller.declare("north", partial_shipments=False)
    order = await sold(seller, 3)
    ended = await shipped(seller, order.order, "T1", S=1)
    assert ended.ending is Ending.REFUSED
    assert "whole" in ended.reason


@pytest.mark.parametrize(
    ("lines", "why"), [({"S": 4}, "3 of S left to ship, not 4"), ({"X": 1}, "no line or SKU")]
)
async def test_what_is_not_left_of_an_order_is_not_shipped(
    seller: Seller, lines: dict[str, int], why: str
) -> None:
    order = await sold(seller, 3)
    ended = await shipped(seller, order.order, "T1", **lines)
    assert ended.ending is Ending.REFUSED
    assert why in ended.reason
    assert parcels(seller, order.order) == []


async def test_an_answer_that_is_lost_after_the_effect_is_settled_by_reading(
    seller: Seller,
) -> None:
    order = await sold(seller)
    seller.at("north").faults = [hostile.fail_after]
    ended = await shipped(seller, order.order)
    assert ended.ending is Ending.SHIPPED
    assert parcels(seller, order.order) == ["T1"]


async def test_a_parcel_in_doubt_is_not_sent_again_before_it_is_known(seller: Seller) -> None:
    order = await sold(seller)
    seller.at("north").faults = [hostile.time_out]
    first = await shipped(seller, order.order)
    assert first.ending is Ending.IN_DOUBT
    second = await shipped(seller, order.order)
    assert second.ending is Ending.IN_DOUBT
    assert seller.at("north").calls.count("ship") == 1


async def test_a_parcel_that_never_arrived_is_sent_again_after_the_deadline(
    seller: Seller,
) -> None:
    order = await sold(seller)
    seller.at("north").faults = [hostile.time_out]
    await shipped(seller, order.order)
    seller.later(60)
    ended = await shipped(seller, order.order)
    assert ended.ending is Ending.SHIPPED
    assert parcels(seller, order.order) == ["T1"]


async def test_a_crash_while_telling_leaves_a_row_that_a_read_settles(seller: Seller) -> None:
    order = await sold(seller)
    seller.at("north").faults = [hostile.crash_after]
    with pytest.raises(hostile.Crash):
        await ship(seller.session, [Request(order.order, "sf", "T1")])
    seller.later(1)
    await settle_shipments(seller.session, seller.connections["north"])
    with seller.database.read() as tx:
        told = shipments.find(tx, "north", order.order, "T1")
    assert told is not None
    assert told.outcome == shipments.DONE
    assert (await shipped(seller, order.order)).ending is Ending.ALREADY


async def test_a_channel_that_is_locked_out_stops_and_has_sent_nothing(seller: Seller) -> None:
    order = await sold(seller)
    seller.at("north").faults = [hostile.expire]
    done, failed = await ship(seller.session, [Request(order.order, "sf", "T1")])
    assert done == []
    assert isinstance(failed["north"], AuthExpired)
    assert (await shipped(seller, order.order)).ending is Ending.SHIPPED


async def test_another_number_does_not_ship_what_has_shipped(seller: Seller) -> None:
    order = await sold(seller)
    await shipped(seller, order.order)
    ended = await shipped(seller, order.order, "T9")
    assert ended.ending is Ending.REFUSED
    assert "shipped already" in ended.reason


async def test_a_cancelled_order_is_not_shipped(seller: Seller) -> None:
    order = await sold(seller)
    seller.shops["north"].cancel(order.order, seller.clock.now())
    ended = await shipped(seller, order.order)
    assert ended.ending is Ending.REFUSED
    assert "cancelled" in ended.reason


async def test_an_order_of_two_channels_must_be_told_apart(seller: Seller) -> None:
    await seller.agree("p", "S")
    for channel in ("north", "south"):
        seller.sell(channel, "S")
    seller.later(1)
    await seller.pull()
    with pytest.raises(InputError, match="several orders are called 'O1'"):
        await ship(seller.session, [Request("O1", "sf", "T1")])
    (one,), _ = await ship(seller.session, [Request("O1", "sf", "T1", channel="south")])
    assert (one.channel, one.ending) == ("south", Ending.SHIPPED)


async def test_an_order_that_nobody_has_seen_is_named(seller: Seller) -> None:
    with pytest.raises(InputError, match="there is no order 'nope'"):
        await ship(seller.session, [Request("nope", "sf", "T1")])


async def test_a_held_order_keeps_its_stock_and_ships_only_once_it_is_released(
    seller: Seller,
) -> None:
    order = await sold(seller)
    with seller.database.write() as tx:
        holds.place(tx, "north", order.order, "test", "it looks odd", seller.clock.now())
    refused = await shipped(seller, order.order)
    assert (refused.ending, refused.reason) == (Ending.REFUSED, "the order is held: it looks odd")
    balance = seller.balance("S")
    assert balance is not None
    assert balance.reserved == 2
    release(seller.session, "north", order.order, "called the buyer")
    assert (await shipped(seller, order.order)).ending is Ending.SHIPPED


async def test_a_held_order_that_is_cancelled_gives_its_stock_back(seller: Seller) -> None:
    order = await sold(seller)
    with seller.database.write() as tx:
        holds.place(tx, "north", order.order, "test", "it looks odd", seller.clock.now())
    seller.later(1)
    await cancel(seller.session, "north", order.order, "not paid for")
    seller.later(1)
    await seller.pull()
    balance = seller.balance("S")
    assert balance is not None
    assert (balance.on_hand, balance.reserved) == (10, 0)
    with seller.database.read() as tx:
        assert holds.open_holds(tx) == []


# ------------------------------------------------------------------ many at once


async def many(seller: Seller, orders: int) -> list[Order]:
    await seller.agree("p", "S", quantity=100)
    placed = [seller.sell("north", "S") for _ in range(orders)]
    seller.later(1)
    await seller.pull()
    seller.later(60)
    seller.at("north").calls.clear()
    return placed


async def test_many_parcels_take_a_call_each_and_a_few_looks_for_all(seller: Seller) -> None:
    orders = await many(seller, 40)
    requests = [Request(each.order, "sf", f"T{each.order}") for each in orders]
    done, failed = await ship(seller.session, requests)
    assert failed == {}
    assert [each.order for each in done] == [each.order for each in orders]
    assert {each.ending for each in done} == {Ending.SHIPPED}
    calls = seller.at("north").calls
    assert calls.count("ship") == 40
    assert len(calls) - 40 <= 4


async def test_what_changed_since_the_last_look_is_known_before_any_of_many_is_told(
    seller: Seller,
) -> None:
    orders = await many(seller, 10)
    seller.shops["north"].cancel(orders[3].order, seller.clock.now())
    done, _ = await ship(seller.session, [Request(o.order, "sf", o.order) for o in orders])
    assert [each.ending for each in done].count(Ending.SHIPPED) == 9
    assert (done[3].ending, done[3].reason) == (Ending.REFUSED, "the order is cancelled")


async def test_where_changes_are_listed_late_a_part_is_read_by_itself_before_it_is_told(
    seller: Seller,
) -> None:
    orders = await many(seller, 10)
    lag = timedelta(minutes=2)
    seller.declare("north", orders=OrderReads(timedelta(seconds=5), lag=lag))
    seller.at("north").order_lag = lag
    requests = [Request(o.order, "sf", o.order) for o in orders]
    requests[0] = Request(orders[0].order, "sf", orders[0].order, {"S": 1})
    parcel = Parcel(orders[0].order, "sf", (Packed("1", 1),))
    seller.shops["north"].ship(orders[0].order, parcel, seller.clock.now())
    done, _ = await ship(seller.session, requests)
    assert [each.ending for each in done] == [Ending.ALREADY] + [Ending.SHIPPED] * 9
    assert parcels(seller, orders[0].order) == [orders[0].order]


async def test_two_parcels_of_one_order_in_one_file_go_one_after_the_other(seller: Seller) -> None:
    order = await sold(seller, 3)
    requests = [Request(order.order, "sf", f"T{n}", {"S": n}) for n in (1, 2)]
    done, _ = await ship(seller.session, requests)
    assert [each.ending for each in done] == [Ending.SHIPPED, Ending.SHIPPED]
    assert parcels(seller, order.order) == ["T1", "T2"]


async def test_what_was_sent_before_the_channel_had_to_stop_is_told(seller: Seller) -> None:
    orders = await many(seller, 3)
    seller.at("north").faults = [None, hostile.expire]
    done, failed = await ship(seller.session, [Request(o.order, "sf", o.order) for o in orders])
    assert [(each.order, each.ending) for each in done] == [(orders[0].order, Ending.ACCEPTED)]
    assert isinstance(failed["north"], AuthExpired)
    again, _ = await ship(seller.session, [Request(o.order, "sf", o.order) for o in orders])
    assert [each.ending for each in again] == [Ending.ALREADY, Ending.SHIPPED, Ending.SHIPPED]


async def test_a_parcel_that_shows_only_later_is_settled_by_the_next_pull(seller: Seller) -> None:
    order = await sold(seller)
    seller.declare("north", settle=timedelta(minutes=5), deadline=timedelta(minutes=30))
    ended = await shipped(seller, order.order)
    assert ended.ending is Ending.ACCEPTED
    seller.later(1)
    await seller.pull()
    with seller.database.read() as tx:
        told = shipments.find(tx, "north", order.order, "T1")
    assert told is not None
    assert told.outcome == shipments.DONE


async def test_a_sku_on_two_lines_is_taken_from_both(seller: Seller) -> None:
    order = await sold(seller, 2)
    shop = seller.shops["north"]
    second = replace(order.lines[0], line="2")
    seller.later(1)
    both = (*order.lines, second)
    shop.orders[order.order] = replace(order, lines=both, updated_at=seller.clock.now())
    ended = await shipped(seller, order.order, "T1", S=3)
    assert ended.ending is Ending.SHIPPED
    assert shop.orders[order.order].parcels[0].lines == (Packed("1", 2), Packed("2", 1))


async def test_a_number_is_found_without_its_sign(seller: Seller) -> None:
    order = await sold(seller)
    shop = seller.shops["north"]
    seller.later(1)
    shop.orders[order.order] = replace(order, number="#1001", updated_at=seller.clock.now())
    await seller.pull()
    for name in ("#1001", "1001", order.order):
        assert found_order(seller.session, name).order == order.order
