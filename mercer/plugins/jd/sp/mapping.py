"""SP-API's rows: products and SKUs into the classic gateway's words, orders into the domain.

Times are epoch milliseconds, amounts yuan. That statuses have the classic gateway's values is
UNVERIFIED; one that has not is set aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mercer.core.errors import ProtocolBroken
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.plugins.jd.mapping import moment
from mercer.plugins.jd.order_mapping import SPLIT, root, shipped, status_of
from mercer.plugins.jd.wire import node, rows
from mercer.plugins.paging import Row
from mercer.plugins.values import needed, text, whole
from mercer.plugins.yuan import CURRENCY, money

_WARE: Final = {
    "wareId": "productId",
    "title": "productName",
    "wareStatus": "productStatus",
    "outerId": "outerId",
    "modified": "modifiedTime",
}
_SKU: Final = {
    "skuId": "skuId",
    "wareId": "productId",
    "status": "skuStatus",
    "outerId": "outerId",
    "barCode": "upc",
    "jdPrice": "jdPrice",
    "stockNum": "stockNum",
}


def ware(product: Row) -> Row:
    return {name: product.get(theirs) for name, theirs in _WARE.items()}


def sku(row: Row) -> Row:
    return {name: row.get(theirs) for name, theirs in _SKU.items()}


def order(row: Mapping[str, Any]) -> Order:
    """Raise `ProtocolBroken` where an order cannot be understood, its state above all."""
    order_id = needed(row, "orderId")
    state = needed(row, "orderStatus")
    status = status_of(state)
    payment = node(row, "paymentInfo")
    created, modified = moment(row, "createdTime"), moment(row, "modifiedTime")
    if created is None or modified is None:
        raise ProtocolBroken("createdTime or modifiedTime is missing")
    items = [] if state == SPLIT else rows(row, "skuItemInfoList")
    if not items and state != SPLIT:
        raise ProtocolBroken("the order has no items")
    cancelled = status is OrderStatus.CANCELLED
    return Order(
        order=order_id,
        number=order_id,
        status=status,
        created_at=created,
        updated_at=modified,
        currency=CURRENCY,
        totals=_totals(payment),
        lines=tuple(_line(item, status) for item in items),
        paid_at=moment(payment, "paymentConfirmTime"),
        cancelled_at=(moment(row, "finishedTime") or modified) if cancelled else None,
        root=root(row, "rootOrderId", order_id),
    )


def _line(item: Mapping[str, Any], status: OrderStatus) -> OrderLine:
    ordered, price = whole(item, "num"), money(item, "jdPrice")
    if ordered is None or price is None:
        raise ProtocolBroken("an item without num or jdPrice")
    offer = needed(item, "skuId")
    return OrderLine(
        line=text(item, "skuUuid") or offer,
        listing=text(item, "productId"),
        offer=offer,
        merchant_code=text(item, "outerSkuId"),
        title=text(item, "skuName") or "",
        ordered=ordered,
        quantity=0 if status is OrderStatus.CANCELLED else ordered,
        unit_price=price,
        shipped=shipped(status, ordered),
    )


def _totals(payment: Mapping[str, Any]) -> Totals:
    """What the goods cost before discounts is not told."""
    grand = money(payment, "shouldPayAmount")
    if grand is None:
        raise ProtocolBroken("shouldPayAmount is missing")
    return Totals(grand=grand, shipping=money(payment, "freightFee"))
