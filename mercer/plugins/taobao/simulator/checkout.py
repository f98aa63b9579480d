"""Trades: what a buyer's order does to stock, and a trade's way through its statuses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mercer.plugins.basket import taken
from mercer.plugins.simulation import Lines
from mercer.plugins.taobao.simulator.goods import settle
from mercer.plugins.taobao.simulator.messages import notify
from mercer.plugins.taobao.simulator.shop import Buyer, Item, Line, Shop, Sku, Trade
from mercer.plugins.yuan import in_yuan

UNPAID: Final = "WAIT_BUYER_PAY"
PAID: Final = "WAIT_SELLER_SEND_GOODS"
PARTLY_SHIPPED: Final = "SELLER_CONSIGNED_PART"
SHIPPED: Final = "WAIT_BUYER_CONFIRM_GOODS"
FINISHED: Final = "TRADE_FINISHED"
CLOSED: Final = "TRADE_CLOSED"
CLOSED_UNPAID: Final = "TRADE_CLOSED_BY_TAOBAO"
AT_ORDER: Final = 1


def place(shop: Shop, lines: Lines, buyer: Buyer, now: datetime, type: str = "fixed") -> Trade:
    """An unpaid trade. Raise `KeyError` for an unknown code, `ValueError` where too few are on sale.

    Either all lines are taken or none.
    """
    chosen = taken(lines, shop.coded, _on_sale)
    tid = shop.new_id()
    trade = Trade(
        tid=tid,
        type=type,
        status=UNPAID,
        created=now,
        modified=now,
        buyer=buyer,
        lines=[
            _line(tid if len(chosen) == 1 else shop.new_id(), item, sku, count)
            for item, sku, count in chosen
        ],
    )
    shop.trades[tid] = trade
    for item, sku, count in chosen:
        if item.sub_stock == AT_ORDER:
            sku.quantity -= count
            settle(shop, item, now)
        else:
            sku.held += count
        item.modified = now
    _tell(shop, trade, "TradeCreate", now)
    return trade


def pay(shop: Shop, trade: Trade, now: datetime) -> None:
    if trade.status != UNPAID:
        raise ValueError(f"trade {trade.tid} is {trade.status}")
    for line in trade.lines:
        if line.sub_stock != AT_ORDER and (found := _stocked(shop, line)):
            item, sku = found
            sku.held -= line.num
            sku.quantity -= line.num
            item.modified = now
            settle(shop, item, now)
    trade.pay_time = now
    _move(shop, trade, PAID, "TradeBuyerPay", now)


def ship(
    shop: Shop,
    trade: Trade,
    now: datetime,
    lines: Sequence[Line] | None = None,
    company: str = "",
    out_sid: str = "",
) -> None:
    """All lines that wait, or these. Raise `ValueError` where the trade is not to be shipped."""
    if trade.status not in (PAID, PARTLY_SHIPPED):
        raise ValueError(f"trade {trade.tid} is {trade.status}")
    for line in lines or [line for line in trade.lines if line.status == PAID]:
        line.status = SHIPPED
        line.consign_time = now
        line.company, line.out_sid = company, out_sid
    if out_sid:
        trade.told.append(out_sid)
    restated(trade, now)
    whole = trade.status == SHIPPED
    _tell(shop, trade, "TradeSellerShip" if whole else "TradePartlySellerShip", now)


def close(shop: Shop, trade: Trade, now: datetime) -> None:
    """Before payment. After it, refunding every line closes the trade."""
    if trade.status != UNPAID:
        raise ValueError(f"trade {trade.tid} is {trade.status}")
    for line in trade.lines:
        if line.sub_stock == AT_ORDER:
            back_on_shelf(shop, line, now)
        elif found := _stocked(shop, line):
            item, sku = found
            sku.held -= line.num
            item.modified = now
    trade.end_time = now
    _move(shop, trade, CLOSED_UNPAID, "TradeClose", now)


def close_line(shop: Shop, trade: Trade, line: Line, now: datetime) -> None:
    """All of its money was paid back. Units that never left are for sale again."""
    if line.consign_time is None:
        back_on_shelf(shop, line, now)
    line.status = CLOSED
    restated(trade, now)
    if trade.status == CLOSED:
        trade.end_time = now
    _tell(shop, trade, "TradeClose" if trade.status == CLOSED else "TradePartlyRefund", now)


def restated(trade: Trade, now: datetime) -> None:
    """The trade's status follows from those of its lines."""
    left = {line.status for line in trade.lines} - {CLOSED, CLOSED_UNPAID}
    if not left:
        trade.status = CLOSED
    elif PAID in left:
        trade.status = PARTLY_SHIPPED if left - {PAID} else PAID
    else:
        trade.status = FINISHED if left == {FINISHED} else SHIPPED
    trade.modified = now


def back_on_shelf(shop: Shop, line: Line, now: datetime) -> None:
    if found := _stocked(shop, line):
        item, sku = found
        sku.quantity += line.num
        item.modified = now


def _on_sale(item: Item, sku: Sku) -> int:
    return sku.quantity - sku.held if item.onsale else 0


def _line(oid: int, item: Item, sku: Sku, count: int) -> Line:
    return Line(
        oid=oid,
        num_iid=item.num_iid,
        sku_id=0 if item.plain else sku.sku_id,
        outer_iid=item.outer_id,
        outer_sku_id="" if item.plain else sku.outer_id,
        title=item.title,
        properties_name=_shown(sku.properties_name),
        num=count,
        price=sku.price,
        sub_stock=item.sub_stock,
        status=UNPAID,
    )


def _shown(properties_name: str) -> str:
    """`颜色:黑色;尺码:M`: without the ids that stand before each pair."""
    parts = [part.split(":", 2) for part in properties_name.split(";") if part]
    return ";".join(part[2] for part in parts if len(part) == 3)


def _stocked(shop: Shop, line: Line) -> tuple[Item, Sku] | None:
    item = shop.items.get(line.num_iid)
    wanted = line.sku_id or line.num_iid
    for sku in item.skus if item else ():
        if item and sku.sku_id == wanted:
            return item, sku
    return None


def _move(shop: Shop, trade: Trade, status: str, topic: str, now: datetime) -> None:
    trade.status = status
    trade.modified = now
    for line in trade.lines:
        line.status = status
    _tell(shop, trade, topic, now)


def _tell(shop: Shop, trade: Trade, topic: str, now: datetime) -> None:
    content = {
        "tid": trade.tid,
        "oid": trade.lines[0].oid,
        "seller_nick": shop.nick,
        "buyer_nick": trade.buyer.shown_nick,
        "buyer_open_uid": trade.buyer.open_uid,
        "payment": in_yuan(trade.fee),
        "status": trade.status,
        "type": "guarantee_trade",
    }
    notify(shop, f"taobao_trade_{topic}", content, now)
