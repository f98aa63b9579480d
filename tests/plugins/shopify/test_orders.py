from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mercer.core.contract import OrderPage
from mercer.core.errors import ProtocolBroken
from mercer.core.money import Money
from mercer.core.order import Order, OrderStatus
from mercer.plugins.shopify.orders import window
from mercer.plugins.shopify.simulator import order_resolvers

from .conftest import Rig, tee, usd

HOUR = timedelta(hours=1)


async def read(pages: AsyncIterator[OrderPage]) -> list[Order]:
    return [order async for page in pages for order in page.orders]


async def test_an_order_is_read_with_its_lines_and_totals(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = rig.simulator.order([("TEE-1", 2), ("TEE-2", 1)])
    now = rig.clock.now()

    (order,) = await read(rig.adapter().read_orders(now - HOUR, now))

    assert (order.order, order.root, order.number) == (id, id, "#1001")
    assert (order.status, order.created_at) == (OrderStatus.PAID, now)
    assert order.totals.grand == usd("60")
    assert order.totals.difference() == usd("0")
    assert [(each.merchant_code, each.quantity, each.unit_price) for each in order.lines] == [
        ("TEE-1", 2, usd("20")),
        ("TEE-2", 1, usd("20")),
    ]
    offers = {truth.merchant_code: truth for truth in rig.simulator.offers()}
    assert order.lines[0].offer == offers["TEE-1"].offer
    assert order.lines[0].listing == offers["TEE-1"].listing


async def test_both_ends_of_the_window_are_inside_whatever_the_microseconds(rig: Rig) -> None:
    rig.simulator.seed([tee(quantity=100)])
    start = rig.clock.now()
    for _ in range(5):
        rig.simulator.order([("TEE-1", 1)])
        rig.clock.advance(1.4)
    moment = timedelta(microseconds=1)
    adapter = rig.adapter()

    every = await read(adapter.read_orders(start, rig.clock.now()))
    assert [order.number for order in every] == ["#1001", "#1002", "#1003", "#1004", "#1005"]
    edges = [order.updated_at for order in every][1:4:2]
    inside = await read(adapter.read_orders(edges[0] + moment, edges[1] - moment))
    assert [order.number for order in inside] == ["#1002", "#1003", "#1004"]
    outside = await read(adapter.read_orders(start - HOUR, start - timedelta(seconds=1)))
    assert outside == []


async def test_all_pages_of_orders_and_of_lines_are_read(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=120, quantity=100)])
    rig.simulator.order([(f"TEE-{n}", 1) for n in range(1, 121)])
    for _ in range(70):
        rig.simulator.order([("TEE-1", 1)])
    now = rig.clock.now()

    orders = await read(rig.adapter().read_orders(now, now))

    assert len({order.order for order in orders}) == 71
    assert len(orders[0].lines) == 120


async def test_a_cancelled_order_moves_and_has_nothing_left(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = rig.simulator.order([("TEE-1", 2)])
    rig.clock.advance(3600)
    rig.simulator.cancel(id)
    now = rig.clock.now()

    (order,) = await read(rig.adapter().read_orders(now, now))

    assert (order.status, order.cancelled_at) == (OrderStatus.CANCELLED, now)
    assert [(line.ordered, line.quantity) for line in order.lines] == [(2, 0)]
    assert rig.shown("TEE-1").quantity == 5


async def test_an_order_of_a_deleted_product_is_still_read(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = rig.simulator.order([("TEE-1", 1)])
    (product,) = rig.simulator.shop.state.products.values()
    rig.simulator.shop.remove(product)

    order = await rig.adapter().read_order(id)

    assert order is not None
    (line,) = order.lines
    assert (line.listing, line.offer, line.merchant_code) == (None, None, "TEE-1")


async def test_one_order_is_read_by_its_id_and_an_unknown_one_is_none(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = rig.simulator.order([("TEE-1", 1)], paid=False)
    adapter = rig.adapter()

    order = await adapter.read_order(id)
    assert order is not None
    assert order.status is OrderStatus.AWAITING_PAYMENT
    assert await adapter.read_order("4711") is None


async def test_an_order_that_cannot_be_read_is_set_aside_and_the_others_are_read(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.simulator.seed([tee()])
    rig.simulator.order([("TEE-1", 1)])
    odd = rig.simulator.shop.state.orders[int(rig.simulator.order([("TEE-2", 1)]))]
    odd.lines[0].unit_price = usd("13.37")
    monkeypatch.setattr(order_resolvers, "bag", _with_half_cents)
    now = rig.clock.now()

    (page,) = [page async for page in rig.adapter().read_orders(now, now)]

    assert [order.number for order in page.orders] == ["#1001"]
    assert [each.id for each in page.unreadable] == [str(odd.id)]
    with pytest.raises(ProtocolBroken):
        await rig.adapter().read_order(str(odd.id))


def _with_half_cents(money: Money) -> dict[str, Any]:
    amount = "13.375" if money == usd("13.37") else money.plain
    return {"shopMoney": {"amount": amount, "currencyCode": money.currency}}


def test_a_window_is_quoted_utc_in_whole_seconds_and_never_narrower() -> None:
    berlin = datetime.fromisoformat("2026-11-22T11:00:00.900+01:00")
    end = datetime(2026, 11, 22, 10, 5, 0, 1, tzinfo=UTC)

    assert window(berlin, end) == (
        "updated_at:>='2026-11-22T10:00:00Z' AND updated_at:<='2026-11-22T10:05:01Z'"
    )
