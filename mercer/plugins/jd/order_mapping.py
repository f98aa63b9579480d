"""A JD order to an order, its lines, its parcels and its buyer.

Of the buyer only what a parcel needs is asked for, and that comes encrypted and masked. Nearly every
scalar comes as text; times are Beijing's, with a moment long ago for "none".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from mercer.core.errors import ProtocolBroken
from mercer.core.listing import FulfilledBy
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.plugins import beijing
from mercer.plugins.jd.customers import customer
from mercer.plugins.jd.parcel_mapping import PARTS, packed, parcels
from mercer.plugins.jd.wire import rows
from mercer.plugins.values import known, needed, text, whole
from mercer.plugins.yuan import CURRENCY, money

ORDER_FIELDS: Final = (
    "orderId,orderState,orderStartTime,paymentConfirmTime,orderEndTime,modified,parentOrderId,"
    "shouldPay,orderPayment,orderTotalPrice,sellerDiscount,freightPrice,storeOrder,itemInfoList,"
    f"waybill,logisticsId,{PARTS},promisePickDate,open_id_buyer,xid_buyer,consigneeInfo"
)

STATUSES: Final[Mapping[str, OrderStatus]] = {
    "NOT_PAY": OrderStatus.AWAITING_PAYMENT,
    "WAIT_SELLER_STOCK_OUT": OrderStatus.PAID,
    "DengDaiChuKu": OrderStatus.PAID,
    "WAIT_SELLER_DELIVERY": OrderStatus.PAID,
    "DengDaiFaHuo": OrderStatus.PAID,
    "WAIT_SEND_CODE": OrderStatus.HELD,
    "LOCKED": OrderStatus.HELD,
    "PAUSE": OrderStatus.HELD,
    "POP_ORDER_PAUSE": OrderStatus.HELD,
    "ZanTing": OrderStatus.HELD,
    "WAIT_GOODS_RECEIVE_CONFIRM": OrderStatus.SHIPPED,
    "DengDaiQueRenShouHuo": OrderStatus.SHIPPED,
    "DELIVERY_RETURN": OrderStatus.SHIPPED,
    "PeiSongTuiHuo": OrderStatus.SHIPPED,
    "FINISHED_L": OrderStatus.COMPLETED,
    "WanCheng": OrderStatus.COMPLETED,
    "TRADE_CANCELED": OrderStatus.CANCELLED,
    "PARENT_TRADE_CANCELED": OrderStatus.CANCELLED,
}
"""English states and their pinyin forms; a parcel on its way back was shipped all the same.

An order that is paid and has parcels already is partly shipped: see `_progress`.
"""

SPLIT: Final = "PARENT_TRADE_CANCELED"
"""A payment that became several orders: its lines go on in the children."""

_SHIPPED: Final = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})
_NO_TIME: Final = frozenset({"0001-01-01 00:00:00", "1970-01-01 00:00:00"})
_NO_PARENT: Final = frozenset({None, "0"})


def order(info: Mapping[str, Any]) -> Order:
    """Raise `ProtocolBroken` where an order cannot be understood, its state above all."""
    order_id = needed(info, "orderId")
    status = known(STATUSES, info, "orderState")
    created, modified = moment(info, "orderStartTime"), moment(info, "modified")
    if created is None or modified is None:
        raise ProtocolBroken("orderStartTime or modified is missing")
    lines = tuple(_line(row, info, status) for row in _items(info))
    told = parcels(info, lines_by_sku(rows(info, "itemInfoList")))
    status, lines = _progress(status, lines, packed(told))
    cancelled = status is OrderStatus.CANCELLED
    return Order(
        order=order_id,
        number=order_id,
        status=status,
        created_at=created,
        updated_at=modified,
        currency=CURRENCY,
        totals=_totals(info),
        lines=lines,
        paid_at=moment(info, "paymentConfirmTime"),
        cancelled_at=(moment(info, "orderEndTime") or modified) if cancelled else None,
        root=_root(info, order_id),
        ship_by=_promised(info),
        parcels=told,
        customer=customer(
            text(info, "open_id_buyer") or text(info, "xid_buyer"), info.get("consigneeInfo")
        ),
    )


def _root(info: Mapping[str, Any], order_id: str) -> str:
    parent = text(info, "parentOrderId")
    return order_id if parent in _NO_PARENT or parent is None else parent


def _progress(
    status: OrderStatus, lines: tuple[OrderLine, ...], left: Mapping[str, int]
) -> tuple[OrderStatus, tuple[OrderLine, ...]]:
    """What has shipped: all of a shipped order, else the units (`left`) that left in parcels."""
    if status in _SHIPPED:
        return status, tuple(replace(line, shipped=line.quantity) for line in lines)
    if status is OrderStatus.PAID and left:
        status = OrderStatus.PARTLY_SHIPPED
    return status, tuple(replace(line, shipped=left.get(line.line, 0)) for line in lines)


def lines_by_sku(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Our line ids by JD's `skuUuid` and `skuId`; where a SKU stands twice, its first line."""
    found: dict[str, str] = {}
    for item in items:
        line = line_id(item)
        for name in (_uuid(item), text(item, "skuId")):
            if name:
                found.setdefault(name, line)
    return found


