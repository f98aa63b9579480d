"""Parcels: confirmShipment, one parcel a call. It is of Orders v0, and not among what ends with it."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from mercer.core.clock import Clock
from mercer.core.contract import ItemOutcome
from mercer.core.errors import Rejected
from mercer.core.outcome import Result
from mercer.core.shipping import Shipment
from mercer.plugins.amazon import carriers, orders
from mercer.plugins.amazon.wire import Call, Wire, moment, part
from mercer.plugins.outcomes import accepted

_FULFILLED: Final = "PackageToUpdateNotFound"
_NUMBERS: Final = 10**9


async def ship(wire: Wire, clock: Clock, shipment: Shipment) -> ItemOutcome:
    """`ACCEPTED`: the order shows the parcel after seconds to minutes.

    What Amazon says to units that have shipped already is UNVERIFIED, so after a refusal the order
    is read to know.
    """
    call = Call(
        "confirmShipment",
        "POST",
        f"/orders/v0/orders/{part(shipment.order)}/shipmentConfirmation",
        body=_body(shipment, wire.settings.marketplace_id, moment(clock.now())),
        write=True,
        repeatable=False,
    )
    try:
        await wire.run(call)
    except Rejected as error:
        gone = error.code == _FULFILLED or await _has_shipped(wire, shipment)
        result = Result.STALE if gone else Result.REJECTED
        return ItemOutcome(shipment.order, "", result, error.code, error.reason, error.request_id)
    return accepted(shipment.order)


def package_reference(key: str) -> str:
    """A positive number in digits, the same for the same parcel: a repeat edits it.

    Amazon tells no bound; nine digits fit everywhere, and no two parcels of one order meet.
    """
    digest = hashlib.sha256(key.encode()).digest()
    return str(1 + int.from_bytes(digest[:8]) % (_NUMBERS - 1))


def _body(shipment: Shipment, marketplace: str, shipped: str) -> dict[str, Any]:
    return {
        "marketplaceId": marketplace,
        "packageDetail": {
            "packageReferenceId": package_reference(shipment.key),
            **carriers.told(shipment.carrier),
            "trackingNumber": shipment.tracking,
            "shipDate": shipped,
            "orderItems": [
                {"orderItemId": each.line, "quantity": each.quantity} for each in shipment.lines
            ],
        },
    }


async def _has_shipped(wire: Wire, shipment: Shipment) -> bool:
    """Whether too few units of some line are left to be in this parcel."""
    order = await orders.one(wire, shipment.order)
    if order is None:
        return False
    lines = {line.line: line for line in order.lines}
    return any(
        line.shipped > 0 and line.quantity - line.shipped < each.quantity
        for each in shipment.lines
        if (line := lines.get(each.line))
    )
