"""Telling JD of parcels (SOP出库). The classic gateway ships an order whole, in one call."""

from __future__ import annotations

from typing import Any, Final

from mercer.core.contract import ItemOutcome
from mercer.core.errors import Rejected
from mercer.core.order import Order, OrderStatus
from mercer.core.outcome import Result
from mercer.core.shipping import Shipment
from mercer.plugins.jd import orders
from mercer.plugins.jd.carriers import code_of
from mercer.plugins.jd.wire import Jos
from mercer.plugins.outcomes import accepted, refused

_SHIP: Final = "jingdong.pop.order.shipment"
_JOINTS: Final = frozenset("|,")
"""JD reads them as the ends of numbers."""


async def ship(jos: Jos, shipment: Shipment) -> ItemOutcome:
    """JD has no key that would make a second call harmless, so none is made."""
    try:
        params = _params(shipment)
    except Rejected as error:
        return refused(shipment.order, "", error)
    try:
        await jos.call(_SHIP, params, verdict="sopjosshipment_result", write=True)
    except Rejected as error:
        return judged(await orders.one(jos, shipment.order), shipment, error)
    return accepted(shipment.order)


def _params(shipment: Shipment) -> dict[str, Any]:
    if not shipment.whole:
        raise Rejected("the classic gateway ships an order whole; gateway sp-api ships parts")
    if not shipment.order.isdecimal():
        raise Rejected(f"{shipment.order!r} is not the number of a JD order")
    return {
        "orderId": int(shipment.order),
        "logiCoprId": code_of(shipment.carrier),
        "logiNo": waybill(shipment),
    }


def waybill(shipment: Shipment) -> str:
    """Raise `Rejected` for a number that JD would take for none or for several."""
    if not shipment.tracking.strip() or not _JOINTS.isdisjoint(shipment.tracking):
        raise Rejected(f"{shipment.tracking!r} is not one tracking number")
    return shipment.tracking.strip()


def judged(order: Order | None, shipment: Shipment, error: Rejected) -> ItemOutcome:
    """A refused shipment, with JD's own code and words.

    Which code says that an order has shipped already is UNVERIFIED, so `order`, as it reads after the
    refusal, decides.
    """
    gone = order is not None and _gone(order, shipment)
    result = Result.STALE if gone else Result.REJECTED
    return ItemOutcome(shipment.order, "", result, error.code, error.reason, error.request_id)


def _gone(order: Order, shipment: Shipment) -> bool:
    if order.status in (OrderStatus.SHIPPED, OrderStatus.COMPLETED):
        return True
    if order.status is not OrderStatus.PARTLY_SHIPPED:
        return False
    left = {line.line: line.quantity - line.shipped for line in order.lines}
    told = any(parcel.tracking == shipment.tracking for parcel in order.parcels)
    return told or any(left.get(each.line, 0) < each.quantity for each in shipment.lines)
