from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mercer.core.errors import Rejected
from mercer.core.order import OrderStatus
from mercer.plugins.beijing import beijing
from mercer.plugins.jd.simulator import checkout
from mercer.plugins.jd.wire import node, rows
from mercer.plugins.simulation import FaultKind

from .bench import Bench, cny, mug, tee

SEARCH = "jingdong.pop.order.search"


def sold(bench: Bench, count: int) -> list[str]:
    """A second apart, oldest first."""
    bench.stock_with(mug(quantity=5000))
    ids = []
    for _ in range(count):
        bench.clock.advance(1)
        ids.append(bench.simulator.order([("杯子-code", 1)]))
    return ids


async def test_a_sale_is_read_with_its_lines_and_totals(either: Bench) -> None:
    either.stock_with(tee(S=("99.00", 5)), mug())
    order_id = either.simulator.order([("示例T恤-S", 2), ("杯子-code", 1)])
    (order,) = await either.orders()
    assert (order.order, order.status) == (order_id, OrderStatus.PAID)
    assert order.paid_at == either.clock.now()
    assert [(line.merchant_code, line.quantity) for line in order.lines] == [
        ("示例T恤-S", 2),
        ("杯子-code", 1),
    ]
    assert order.totals.grand == cny("223.00")
    listings = await either.listings()
    assert [line.offer for line in order.lines] == [
        listings["示例T恤"].offers[0].offer,
        listings["杯子"].offers[0].offer,
    ]


async def test_an_order_changes_with_its_state(either: Bench) -> None:
    either.stock_with(mug())
    shop, order_id = either.simulator.shop, either.simulator.order([("杯子-code", 2)], paid=False)
    placed = either.simulator.placed(order_id)
    seen = []
    for step in (checkout.pay, checkout.ship):
        order = await either.adapter.read_order(order_id)
        seen.append(order.status)
        either.clock.advance(60)
        step(shop, placed, either.clock.now())
    order = await either.adapter.read_order(order_id)
    assert [*seen, order.status] == [
        OrderStatus.AWAITING_PAYMENT,
        OrderStatus.PAID,
        OrderStatus.SHIPPED,
    ]
    assert order.lines[0].shipped == 2
    checkout.finish(placed, either.clock.now())
    assert (await either.adapter.read_order(order_id)).status is OrderStatus.COMPLETED


async def test_an_unpaid_order_is_read_once_though_two_calls_know_it(jd: Bench) -> None:
    jd.stock_with(mug())
    unpaid = jd.simulator.order([("杯子-code", 1)], paid=False)
    paid = jd.simulator.order([("杯子-code", 1)])
    found = [(order.order, order.status) for order in await jd.orders()]
    assert found == [(paid, OrderStatus.PAID), (unpaid, OrderStatus.AWAITING_PAYMENT)]


async def test_an_unpaid_order_that_jd_does_not_tell_waits_until_it_is_paid(jd: Bench) -> None:
    jd.stock_with(mug())
    order_id = jd.simulator.order([("杯子-code", 1)], paid=False)
    placed = jd.simulator.placed(order_id)

    def hide(name: str, _params: dict[str, Any]) -> None:
        if name == "jingdong.pop.order.get":
            jd.simulator.shop.orders.pop(int(order_id), None)

    jd.wire.before = hide
    assert await jd.orders() == []
    jd.simulator.shop.orders[int(order_id)] = placed
    checkout.pay(jd.simulator.shop, placed, jd.clock.now())
    assert [order.order for order in await jd.orders()] == [order_id]


async def test_an_unpaid_order_that_cannot_be_understood_is_named(jd: Bench) -> None:
    jd.stock_with(mug())
    good, bad = (jd.simulator.order([("杯子-code", 1)], paid=False) for _ in range(2))
    jd.simulator.placed(bad).items.clear()
    now = jd.clock.now()
    (page,) = [page async for page in jd.adapter.read_orders(now - timedelta(hours=1), now)]
    assert [order.order for order in page.orders] == [good]
    assert [each.id for each in page.unreadable] == [bad]


async def test_an_order_that_a_buyer_wants_to_cancel_is_held_and_then_cancelled(
    either: Bench,
) -> None:
    either.stock_with(mug())
    shop, order_id = either.simulator.shop, either.simulator.order([("杯子-code", 2)])
    slip = checkout.ask_refund(shop, either.simulator.placed(order_id), either.clock.now())
    assert (await either.adapter.read_order(order_id)).status is OrderStatus.HELD
    checkout.review(shop, slip, approved=True, now=either.clock.now())
    order = await either.adapter.read_order(order_id)
    assert order.status is OrderStatus.CANCELLED
    assert order.cancelled_at is not None
    assert [(line.ordered, line.quantity) for line in order.lines] == [(2, 0)]


async def test_the_children_of_a_split_order_name_its_root_and_carry_its_lines(
    either: Bench,
) -> None:
    either.stock_with(mug("甲"), mug("乙"))
    order_id = either.simulator.order([("甲-code", 1), ("乙-code", 2)])
    checkout.split(either.simulator.shop, either.simulator.placed(order_id), either.clock.now())
    orders = await either.orders()
    assert {order.root for order in orders} == {order_id}
    parent = next(order for order in orders if order.order == order_id)
    assert (parent.status, parent.lines) == (OrderStatus.CANCELLED, ())
    lines = [line for order in orders for line in order.lines]
    assert sorted(line.merchant_code or "" for line in lines) == ["乙-code", "甲-code"]


