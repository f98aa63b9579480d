"""Trades: what a buyer's order does to stock, and a trade's way through its statuses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mercer.plugins.taobao.simulator.goods import settle
from mercer.plugins.taobao.simulator.messages import notify
from mercer.plugins.taobao.simulator.protocol import yuan
from mercer.plugins.taobao.simulator.shop import Buyer, Item, Line, Shop, Sku, Trade

UNPAID: Final = "WAIT_BUYER_PAY"
PAID: Final = "WAIT_SELLER_SEND_GOODS"
SHIPPED: Final = "WAIT_BUYER_CONFIRM_GOODS"
AT_ORDER: Final = 1


def place(
    shop: Shop, lines: Sequence[tuple[str, int]], buyer: Buyer, now: datetime, type: str = "fixed"
) -> Trade:
    """An unpaid trade. Raise `KeyError` for an unknown code, `ValueError` where too few are on sale.

    Either all lines are taken or none.
    """
    chosen: list[tuple[Item, Sku, int]] = []
    for code, count in lines:
        chosen.append((*_chosen(shop, code, count, chosen), count))
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


def ship(shop: Shop, trade: Trade, now: datetime) -> None:
    if trade.status != PAID:
        raise ValueError(f"trade {trade.tid} is {trade.status}")
    for line in trade.lines:
        line.consign_time = now
    _move(shop, trade, SHIPPED, "TradeSellerShip", now)


def close(shop: Shop, trade: Trade, now: datetime) -> None:
    """Before payment the platform closes the trade; after it, refunding every line does."""
    if trade.status not in (UNPAID, PAID):
        raise ValueError(f"trade {trade.tid} is {trade.status}")
    paid = trade.status == PAID
    for line in trade.lines:
        if found := _stocked(shop, line):
            item, sku = found
            if paid or line.sub_stock == AT_ORDER:
                sku.quantity += line.num
            else:
                sku.held -= line.num
            item.modified = now
        line.refund_status = "SUCCESS" if paid else line.refund_status
    trade.end_time = now
    _move(shop, trade, "TRADE_CLOSED" if paid else "TRADE_CLOSED_BY_TAOBAO", "TradeClose", now)


def _chosen(
    shop: Shop, code: str, count: int, before: Sequence[tuple[Item, Sku, int]]
) -> tuple[Item, Sku]:
    offers = list(shop.coded(code))
    if not offers:
        raise KeyError(code)
    for item, sku in offers:
        taken = sum(each for _, other, each in before if other is sku)
        if item.onsale and 0 < count <= sku.quantity - sku.held - taken:
            return item, sku
    raise ValueError(f"fewer than {count} of {code} are on sale")


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
        "buyer_nick": trade.buyer.nick,
        "buyer_open_uid": trade.buyer.open_uid,
        "payment": yuan(trade.fee),
        "status": trade.status,
        "type": "guarantee_trade",
    }
    notify(shop, f"taobao_trade_{topic}", content, now)