def line_id(item: Mapping[str, Any]) -> str:
    return text(item, "id") or needed(item, "skuId")


def _uuid(item: Mapping[str, Any]) -> str | None:
    """SP-API tells it; here it stands in JSON within the item. Without it the SKU has to do."""
    if told := text(item, "skuUuid"):
        return told
    try:
        inner = json.loads(text(item, "itemExt") or "{}")
    except (ValueError, RecursionError):
        return None
    return text(inner, "skuUuid") if isinstance(inner, dict) else None


def moment(info: Mapping[str, Any], name: str) -> datetime | None:
    return None if text(info, name) in _NO_TIME else beijing.moment(info, name)


def _promised(info: Mapping[str, Any]) -> datetime | None:
    """Until when JD promised that a carrier picks the parcel up (承诺揽收时间). That this is what a
    seller has to keep, and its form, are UNVERIFIED; in another form it is not told.
    """
    try:
        return moment(info, "promisePickDate")
    except ProtocolBroken:
        return None


def _items(info: Mapping[str, Any]) -> list[dict[str, Any]]:
    if info["orderState"] == SPLIT:
        return []
    items = rows(info, "itemInfoList")
    if not items:
        raise ProtocolBroken("the order has no items")
    return items


def _line(item: Mapping[str, Any], info: Mapping[str, Any], status: OrderStatus) -> OrderLine:
    """What was paid for a line is not told: coupons stand at the order."""
    ordered, price = whole(item, "itemTotal"), money(item, "jdPrice")
    if ordered is None or price is None:
        raise ProtocolBroken("an item without itemTotal or jdPrice")
    sku = needed(item, "skuId")
    return OrderLine(
        line=line_id(item),
        listing=text(item, "wareId"),
        offer=sku,
        merchant_code=text(item, "outerSkuId"),
        title=text(item, "skuName") or "",
        ordered=ordered,
        quantity=0 if status is OrderStatus.CANCELLED else ordered,
        unit_price=price,
        fulfilled_by=FulfilledBy.PLATFORM if text(info, "storeOrder") else FulfilledBy.SELLER,
    )


def _totals(info: Mapping[str, Any]) -> Totals:
    """`shouldPay` is what JD keeps; `orderPayment` is not maintained since October 2024."""
    grand = money(info, "shouldPay") or money(info, "orderPayment")
    if grand is None:
        raise ProtocolBroken("shouldPay and orderPayment are missing")
    return Totals(
        grand=grand,
        goods=money(info, "orderTotalPrice"),
        discount=money(info, "sellerDiscount"),
        shipping=money(info, "freightPrice"),
    )
