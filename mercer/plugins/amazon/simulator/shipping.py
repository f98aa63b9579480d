"""confirmShipment of Orders v0: one parcel a call, taken at once and shown a little later."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.plugins.amazon.simulator.checkout import advance
from mercer.plugins.amazon.simulator.notices import order_changed
from mercer.plugins.amazon.simulator.protocol import Answer, Call, Operation, Refused, invalid
from mercer.plugins.amazon.simulator.shop import Order, Package, Shop

SHOWS_AFTER: Final = timedelta(seconds=60)

_POSITIVE: Final = re.compile(r"0*[1-9][0-9]*")
_NO_METHOD: Final = "Standard"


def catch_up(shop: Shop, now: datetime) -> None:
    """Show the parcels whose time has come."""
    while shop.shipping:
        id, at = next(iter(shop.shipping.items()))
        if at > now:
            return
        del shop.shipping[id]
        _show(shop, shop.orders[id], at)


def _show(shop: Shop, order: Order, at: datetime) -> None:
    """It counts as changed when it was told, so it is no younger than any search reaches."""
    for package in order.packages:
        if not package.shown and package.shows_at <= at:
            package.shown = True
            order.updated = max(order.updated, package.created)
    for line in order.lines:
        if not line.cancelled_by:
            shown = (each.units.get(line.id, 0) for each in order.packages if each.shown)
            line.fulfilled = sum(shown)
            line.unfulfilled = line.quantity - line.fulfilled
    advance(order)
    order_changed(shop, order, at)


def take(shop: Shop, order: Order, package: Package) -> None:
    """A parcel that the seller tells. One of the same reference is that parcel, edited."""
    known = next((each for each in order.packages if each.reference == package.reference), None)
    if known is None:
        order.packages.append(package)
    else:
        order.packages[order.packages.index(known)] = package
    if known is None or known.tracking != package.tracking:
        order.told.append(package.tracking)
    shop.shipping.pop(order.id, None)
    shop.shipping[order.id] = package.shows_at


def _confirm(shop: Shop, call: Call) -> Answer:
    order = shop.orders.get(call.parts[0])
    if order is None:
        raise Refused(404, "NotFound", f"Order {call.parts[0]} is not found.")
    package = _package(call)
    if call.body.get("marketplaceId") != shop.marketplace or order.fulfilled_by != "MERCHANT":
        raise invalid()
    if order.status not in ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"):
        raise invalid()
    _fits(order, package)
    if not call.lost:
        take(shop, order, package)
    return 204, {}


def _fits(order: Order, package: Package) -> None:
    """What Amazon says to too many units is UNVERIFIED."""
    others = [each for each in order.packages if each.reference != package.reference]
    left = {
        line.id: line.quantity - sum(each.units.get(line.id, 0) for each in others)
        for line in order.lines
        if not line.cancelled_by
    }
    if not any(left.values()):
        raise Refused(400, "PackageToUpdateNotFound", "order already fulfilled")
    if any(not 0 < units <= left.get(line, 0) for line, units in package.units.items()):
        raise invalid()


def _package(call: Call) -> Package:
    detail = call.body.get("packageDetail") if isinstance(call.body, dict) else None
    if not isinstance(detail, dict):
        raise invalid()
    reference = detail.get("packageReferenceId")
    if not isinstance(reference, str):
        words = "Request has invalid type [packageDetail.packageReferenceId]."
        raise Refused(400, "InvalidInput", words)
    if not _POSITIVE.fullmatch(reference):
        words = "PackageReferenceId: is invalid, must be a positive numeric value."
        raise Refused(400, "InvalidInput", words)
    carrier, tracking = detail.get("carrierCode"), detail.get("trackingNumber")
    if carrier == "Other":
        carrier = detail.get("carrierName")
    if not carrier or not tracking:
        raise invalid()
    return Package(
        reference=reference,
        carrier=carrier,
        method=detail.get("shippingMethod") or _NO_METHOD,
        tracking=tracking,
        shipped_at=_moment(detail.get("shipDate")),
        created=call.now,
        shows_at=call.now + SHOWS_AFTER,
        units=_units(detail.get("orderItems")),
    )


def _units(items: Any) -> dict[str, int]:
    try:
        units = {str(each["orderItemId"]): int(each["quantity"]) for each in items}
    except (KeyError, TypeError, ValueError):
        raise invalid() from None
    if not units:
        raise invalid()
    return units


def _moment(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Refused(400, "Invalid Input", "Invalid Input") from None
    if found.tzinfo is None:
        raise Refused(400, "Invalid Input", "Invalid Input")
    return found


OPERATIONS: Final = (
    Operation(
        "confirmShipment",
        "POST",
        "/orders/v0/orders/([^/]+)/shipmentConfirmation",
        _confirm,
        writes=True,
    ),
)
