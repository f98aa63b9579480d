"""Shipping APIs (发货): parcels told by the seller, and the carriers that there are."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Final

from mercer.plugins.taobao.simulator.checkout import PAID, PARTLY_SHIPPED, UNPAID, ship
from mercer.plugins.taobao.simulator.fields import picked, wrapped
from mercer.plugins.taobao.simulator.protocol import Api, Call, TopError, business
from mercer.plugins.taobao.simulator.shop import Line, Shop, Trade

_CASH_ON_DELIVERY: Final = "cod"
_MOST_LINES: Final = {"offline": 50, "online": 20}
_NUMBER: Final = r"^[A-Za-z0-9-]{4,30}$"
"""Looser than the real rules, which differ by carrier."""

_COMPANIES: Final = (
    (505, "SF", "顺丰速运"),
    (101, "YTO", "圆通速递"),
    (500, "ZTO", "中通快递"),
    (100, "STO", "申通快递"),
    (102, "YUNDA", "韵达快递"),
    (2, "EMS", "EMS"),
    (1, "POST", "中国邮政"),
    (107, "DBKD", "德邦快递"),
    (106, "FEDEX", "联邦快递"),
    (502, "HTKY", "百世快递"),
    (1101, "DISTRIBUTOR_10000001", "极兔速递"),
    (1102, "DISTRIBUTOR_10000002", "京东物流"),
    (1103, "DISTRIBUTOR_10000003", "菜鸟速递"),
    (-1, "OTHER", "其他"),
)
"""Id, code, name. The last codes are made up: a client that does not look them up fails here."""


def _companies(_: Shop, call: Call) -> dict[str, Any]:
    rows = [
        picked({"id": id, "code": code, "name": name, "reg_mail_no": _NUMBER}, call.text("fields"))
        for id, code, name in _COMPANIES
    ]
    return wrapped("logistics_companies", "logistics_company", rows)


def _send(how: str, shop: Shop, call: Call) -> dict[str, Any]:
    """With a number, `online.send` moves the trade at once too. Without one it is not simulated."""
    trade = shop.trades.get(call.whole("tid"))
    if trade is None:
        raise _refused(how, "B01", "订单不存在")
    if how == "offline" and trade.type == _CASH_ON_DELIVERY:
        raise _refused(how, "B98", "CD01#发货方式不匹配")
    lines = _lines(how, trade, call)
    code, out_sid = call.text("company_code"), call.text("out_sid")
    names = {code: name for _, code, name in _COMPANIES}
    if code not in names:
        raise _refused(how, "B57", "物流公司不支持该发货方式")
    if not re.match(_NUMBER, out_sid) or _taken(shop, trade, out_sid):
        raise _refused(how, "B60", "运单号不符合规则或已经被使用")
    shop.numbers[out_sid] = trade.buyer.open_uid
    trade.split = trade.split or bool(call.text("sub_tid"))
    ship(shop, trade, call.now, lines, names[code], out_sid)
    return {"shipping": {"is_success": True}}


def _taken(shop: Shop, trade: Trade, out_sid: str) -> bool:
    """One buyer's trades may leave in one parcel."""
    return shop.numbers.get(out_sid, trade.buyer.open_uid) != trade.buyer.open_uid


def _lines(how: str, trade: Trade, call: Call) -> list[Line]:
    """Those named by `sub_tid`, which goes with `is_split`, or all."""
    split, named = call.text("is_split") == "1", bool(call.text("sub_tid"))
    if split != named:
        raise _refused(how, "CD25", "拆单参数is_split与sub_tid必须同时传入或同时不传")
    if trade.status == UNPAID:
        raise _refused(how, "B02", "订单状态不对，买家未付款")
    if trade.status not in (PAID, PARTLY_SHIPPED):
        raise _shipped(how)
    if not named:
        if trade.split:
            raise _refused(how, "CD22", "该订单已拆单发货，必须传入sub_tid和is_split")
        return [line for line in trade.lines if line.status == PAID]
    oids = call.ids("sub_tid", _MOST_LINES[how])
    found = [line for line in trade.lines if line.oid in oids]
    if len(found) != len(set(oids)):
        raise _refused(how, "B05", "子订单与主订单不匹配")
    if any(line.status != PAID for line in found):
        raise _shipped(how)
    return found


def _shipped(how: str) -> TopError:
    return _refused(how, "B04", "订单状态不对，订单可能已发货或已关闭，不能重复发货")


def _refused(how: str, suffix: str, words: str) -> TopError:
    return business(f"isv.logistics-{how}-service-error:{suffix}", words)


_SENT: Final = ("tid", "company_code", "out_sid")

APIS: Final = {
    "taobao.logistics.companies.get": Api(_companies, ("fields",), session=False),
    "taobao.logistics.offline.send": Api(partial(_send, "offline"), _SENT, write=True),
    "taobao.logistics.online.send": Api(partial(_send, "online"), _SENT, write=True),
}