async def test_states_in_pinyin_mean_the_same(jd: Bench) -> None:
    (order_id,) = sold(jd, 1)
    jd.simulator.shop.pinyin = True
    order = await jd.adapter.read_order(order_id)
    assert order.status is OrderStatus.PAID


async def test_many_pages_are_read_once_each_and_with_both_ends(either: Bench) -> None:
    ids = sold(either, 230)
    first = either.simulator.placed(ids[0]).modified
    last = either.simulator.placed(ids[-1]).modified
    pages = [page async for page in either.adapter.read_orders(first, last)]
    found = [order.order for page in pages for order in page.orders]
    assert sorted(set(found)) == sorted(ids)


async def test_an_order_changed_between_two_pages_hides_no_other(either: Bench) -> None:
    ids = sold(either, 230)
    oldest = either.simulator.placed(ids[0])
    until = either.clock.now()
    either.clock.advance(3600)
    pages_read = 0

    def change_the_oldest(name: str, _params: dict[str, Any]) -> None:
        nonlocal pages_read
        pages_read += name in (SEARCH, "GET /sp-order/v0/orders")
        if pages_read == 3 and oldest.state == checkout.PAID:
            checkout.ship(either.simulator.shop, oldest, either.clock.now())

    either.wire.before = change_the_oldest
    window = either.adapter.read_orders(until - timedelta(minutes=30), until)
    found = {order.order async for page in window for order in page.orders}
    assert set(ids) - found <= {ids[0]}
    (later,) = await either.orders()
    assert later.order == ids[0]


async def test_only_changes_inside_the_window_are_read(either: Bench) -> None:
    ids = sold(either, 3)
    middle = either.simulator.placed(ids[1]).modified
    pages = [page async for page in either.adapter.read_orders(middle, middle)]
    assert [order.order for page in pages for order in page.orders] == [ids[1]]


async def test_an_order_that_cannot_be_understood_is_named_and_the_others_are_read(
    either: Bench,
) -> None:
    ids = sold(either, 3)
    either.simulator.placed(ids[1]).state = "ON_THE_MOON"
    now = either.clock.now()
    (page,) = [page async for page in either.adapter.read_orders(now - timedelta(hours=1), now)]
    assert {order.order for order in page.orders} == {ids[0], ids[2]}
    assert [each.id for each in page.unreadable] == [ids[1]]
    assert "ON_THE_MOON" in page.unreadable[0].reason


async def test_a_refused_order_call_is_raised_and_not_taken_for_absence(jd: Bench) -> None:
    with pytest.raises(Rejected):
        await jd.adapter.read_order("9" * 30)


@pytest.mark.parametrize("order_id", ["1", "nobody"])
async def test_an_unknown_order_is_none(either: Bench, order_id: str) -> None:
    assert await either.adapter.read_order(order_id) is None


async def test_reading_orders_survives_every_fault_that_passes(either: Bench) -> None:
    ids = sold(either, 60)
    for kind in (
        FaultKind.THROTTLE,
        FaultKind.ERROR_BEFORE,
        FaultKind.ERROR_AFTER,
        FaultKind.TIMEOUT,
    ):
        either.fault(kind)
    assert {order.order for order in await either.orders()} == set(ids)


async def test_times_are_utc(either: Bench) -> None:
    sold(either, 1)
    (order,) = await either.orders()
    assert order.created_at == datetime(2026, 11, 1, 8, 0, 1, tzinfo=UTC)


async def test_the_buyer_comes_encrypted_and_masked_and_only_if_asked_for(jd: Bench) -> None:
    (order_id,) = sold(jd, 1)
    buyer = jd.simulator.placed(order_id).buyer
    params = {"order_id": int(order_id), "optional_fields": "consigneeInfo,pin"}
    body = await jd.jos().call("jingdong.pop.order.get", params)
    info = node(node(body, "orderDetailInfo"), "orderInfo")
    assert info.keys() == {"orderId", "consigneeInfo", "pin"}
    assert info["consigneeInfo"]["fullname"].startswith("AAS/")
    assert not any(told in str(info) for told in (buyer.name, buyer.phone, buyer.street))


async def test_changes_of_more_than_three_months_ago_are_not_told(jd: Bench) -> None:
    sold(jd, 1)
    since = jd.clock.now() - timedelta(days=1)
    until = jd.clock.now()
    jd.clock.advance(91 * 24 * 3600)
    params = {
        "start_date": beijing(since),
        "end_date": beijing(until),
        "order_state": "ALL",
        "optional_fields": "orderId",
        "page": "1",
        "page_size": "10",
    }
    for by_creation, count in ((0, 0), (1, 1)):
        body = await jd.jos().call(SEARCH, params | {"dateType": by_creation})
        result = node(body, "searchorderinfo_result")
        assert len(rows(result, "orderInfoList")) == count


async def test_an_order_is_shipped_once(jd: Bench) -> None:
    (order_id,) = sold(jd, 1)
    params = {"orderId": int(order_id), "logiCoprId": "467", "logiNo": "SF1"}
    results = []
    for _ in range(2):
        body = await jd.jos().call("jingdong.pop.order.shipment", params, write=True)
        results.append(str(node(body, "sopjosshipment_result")["success"]).lower())
    assert results == ["true", "false"]
    assert jd.simulator.placed(order_id).waybill == "SF1"
