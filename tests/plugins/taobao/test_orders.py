from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mercer.core.errors import ProtocolBroken, Rejected
from mercer.core.order import OrderStatus
from mercer.plugins.simulation import FaultKind
from mercer.plugins.taobao.simulator import app, checkout, orders
from mercer.plugins.taobao.simulator.protocol import Call
from mercer.plugins.taobao.simulator.shop import Shop

from .bench import Bench, cny, mug, tee


def sold(bench: Bench, count: int) -> list[str]:
    """A second apart, oldest first."""
    bench.stock_with(mug(quantity=5000))
    tids = []
    for _ in range(count):
        bench.clock.advance(1)
        tids.append(bench.simulator.order([("杯子-code", 1)]))
    return tids


async def test_a_sale_is_read_with_its_lines_and_totals(taobao: Bench) -> None:
    taobao.stock_with(tee(S=("99.00", 5)), mug())
    tid = taobao.simulator.order([("示例T恤-S", 2), ("杯子-code", 1)])
    (order,) = await taobao.orders()
    assert (order.order, order.status) == (tid, OrderStatus.PAID)
    assert order.paid_at == taobao.clock.now() - timedelta(seconds=0)
    assert [(line.merchant_code, line.quantity) for line in order.lines] == [
        ("示例T恤-S", 2),
        ("杯子-code", 1),
    ]
    assert order.totals.grand == cny("223.00")
    assert order.totals.difference() == cny("0")
    listings = await taobao.listings()
    assert [line.offer for line in order.lines] == [
        listings["示例T恤"].offers[0].offer,
        listings["杯子"].listing,
    ]


async def test_every_type_of_trade_is_asked_for(taobao: Bench) -> None:
    taobao.stock_with(mug())
    now = taobao.clock.now()
    buyer = taobao.simulator.trade(taobao.simulator.order([("杯子-code", 1)])).buyer
    checkout.place(taobao.simulator.shop, [("杯子-code", 1)], buyer, now, type="tmall_i18n")
    assert len(await taobao.orders()) == 2


async def test_an_order_changes_with_its_trade(taobao: Bench) -> None:
    taobao.stock_with(mug())
    tid = taobao.simulator.order([("杯子-code", 2)], paid=False)
    seen = []
    for step in (checkout.pay, checkout.ship):
        order = await taobao.adapter.read_order(tid)
        assert order is not None
        seen.append(order.status)
        taobao.clock.advance(60)
        step(taobao.simulator.shop, taobao.simulator.trade(tid), taobao.clock.now())
    order = await taobao.adapter.read_order(tid)
    assert order is not None
    assert [*seen, order.status] == [
        OrderStatus.AWAITING_PAYMENT,
        OrderStatus.PAID,
        OrderStatus.SHIPPED,
    ]
    assert order.lines[0].shipped == 2


async def test_a_cancelled_order_has_no_units_left(taobao: Bench) -> None:
    taobao.stock_with(mug())
    for paid in (True, False):
        tid = taobao.simulator.order([("杯子-code", 2)], paid=paid)
        taobao.simulator.cancel(tid)
        order = await taobao.adapter.read_order(tid)
        assert order is not None
        assert order.status is OrderStatus.CANCELLED
        assert order.cancelled_at is not None
        assert [(line.ordered, line.quantity) for line in order.lines] == [(2, 0)]


async def test_many_pages_are_read_once_each_and_with_both_ends(taobao: Bench) -> None:
    tids = sold(taobao, 120)
    first = taobao.simulator.trade(tids[0]).modified
    last = taobao.simulator.trade(tids[-1]).modified
    pages = [page async for page in taobao.adapter.read_orders(first, last)]
    found = [order.order for page in pages for order in page.orders]
    assert sorted(found) == sorted(tids)


async def test_a_trade_changed_between_two_pages_hides_no_other(taobao: Bench) -> None:
    tids = sold(taobao, 120)
    newest = taobao.simulator.trade(tids[-1])
    until = taobao.clock.now()
    taobao.clock.advance(3600)
    pages_read = 0

    def change_the_newest(params: dict[str, str]) -> None:
        nonlocal pages_read
        if params.get("use_has_next") == "true":
            pages_read += 1
            if pages_read == 2:
                checkout.ship(taobao.simulator.shop, newest, taobao.clock.now())

    taobao.wire.before = change_the_newest
    window = taobao.adapter.read_orders(until - timedelta(minutes=30), until)
    found = [order.order async for page in window for order in page.orders]
    assert set(tids) - set(found) <= {str(newest.tid)}
    assert len(found) == len(set(found))
    (later,) = await taobao.orders()
    assert later.order == str(newest.tid)


