"""A trade (主订单) and its sub-orders (子订单) to an order and its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from mercer.core.errors import ProtocolBroken
from mercer.core.money import Money
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.core.shipping import Packed, Parcel
from mercer.plugins.beijing import moment
from mercer.plugins.taobao.customers import CUSTOMER_FIELDS, customer
from mercer.plugins.taobao.wire import rows
from mercer.plugins.values import known, needed, text, whole
from mercer.plugins.yuan import CURRENCY, money

TRADE_FIELDS: Final = (
    "tid,status,created,modified,pay_time,end_time,payment,total_fee,post_fee,discount_fee,"
    f"is_sh_ship,top_hold,team_buy_hold,orders,{CUSTOMER_FIELDS}"
)

TRADE_TYPES: Final = (
    "guarantee_trade,auto_delivery,ec,cod,step,tmall_i18n,nopaid,eticket,o2o_offlinetrade,"
    "instant_trade,b2c_cod,super_market_trade,pre_auth_type,independent_simple_trade,"
    "independent_shop_trade,external_trade"
)
"""All of them: without this the list leaves out every type but the first five, without a word."""

STATUSES: Final[Mapping[str, OrderStatus]] = {
    "TRADE_NO_CREATE_PAY": OrderStatus.AWAITING_PAYMENT,
    "WAIT_BUYER_PAY": OrderStatus.AWAITING_PAYMENT,
    "PAY_PENDING": OrderStatus.AWAITING_PAYMENT,
    "WAIT_PRE_AUTH_CONFIRM": OrderStatus.AWAITING_PAYMENT,
    "PAID_FORBID_CONSIGN": OrderStatus.HELD,
    "WAIT_SELLER_SEND_GOODS": OrderStatus.PAID,
    "SELLER_CONSIGNED_PART": OrderStatus.PARTLY_SHIPPED,
    "WAIT_BUYER_CONFIRM_GOODS": OrderStatus.SHIPPED,
    "TRADE_BUYER_SIGNED": OrderStatus.SHIPPED,
    "TRADE_FINISHED": OrderStatus.COMPLETED,
    "TRADE_CLOSED": OrderStatus.CANCELLED,
    "TRADE_CLOSED_BY_TAOBAO": OrderStatus.CANCELLED,
}
"""A trade's status (交易状态). A paid one that must not be shipped yet is held, and a closed one of
which something had shipped is complete.
"""

CLOSED: Final = frozenset({"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"})
SHIPPED: Final = frozenset({"WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_FINISHED"})
_HOLDS: Final = ("is_sh_ship", "top_hold", "team_buy_hold")
_SET: Final = frozenset({"1", "true", "True"})


def order(trade: Mapping[str, Any]) -> Order:
    """Raise `ProtocolBroken` where a trade cannot be understood, its status above all."""
    tid = needed(trade, "tid")
    lines = rows(trade, "orders", "order")
    if not lines:
        raise ProtocolBroken("the trade has no sub-orders")
    status = _status(trade, lines)
    created = moment(trade, "created")
    modified = moment(trade, "modified")
    if created is None or modified is None:
        raise ProtocolBroken("created or modified is missing")
    cancelled = status is OrderStatus.CANCELLED
    return Order(
        order=tid,
        number=tid,
        status=status,
        created_at=created,
        updated_at=modified,
        currency=CURRENCY,
        totals=_totals(trade, lines),
        lines=tuple(_line(line) for line in lines),
        paid_at=moment(trade, "pay_time"),
        cancelled_at=(moment(trade, "end_time") or modified) if cancelled else None,
        root=tid,
        ship_by=_ship_by(lines),
        parcels=_parcels(lines),
        customer=customer(trade),
    )


def units(trade: Mapping[str, Any]) -> dict[str, int]:
    """What its buyer still gets, by merchant code, as far as the trade tells."""
    found: dict[str, int] = {}
    for line in rows(trade, "orders", "order"):
        code, number = _code(line), whole(line, "num")
        if code and number and text(line, "status") not in CLOSED:
            found[code] = found.get(code, 0) + number
    return found


def _code(line: Mapping[str, Any]) -> str | None:
    return text(line, "outer_sku_id" if _has_sku(line) else "outer_iid")


def _has_sku(line: Mapping[str, Any]) -> bool:
    return text(line, "sku_id") not in (None, "0")


def _status(trade: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> OrderStatus:
    """A trade that was refunded after it shipped is closed too, and no longer to be cancelled: it is
    complete, and its refunds tell what became of money and goods.
    """
    status = known(STATUSES, trade, "status")
    if status is OrderStatus.PAID and any(str(trade.get(hold)) in _SET for hold in _HOLDS):
        return OrderStatus.HELD
    if status is OrderStatus.CANCELLED and any(text(line, "consign_time") for line in lines):
        return OrderStatus.COMPLETED
    return status


def _line(line: Mapping[str, Any]) -> OrderLine:
    """`total` is what was paid for the line after trade-level discounts were shared out."""
    status = text(line, "status") or ""
    num_iid = text(line, "num_iid")
    sku_id = text(line, "sku_id")
    ordered = whole(line, "num")
    price = money(line, "price")
    if ordered is None or price is None:
        raise ProtocolBroken("a sub-order without num or price")
    shipped = status in SHIPPED or text(line, "consign_time") is not None
    return OrderLine(
        line=needed(line, "oid"),
        listing=num_iid,
        offer=sku_id if _has_sku(line) else num_iid,
        merchant_code=_code(line),
        title=text(line, "title") or "",
        ordered=ordered,
        quantity=0 if status in CLOSED and not shipped else ordered,
        unit_price=price,
        total=money(line, "divide_order_fee"),
        shipped=ordered if shipped else 0,
    )


def _totals(trade: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Totals:
    grand = money(trade, "payment")
    if grand is None:
        raise ProtocolBroken("payment is missing")
    return Totals(
        grand=grand,
        goods=money(trade, "total_fee"),
        discount=_discount(trade, lines),
        shipping=money(trade, "post_fee"),
    )


def _discount(trade: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Money | None:
    """The trade's own discount, and the lines' discounts less what the seller adjusted upwards.

    Known only where the platform states every one of them.
    """
    total = money(trade, "discount_fee")
    for line in lines:
        off, adjusted = money(line, "discount_fee"), money(line, "adjust_fee")
        if total is None or off is None or adjusted is None:
            return None
        total = total + off - adjusted
    return total


def _ship_by(lines: Sequence[Mapping[str, Any]]) -> datetime | None:
    """The earliest of the sub-orders' 预计发货时间 (`estimate_con_time`).

    Its form is UNVERIFIED: what is not a time counts as not told.
    """
    told = []
    for line in lines:
        with suppress(ProtocolBroken):
            told.append(moment(line, "estimate_con_time"))
    return min((each for each in told if each), default=None)


def _parcels(lines: Sequence[Mapping[str, Any]]) -> tuple[Parcel, ...]:
    """Of what has shipped. A sub-order names one parcel and goes whole; the carrier by its name."""
    packed: dict[tuple[str, str], list[Packed]] = {}
    for line in lines:
        if tracking := text(line, "invoice_no"):
            parcel = packed.setdefault((tracking, text(line, "logistics_company") or ""), [])
            parcel.append(Packed(needed(line, "oid"), whole(line, "num") or 0))
    return tuple(
        Parcel(tracking, carrier, tuple(inside)) for (tracking, carrier), inside in packed.items()
    )
