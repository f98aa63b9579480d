"""Telling Taobao of a parcel (发货): whole trades, or some of their sub-orders (拆单发货)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mercer.core.contract import ItemOutcome
from mercer.core.errors import Rejected, Stale
from mercer.core.outcome import Result
from mercer.core.shipping import Shipment
from mercer.plugins.outcomes import accepted, refused
from mercer.plugins.taobao import orders
from mercer.plugins.taobao.carriers import Carriers
from mercer.plugins.taobao.errors import suffix
from mercer.plugins.taobao.order_mapping import CLOSED, SHIPPED
from mercer.plugins.taobao.wire import Top, rows
from mercer.plugins.values import needed, text, whole

_FIELDS: Final = "tid,type,orders"
_OFFLINE: Final = "taobao.logistics.offline.send"
_ONLINE: Final = "taobao.logistics.online.send"
_MOST_LINES: Final = {_OFFLINE: 50, _ONLINE: 20}
_CASH_ON_DELIVERY: Final = "cod"

_SHIPPED_ALREADY: Final = frozenset({"B04", "B27", "CD06", "CD07", "AT0011", "AT0112"})
"""订单状态不对…不能重复发货 and its like; B04 comes for closed trades too."""


async def ship(top: Top, carriers: Carriers, shipment: Shipment) -> ItemOutcome:
    """The trade is read first: what a call must say depends on what has shipped before.

    Cash on delivery (货到付款) takes `online.send`, all else `offline.send`; with a number both move
    the trade at once. The OAID is for printing waybills (电子面单) and is not sent here.
    """
    tid = shipment.order
    try:
        code = await carriers.code(shipment.carrier)
        trade = await orders.trade(top, tid, _FIELDS)
        if trade is None:
            raise Rejected("Taobao has no such trade", code="isv.trade-not-exist")
        api = _ONLINE if text(trade, "type") == _CASH_ON_DELIVERY else _OFFLINE
        params = {"tid": tid, "company_code": code, "out_sid": shipment.tracking}
        await _send(top, api, params | _split(trade, shipment, _MOST_LINES[api]))
    except Stale as error:
        return ItemOutcome(tid, "", Result.STALE, error.code, error.reason, error.request_id)
    except Rejected as error:
        if suffix(error.code) in _SHIPPED_ALREADY:
            return ItemOutcome(tid, "", Result.STALE, error.code, error.reason, error.request_id)
        return refused(tid, "", error)
    return accepted(tid)


async def _send(top: Top, api: str, params: Mapping[str, str]) -> None:
    shipping = (await top.call(api, params, write=True)).get("shipping")
    if not isinstance(shipping, dict) or text(shipping, "is_success") not in ("True", "true"):
        raise Rejected(f"{api} answered without is_success")


def _split(trade: Mapping[str, Any], shipment: Shipment, most: int) -> dict[str, str]:
    """`is_split` and `sub_tid`, or neither. A trade that was split once needs both ever after."""
    lines = {needed(line, "oid"): line for line in rows(trade, "orders", "order")}
    packed = {each.line: each.quantity for each in shipment.lines}
    if not packed:
        raise Rejected("nothing is packed in the parcel")
    for oid, quantity in packed.items():
        _checked(lines.get(oid), oid, quantity)
    left = {oid for oid, line in lines.items() if text(line, "status") not in CLOSED}
    split_before = any(text(line, "consign_time") for line in lines.values())
    if left == set(packed) and not split_before:
        return {}
    if len(packed) > most:
        raise Rejected(f"{len(packed)} sub-orders are packed, and one call takes {most}")
    return {"is_split": "1", "sub_tid": ",".join(packed)}


def _checked(line: Mapping[str, Any] | None, oid: str, quantity: int) -> None:
    """A sub-order ships once and whole."""
    if line is None:
        raise Rejected(f"the trade has no sub-order {oid}")
    status, units = text(line, "status") or "", whole(line, "num")
    if status in SHIPPED:
        raise Stale(f"sub-order {oid} has shipped already", code=status)
    if status in CLOSED:
        raise Rejected(f"sub-order {oid} was closed and must not ship", code=status)
    if quantity != units:
        raise Rejected(
            f"sub-order {oid} has {units} units and {quantity} are packed: Taobao ships it whole"
        )
