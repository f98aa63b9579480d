"""Orders 2026-01-01: search and get. What names the buyer is told to apps with the restricted roles."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.core.money import Money
from mercer.plugins.amazon.marketplaces import MARKETPLACES
from mercer.plugins.amazon.simulator.people import told
from mercer.plugins.amazon.simulator.protocol import Answer, Call, Operation, Refused, invalid, iso
from mercer.plugins.amazon.simulator.shop import Line, Order, Package, Shop

_YOUNGEST: Final = timedelta(minutes=2)
_TOKEN_LIFE: Final = timedelta(hours=24)
_DATA: Final = frozenset(
    {
        "BUYER",
        "RECIPIENT",
        "PROCEEDS",
        "EXPENSE",
        "PROMOTION",
        "CANCELLATION",
        "FULFILLMENT",
        "PACKAGES",
        "TAX",
        "PAYMENT",
        "FULFILLMENT_ORDERS",
    }
)
_MAY_CHANGE: Final = frozenset({"maxResultsPerPage", "includedData", "paginationToken"})
_OTHER_PARAMETERS: Final = (
    "The paginationToken you have submitted is not valid. All parameters must match the original "
    "request except maxResultsPerPage."
)


def _search(shop: Shop, call: Call) -> Answer:
    family = _family(call)
    after, before = call.moment(f"{family}After"), call.moment(f"{family}Before")
    assert after is not None
    if before is not None and (before < after or before > call.now - _YOUNGEST):
        raise invalid()
    data = _data(call)
    size = call.whole("maxResultsPerPage", usual=100, most=100)
    bound, last = _resumed(call, before or call.now - _YOUNGEST)
    found = sorted(
        (
            (_time(order, family), order.id)
            for order in shop.orders.values()
            if after <= _time(order, family) <= bound and _wanted(shop, order, call)
        ),
    )
    left = [key for key in found if last is None or key > last]
    page = left[:size]
    answer: dict[str, Any] = {
        "orders": [_node(shop, shop.orders[id], data, call.now) for _, id in page],
        f"{family}Before": iso(bound),
    }
    if len(left) > size:
        answer["pagination"] = {"nextToken": _token(call, bound, page[-1])}
    return 200, answer


def _get(shop: Shop, call: Call) -> Answer:
    order = shop.orders.get(call.parts[0])
    if order is None:
        raise Refused(404, "NotFound", f"Order {call.parts[0]} is not found.")
    return 200, {"order": _node(shop, order, _data(call), call.now)}


def _family(call: Call) -> str:
    """Dates of creation or of the last update, never both."""
    given = {
        family
        for family in ("created", "lastUpdated")
        for end in ("After", "Before")
        if f"{family}{end}" in call.query
    }
    if len(given) != 1 or f"{next(iter(given))}After" not in call.query:
        raise invalid()
    return given.pop()


def _time(order: Order, family: str) -> datetime:
    return order.created if family == "created" else order.updated


def _wanted(shop: Shop, order: Order, call: Call) -> bool:
    marketplaces, by = call.values("marketplaceIds"), call.values("fulfilledBy")
    statuses = call.values("fulfillmentStatuses")
    return (
        (not marketplaces or shop.marketplace in marketplaces)
        and (not by or order.fulfilled_by in by)
        and (not statuses or order.status in statuses)
    )


def _data(call: Call) -> set[str]:
    wanted = set(call.values("includedData"))
    if wanted - _DATA:
        raise invalid()
    return wanted


def _resumed(call: Call, bound: datetime) -> tuple[datetime, tuple[datetime, str] | None]:
    """Where to go on, and the bound that the first page had."""
    token = call.query.get("paginationToken")
    if token is None:
        return bound, None
    try:
        digest, first, at, id, made = json.loads(base64.b64decode(token, validate=True))
        if digest != _digest(call) or call.now - datetime.fromisoformat(made) > _TOKEN_LIFE:
            raise invalid(_OTHER_PARAMETERS)
        return datetime.fromisoformat(first), (datetime.fromisoformat(at), str(id))
    except (ValueError, TypeError):
        raise invalid(_OTHER_PARAMETERS) from None


def _token(call: Call, bound: datetime, last: tuple[datetime, str]) -> str:
    parts = [_digest(call), bound.isoformat(), last[0].isoformat(), last[1], call.now.isoformat()]
    return base64.b64encode(json.dumps(parts).encode()).decode()


def _digest(call: Call) -> str:
    same = sorted(pair for pair in call.query.items() if pair[0] not in _MAY_CHANGE)
    return hashlib.sha256(repr(same).encode()).hexdigest()[:16]


# ---------------------------------------------------------------- an order on the wire


def _node(shop: Shop, order: Order, data: set[str], now: datetime) -> dict[str, Any]:
    here = MARKETPLACES[shop.marketplace]
    node: dict[str, Any] = {
        "orderId": order.id,
        "createdTime": iso(order.created),
        "lastUpdatedTime": iso(order.updated),
        "salesChannel": {
            "channelName": order.channel,
            "marketplaceId": here.id,
            "marketplaceName": f"Amazon {here.country}",
        },
        "orderItems": [_line(line, order, data) for line in order.lines],
    }
    if "PROCEEDS" in data and order.status != "PENDING":
        node["proceeds"] = {"grandTotal": _money(order.total)}
    if "FULFILLMENT" in data:
        node["fulfillment"] = {
            "fulfillmentStatus": order.status,
            "fulfilledBy": order.fulfilled_by,
            "fulfillmentServiceLevel": "STANDARD",
            "shipByWindow": _window(order.created, order.ship_by),
            "deliverByWindow": _window(order.created, order.deliver_by),
        }
    if "PACKAGES" in data and order.fulfilled_by == "MERCHANT":
        node["packages"] = [_package(each) for each in order.packages if each.shown]
    if shop.seller.personal and order.status != "PENDING":
        node |= told(order, data, now)
    return node


def _package(package: Package) -> dict[str, Any]:
    items = [{"orderItemId": line, "quantity": units} for line, units in package.units.items()]
    return {
        "packageReferenceId": package.reference,
        "createdTime": iso(package.created),
        "packageStatus": {"status": "SHIPPED"},
        "carrier": package.carrier,
        "shipTime": iso(package.shipped_at),
        "shippingService": package.method,
        "trackingNumber": package.tracking,
        "packageItems": items,
    }


def _window(earliest: datetime, latest: datetime) -> dict[str, str]:
    return {"earliestDateTime": iso(earliest), "latestDateTime": iso(latest)}


def _line(line: Line, order: Order, data: set[str]) -> dict[str, Any]:
    """A payment that is not settled hides the prices."""
    product: dict[str, Any] = {
        "asin": line.asin,
        "title": line.title,
        "sellerSku": line.sku,
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW"},
    }
    node: dict[str, Any] = {
        "orderItemId": line.id,
        "quantityOrdered": line.quantity,
        "product": product,
    }
    if order.status != "PENDING":
        product["price"] = {"unitPrice": _money(line.price)}
        if "PROCEEDS" in data:
            total = _money(line.price * line.quantity)
            breakdowns = [{"type": "ITEM", "subtotal": total}]
            node["proceeds"] = {"proceedsTotal": total, "breakdowns": breakdowns}
    if "FULFILLMENT" in data:
        node["fulfillment"] = {
            "quantityFulfilled": line.fulfilled,
            "quantityUnfulfilled": line.unfulfilled,
        }
    if "CANCELLATION" in data and (cancellation := _cancellation(line)):
        node["cancellation"] = cancellation
    return node


def _cancellation(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if line.wish:
        found["cancellationRequest"] = {"requester": "BUYER", "cancelReason": line.wish}
    if line.cancelled_by:
        reason = line.wish or "No longer needed"
        found["cancellationExecution"] = {
            "cancelledBy": line.cancelled_by,
            "cancelReason": reason,
        }
    return found


def _money(amount: Money) -> dict[str, str]:
    return {"amount": amount.plain, "currencyCode": amount.currency}


_PATH: Final = "/orders/2026-01-01/orders"

OPERATIONS: Final = (
    Operation("searchOrders", "GET", _PATH, _search),
    Operation("getOrder", "GET", f"{_PATH}/([^/]+)", _get),
)