async def test_only_changes_inside_the_window_are_read(taobao: Bench) -> None:
    tids = sold(taobao, 3)
    middle = taobao.simulator.trade(tids[1]).modified
    pages = [page async for page in taobao.adapter.read_orders(middle, middle)]
    assert [order.order for page in pages for order in page.orders] == [tids[1]]


async def test_an_empty_window_is_one_call(taobao: Bench) -> None:
    assert await taobao.orders() == []
    assert taobao.wire.apis == ["taobao.trades.sold.increment.get"]


async def test_a_trade_that_cannot_be_understood_is_named_and_the_others_are_read(
    taobao: Bench,
) -> None:
    tids = sold(taobao, 3)
    taobao.simulator.trade(tids[1]).status = "ON_THE_MOON"
    now = taobao.clock.now()
    (page,) = [page async for page in taobao.adapter.read_orders(now - timedelta(hours=1), now)]
    assert {order.order for order in page.orders} == {tids[0], tids[2]}
    assert [each.id for each in page.unreadable] == [tids[1]]
    assert "ON_THE_MOON" in page.unreadable[0].reason


async def test_a_trade_that_vanishes_between_list_and_detail_is_named(taobao: Bench) -> None:
    tids = sold(taobao, 2)

    def vanish(params: dict[str, str]) -> None:
        if params["method"] == "taobao.trade.fullinfo.get":
            taobao.simulator.shop.trades.pop(int(tids[0]), None)

    taobao.wire.before = vanish
    now = taobao.clock.now()
    (page,) = [page async for page in taobao.adapter.read_orders(now - timedelta(hours=1), now)]
    assert [order.order for order in page.orders] == [tids[1]]
    assert [each.id for each in page.unreadable] == [tids[0]]


async def test_a_list_without_a_total_is_empty_or_breaks_the_contract(
    taobao: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = orders.APIS["taobao.trades.sold.increment.get"]

    def untold(shop: Shop, call: Call) -> dict[str, Any]:
        body = api.answer(shop, call)
        return {name: value for name, value in body.items() if name != "total_results"}

    monkeypatch.setitem(app._APIS, "taobao.trades.sold.increment.get", replace(api, answer=untold))
    assert await taobao.orders() == []
    sold(taobao, 1)
    with pytest.raises(ProtocolBroken, match="total_results"):
        await taobao.orders()


async def test_a_refused_order_call_is_raised_and_not_taken_for_absence(taobao: Bench) -> None:
    with pytest.raises(Rejected, match="tid"):
        await taobao.adapter.read_order("nobody")


async def test_an_unknown_or_very_old_order_is_none(taobao: Bench) -> None:
    (tid,) = sold(taobao, 1)
    assert await taobao.adapter.read_order("1") is None
    taobao.clock.advance(timedelta(days=91).total_seconds())
    assert await taobao.adapter.read_order(tid) is None


async def test_reading_orders_survives_every_fault_that_passes(taobao: Bench) -> None:
    tids = sold(taobao, 60)
    for kind in (
        FaultKind.THROTTLE,
        FaultKind.ERROR_BEFORE,
        FaultKind.ERROR_AFTER,
        FaultKind.TIMEOUT,
    ):
        taobao.fault(kind)
    assert {order.order for order in await taobao.orders()} == set(tids)


async def test_the_buyer_is_masked_and_the_oaid_needs_its_companions(taobao: Bench) -> None:
    (tid,) = sold(taobao, 1)
    top = taobao.top()
    asked = "created,receiver_name,receiver_mobile,receiver_phone,oaid"
    for fields, has_oaid in ((asked, False), (asked + ",receiver_address", True)):
        body = await top.call("taobao.trade.fullinfo.get", {"fields": fields, "tid": tid})
        trade = body["trade"]
        assert ("oaid" in trade) is has_oaid
        assert trade["receiver_name"].endswith("**")
        assert trade["receiver_mobile"][3:7] == "****"
    assert "pay_time" not in trade


async def test_times_are_utc(taobao: Bench) -> None:
    sold(taobao, 1)
    (order,) = await taobao.orders()
    assert order.created_at == datetime(2026, 11, 1, 8, 0, 1, tzinfo=UTC)
