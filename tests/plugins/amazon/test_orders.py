from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mercer.core.errors import ProtocolBroken
from mercer.core.listing import FulfilledBy
from mercer.core.money import Money
from mercer.core.order import Order, OrderStatus
from mercer.plugins.amazon.order_mapping import is_ours, order

from .conftest import Rig, product, usd


async def changed(rig: Rig, minutes: int = 30) -> dict[str, Order]:
    await rig.clock.sleep(120)
    until = rig.clock.now()
    since = until - timedelta(minutes=minutes)
    pages = [page async for page in rig.adapter().read_orders(since, until)]
    assert [each for page in pages for each in page.unreadable] == []
    return {each.order: each for page in pages for each in page.orders}


def node(**parts: Any) -> dict[str, Any]:
    line = {
        "orderItemId": "05015851154158",
        "quantityOrdered": 3,
        "product": {"sellerSku": "A", "price": {"unitPrice": _money("10.00")}},
        "proceeds": {
            "proceedsTotal": _money("30.00"),
            "breakdowns": [
                {"type": "ITEM", "subtotal": _money("30.00")},
                {"type": "SHIPPING", "subtotal": _money("4.00")},
                {"type": "TAX", "subtotal": _money("2.50")},
            ],
        },
        "fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 1},
    }
    whole: dict[str, Any] = {
        "orderId": "114-9876543-1234567",
        "createdTime": "2026-08-01T10:11:12Z",
        "lastUpdatedTime": "2026-08-01T10:11:13.500Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER"},
        "proceeds": {"grandTotal": _money("36.50")},
        "fulfillment": {"fulfillmentStatus": "PARTIALLY_SHIPPED", "fulfilledBy": "MERCHANT"},
        "orderItems": [line],
    }
    return whole | parts


def _money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "USD"}


async def test_an_order_whose_payment_is_pending_is_read_without_prices(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 2)], paid=False)
    read = (await changed(rig))[id]
    assert read.status is OrderStatus.AWAITING_PAYMENT
    assert (read.totals.grand, read.lines[0].unit_price) == (None, None)
    assert (read.currency, read.lines[0].quantity) == ("USD", 2)
    assert rig.shown("A").quantity == 3


async def test_a_settled_order_tells_prices_and_its_parts_come_to_the_total(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    id = rig.simulator.order([("A", 2), ("B", 1)])
    read = (await changed(rig))[id]
    assert (read.totals.grand, read.totals.difference()) == (usd("60.00"), usd("0"))
    assert [line.merchant_code for line in read.lines] == ["A", "B"]


async def test_what_amazon_fulfils_moves_none_of_our_stock(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.fulfil_by_amazon("A", 4)
    id = rig.simulator.order([("A", 1)])
    (line,) = (await changed(rig))[id].lines
    assert line.fulfilled_by is FulfilledBy.PLATFORM


async def test_orders_that_amazon_fulfils_for_other_shops_are_skipped(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    mine, theirs = rig.simulator.order([("A", 1)]), rig.simulator.order([("A", 1)])
    rig.simulator.shop.orders[theirs].channel = "NON_AMAZON"
    assert (await changed(rig)).keys() == {mine}


async def test_orders_that_change_while_they_are_paged_are_not_missed(rig: Rig) -> None:
    rig.simulator.seed([product("A", quantity=500)])
    wanted = set()
    for _ in range(250):
        rig.clock.advance(1)
        wanted.add(rig.simulator.order([("A", 1)]))
    await rig.clock.sleep(180)
    until, seen = rig.clock.now(), set()
    async for page in rig.adapter().read_orders(until - timedelta(minutes=30), until):
        seen |= {each.order for each in page.orders}
        if len(seen) == 100:
            rig.simulator.cancel(min(seen))
    assert seen == wanted


async def test_an_upper_bound_that_is_too_young_is_not_sent(rig: Rig) -> None:
    now = rig.clock.now()
    for ago, sent in ((0, False), (2, False), (10, True)):
        rig.recorder.seen.clear()
        until = now - timedelta(minutes=ago)
        _ = [page async for page in rig.adapter().read_orders(until - timedelta(hours=1), until)]
        (request,) = rig.recorder.of("GET", "/orders?")
        assert ("lastUpdatedBefore" in str(request.url)) is sent


async def test_no_personal_data_is_asked_for(rig: Rig) -> None:
    await changed(rig)
    (request,) = rig.recorder.of("GET", "/orders?")
    asked = request.url.params["includedData"].split(",")
    assert {"BUYER", "RECIPIENT"}.isdisjoint(asked)
    assert "FULFILLMENT" in asked


async def test_an_id_that_cannot_be_an_orders_is_not_asked_for(rig: Rig) -> None:
    assert await rig.adapter().read_order("17") is None
    assert rig.recorder.seen == []


async def test_an_order_that_cannot_be_understood_is_set_aside_and_the_others_go_on(
    rig: Rig,
) -> None:
    rig.simulator.seed([product("A")])
    odd, good = rig.simulator.order([("A", 1)]), rig.simulator.order([("A", 1)])
    rig.simulator.shop.orders[odd].status = "TELEPORTED"
    await rig.clock.sleep(120)
    until = rig.clock.now()
    (page,) = [p async for p in rig.adapter().read_orders(until - timedelta(hours=1), until)]
    assert [each.order for each in page.orders] == [good]
    assert [each.id for each in page.unreadable] == [odd]
    with pytest.raises(ProtocolBroken, match="TELEPORTED"):
        await rig.adapter().read_order(odd)


def test_a_line_is_what_the_buyer_still_gets_of_it() -> None:
    (line,) = order(node(), "USD").lines
    assert (line.ordered, line.quantity, line.shipped) == (3, 2, 1)
    assert line.line == "05015851154158"


def test_a_cancelled_order_leaves_nothing_but_what_has_shipped() -> None:
    parts = {"fulfillment": {"fulfillmentStatus": "CANCELLED", "fulfilledBy": "MERCHANT"}}
    read = order(node(**parts), "USD")
    assert (read.status, read.lines[0].quantity) == (OrderStatus.CANCELLED, 1)
    assert read.cancelled_at == read.updated_at


def test_totals_are_told_only_where_every_part_is_understood() -> None:
    read = order(node(), "USD")
    assert read.totals.difference() == Money.zero("USD")
    discounted = node()
    breakdown = {"type": "DISCOUNT", "subtotal": _money("-1.00")}
    discounted["orderItems"][0]["proceeds"]["breakdowns"].append(breakdown)
    totals = order(discounted, "USD").totals
    assert (totals.discount, totals.difference()) == (None, None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("PENDING_AVAILABILITY", OrderStatus.AWAITING_PAYMENT),
        ("UNSHIPPED", OrderStatus.PAID),
        ("SHIPPED", OrderStatus.SHIPPED),
        ("UNFULFILLABLE", OrderStatus.HELD),
        ("INVOICE_UNCONFIRMED", OrderStatus.HELD),
    ],
)
def test_statuses_are_told_in_our_words(word: str, status: OrderStatus) -> None:
    assert order(node(fulfillment={"fulfillmentStatus": word}), "USD").status is status


def test_an_order_without_its_fulfilment_has_no_status_to_guess() -> None:
    whole = node()
    del whole["fulfillment"]
    with pytest.raises(KeyError):
        order(whole, "USD")


def test_only_amazons_own_sales_are_ours() -> None:
    assert is_ours(node(), "ATVPDKIKX0DER")
    assert not is_ours(node(salesChannel={"channelName": "NON_AMAZON"}), "ATVPDKIKX0DER")
    assert not is_ours(node(), "A1PA6795UKMFR9")
