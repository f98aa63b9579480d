"""A JD order to an order and its lines.

Only what an order is made of is asked for: no field that names the buyer, masked or encrypted.
Nearly every scalar comes as text; times are Beijing's, with a moment long ago for "none".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mercer.core.errors import ProtocolBroken
from mercer.core.listing import FulfilledBy
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.plugins.beijing import utc
from mercer.plugins.jd.wire import rows
from mercer.plugins.values import needed, text, whole
from mercer.plugins.yuan import CURRENCY, money

ORDER_FIELDS: Final = (
    "orderId,orderState,orderStartTime,paymentConfirmTime,orderEndTime,modified,parentOrderId,"
    "shouldPay,orderPayment,orderTotalPrice,sellerDiscount,freightPrice,storeOrder,itemInfoList"
)

_STATUS: Final = {
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
"""English states and their pinyin forms; a parcel on its way back was shipped all the same."""

SPLIT: Final = "PARENT_TRADE_CANCELED"
"""A payment that became several orders: its lines go on in the children."""

_SHIPPED: Final = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})
_NO_TIME: Final = frozenset({"0001-01-01 00:00:00", "1970-01-01 00:00:00"})
_NO_PARENT: Final = frozenset({None, "0"})


def order(info: Mapping[str, Any]) -> Order:
    """Raise `ProtocolBroken` where an order cannot be understood, its state above all."""
    order_id = needed(info, "orderId")
    state = needed(info, "orderState")
    status = status_of(state)
    created, modified = moment(info, "orderStartTime"), moment(info, "modified")
    if created is None or modified is None:
        raise ProtocolBroken("orderStartTime or modified is missing")
    lines = () if state == SPLIT else tuple(_line(row, info, status) for row in _items(info))
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
        root=root(info, "parentOrderId", order_id),
    )


def status_of(state: str) -> OrderStatus:
    status = _STATUS.get(state)
    if status is None:
        raise ProtocolBroken(f"the order's state {state!r} is not known")
    return status


def root(info: Mapping[str, Any], name: str, order_id: str) -> str:
    parent = text(info, name)
    return order_id if parent in _NO_PARENT or parent is None else parent


def shipped(status: OrderStatus, ordered: int) -> int:
    """JD's classic gateway ships an order whole."""
    return ordered if status in _SHIPPED else 0


def moment(info: Mapping[str, Any], name: str) -> datetime | None:
    value = text(info, name)
    if value is None or value in _NO_TIME:
        return None
    try:
        return utc(value)
    except ValueError:
        raise ProtocolBroken(f"{name} is {value!r}, which is not a time") from None


def _items(info: Mapping[str, Any]) -> list[dict[str, Any]]:
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
        line=text(item, "id") or sku,
        listing=text(item, "wareId"),
        offer=sku,
        merchant_code=text(item, "outerSkuId"),
        title=text(item, "skuName") or "",
        ordered=ordered,
        quantity=0 if status is OrderStatus.CANCELLED else ordered,
        unit_price=price,
        shipped=shipped(status, ordered),
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
