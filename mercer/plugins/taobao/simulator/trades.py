"""Trade APIs: what changed, and one trade in full, with the buyer masked."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.plugins.beijing import GMT8, beijing
from mercer.plugins.taobao.simulator.fields import picked, wrapped
from mercer.plugins.taobao.simulator.protocol import Api, Call, business, invalid, yuan
from mercer.plugins.taobao.simulator.shop import Buyer, Line, Shop, Trade

_KEPT: Final = timedelta(days=90)
_LONGEST_WINDOW: Final = timedelta(days=1)
_USUAL_TYPES: Final = "guarantee_trade,auto_delivery,ec,cod,step"
_ALIASES: Final = {"guarantee_trade": {"fixed", "auction"}}
"""Types that can be asked for and are never returned."""
_GROUPS: Final = {
    "ALL_WAIT_PAY": {"WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY"},
    "ALL_CLOSED": {"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"},
}


def _changed(shop: Shop, call: Call) -> dict[str, Any]:
    """Newest change first, sorted at the moment of the call."""
    since, until = call.moment("start_modified"), call.moment("end_modified")
    if since is None or until is None or until < since:
        raise invalid("start_modified")
    if until - since > _LONGEST_WINDOW:  # the real sub code is UNVERIFIED
        raise business("isv.invalid-parameter", "查询的时间跨度不能超过一天")
    first, size = call.page(40, 100)
    types = {one for name in _types(call) for one in _ALIASES.get(name, {name})}
    status = call.text("status")
    rows = [
        trade
        for trade in shop.trades.values()
        if since <= trade.modified <= until
        and trade.type in types
        and (not status or trade.status in _GROUPS.get(status, {status}))
        and call.now - trade.created <= _KEPT
    ]
    rows.sort(key=lambda trade: (trade.modified, trade.tid), reverse=True)
    page = [picked(_row(shop, trade), call.text("fields")) for trade in rows[first : first + size]]
    answer = wrapped("trades", "trade", page)
    if call.flag("use_has_next"):
        return answer | {"has_next": first + size < len(rows)}
    return answer | {"total_results": len(rows)}


def _types(call: Call) -> list[str]:
    return [name.strip() for name in call.text("type", _USUAL_TYPES).split(",")]


def _in_full(shop: Shop, call: Call) -> dict[str, Any]:
    trade = shop.trades.get(call.whole("tid"))
    if trade is None or call.now - trade.created > _KEPT:
        raise business("isv.trade-not-exist", "交易订单不存在")
    return {"trade": picked(_row(shop, trade), call.text("fields"))}


def _row(shop: Shop, trade: Trade) -> dict[str, Any]:
    buyer = trade.buyer
    return {
        "tid": trade.tid,
        "tid_str": str(trade.tid),
        "type": trade.type,
        "status": trade.status,
        "seller_nick": shop.nick,
        "buyer_nick": buyer.nick[:1] + "**",
        "buyer_open_uid": buyer.open_uid,
        "created": beijing(trade.created),
        "modified": beijing(trade.modified),
        "pay_time": _time(trade.pay_time),
        "end_time": _time(trade.end_time),
        "payment": yuan(trade.fee),
        "total_fee": yuan(trade.fee),
        "post_fee": "0.00",
        "discount_fee": "0.00",
        "adjust_fee": "0.00",
        "receiver_name": buyer.name[:1] + "**",
        "receiver_mobile": buyer.mobile[:3] + "****" + buyer.mobile[-4:],
        "receiver_address": buyer.address[:1] + "**路**号",
        "receiver_state": "浙江省",
        "receiver_city": "杭州市",
        "receiver_district": "西湖区",
        "receiver_zip": "310000",
        "oaid": _oaid(shop, buyer, trade.created),
        "orders": [_line(shop, line) for line in trade.lines],
    }


def _line(shop: Shop, line: Line) -> dict[str, Any]:
    fee = yuan(line.fee)
    return {
        "oid": line.oid,
        "num_iid": line.num_iid,
        "sku_id": str(line.sku_id) if line.sku_id else None,
        "outer_iid": line.outer_iid or None,
        "outer_sku_id": line.outer_sku_id or None,
        "title": line.title,
        "sku_properties_name": line.properties_name or None,
        "num": line.num,
        "price": yuan(line.price),
        "total_fee": fee,
        "discount_fee": "0.00",
        "adjust_fee": "0.00",
        "payment": fee,
        "divide_order_fee": fee,
        "status": line.status,
        "refund_status": line.refund_status,
        "consign_time": _time(line.consign_time),
        "seller_type": shop.seller_type,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else beijing(moment)


def _oaid(shop: Shop, buyer: Buyer, created: datetime) -> str:
    """The same person has another one in every app, shop and week."""
    year, week, _ = created.astimezone(GMT8).isocalendar()
    parts = (buyer.name, buyer.mobile, buyer.address, shop.nick, shop.app_key, f"{year}-{week}")
    return "1" + hashlib.sha256("|".join(parts).encode()).hexdigest()


APIS: Final = {
    "taobao.trades.sold.increment.get": Api(_changed, ("fields", "start_modified", "end_modified")),
    "taobao.trade.fullinfo.get": Api(_in_full, ("fields", "tid")),
}
