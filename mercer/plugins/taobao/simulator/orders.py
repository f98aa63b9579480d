"""Trade APIs: what changed, and one trade in full, with the buyer masked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from mercer.plugins.beijing import beijing
from mercer.plugins.taobao.cancelling import REASONS
from mercer.plugins.taobao.simulator.checkout import close
from mercer.plugins.taobao.simulator.fields import asked_types, paged, picked
from mercer.plugins.taobao.simulator.people import receiver
from mercer.plugins.taobao.simulator.protocol import Api, Call, business, invalid
from mercer.plugins.taobao.simulator.shop import Line, Shop, Trade
from mercer.plugins.yuan import in_yuan

_KEPT: Final = timedelta(days=90)
_LONGEST_WINDOW: Final = timedelta(days=1)
_USUAL_TYPES: Final = "guarantee_trade,auto_delivery,ec,cod,step"
_GROUPS: Final = {
    "ALL_WAIT_PAY": {"WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY"},
    "ALL_CLOSED": {"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"},
}
_TOO_FAST: Final = timedelta(seconds=10)
_TO_SHIP: Final = timedelta(hours=48)


def _changed(shop: Shop, call: Call) -> dict[str, Any]:
    """Newest change first, sorted at the moment of the call."""
    since, until = call.moment("start_modified"), call.moment("end_modified")
    if since is None or until is None or until < since:
        raise invalid("start_modified")
    if until - since > _LONGEST_WINDOW:  # the real sub code is UNVERIFIED
        raise business("isv.invalid-parameter", "查询的时间跨度不能超过一天")
    types = asked_types(call, _USUAL_TYPES)
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
    return paged(call, "trades", "trade", rows, lambda trade: _row(shop, trade))


def _in_full(shop: Shop, call: Call) -> dict[str, Any]:
    trade = shop.trades.get(call.whole("tid"))
    if trade is None or call.now - trade.created > _KEPT:
        raise business("isv.trade-not-exist", "交易订单不存在")
    return {"trade": picked(_row(shop, trade), call.text("fields"))}


def _close(shop: Shop, call: Call) -> dict[str, Any]:
    """Of the whole trade. But for `closereason_wrong`, the sub codes here are UNVERIFIED."""
    trade = shop.trades.get(call.whole("tid"))
    if trade is None:
        raise business("isv.trade-not-exist", "交易订单不存在")
    if call.text("close_reason") not in REASONS:
        raise business("isv.invalid-parameter:closereason_wrong", "关闭理由不正确")
    if call.now - trade.created < _TOO_FAST:
        raise business("isv.trade-close-service-error:CLOSE_TRADE_TOO_FAST", "关闭交易过快")
    try:
        close(shop, trade, call.now)
    except ValueError:
        raise business("isv.trade-close-service-error:STATUS", "只能关闭未付款的交易") from None
    return {"trade": {"tid": trade.tid, "modified": beijing(trade.modified)}}


def _row(shop: Shop, trade: Trade) -> dict[str, Any]:
    buyer = trade.buyer
    return {
        "tid": trade.tid,
        "tid_str": str(trade.tid),
        "type": trade.type,
        "status": trade.status,
        "seller_nick": shop.nick,
        "buyer_nick": buyer.shown_nick,
        "buyer_open_uid": buyer.open_uid,
        "created": beijing(trade.created),
        "modified": beijing(trade.modified),
        "pay_time": _time(trade.pay_time),
        "end_time": _time(trade.end_time),
        "payment": in_yuan(trade.fee),
        "total_fee": in_yuan(trade.fee),
        "post_fee": "0.00",
        "discount_fee": "0.00",
        "adjust_fee": "0.00",
        **receiver(shop, buyer, trade.created),
        "orders": [_line(shop, trade, line) for line in trade.lines],
    }


def _line(shop: Shop, trade: Trade, line: Line) -> dict[str, Any]:
    fee = in_yuan(line.fee)
    return {
        "oid": line.oid,
        "num_iid": line.num_iid,
        "sku_id": str(line.sku_id) if line.sku_id else None,
        "outer_iid": line.outer_iid or None,
        "outer_sku_id": line.outer_sku_id or None,
        "title": line.title,
        "sku_properties_name": line.properties_name or None,
        "num": line.num,
        "price": in_yuan(line.price),
        "total_fee": fee,
        "discount_fee": "0.00",
        "adjust_fee": "0.00",
        "payment": fee,
        "divide_order_fee": fee,
        "status": line.status,
        "refund_status": line.refund_status,
        "refund_id": line.refund_id or None,
        "estimate_con_time": _time(trade.pay_time and trade.pay_time + _TO_SHIP),
        "logistics_company": line.company or None,
        "invoice_no": line.out_sid or None,
        "consign_time": _time(line.consign_time),
        "seller_type": shop.seller_type,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else beijing(moment)


APIS: Final = {
    "taobao.trades.sold.increment.get": Api(_changed, ("fields", "start_modified", "end_modified")),
    "taobao.trade.fullinfo.get": Api(_in_full, ("fields", "tid")),
    "taobao.trade.close": Api(_close, ("tid", "close_reason"), write=True),
}
