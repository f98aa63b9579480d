"""Notifications to events.

Amazon calls nobody: it puts notifications into the seller's own SQS queue, or hands them to
EventBridge, which wraps them. Whoever may read the queue may trust it; what another seller's app put
there is dropped. They come at least once and in no order, and only name what to read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from mercer.core.contract import Event, EventKind
from mercer.plugins.amazon.after_sales_mapping import CANCELLATION
from mercer.plugins.amazon.mapping import moment
from mercer.plugins.aside import UNREADABLE

_NAMED_BY: Final = {
    "ORDER_CHANGE": (EventKind.ORDER, "amazonorderid"),
    "LISTINGS_ITEM_STATUS_CHANGE": (EventKind.LISTING, "sku"),
    "LISTINGS_ITEM_ISSUES_CHANGE": (EventKind.LISTING, "sku"),
    "LISTINGS_ITEM_MFN_QUANTITY_CHANGE": (EventKind.STOCK, "sku"),
    "FBA_INVENTORY_AVAILABILITY_CHANGES": (EventKind.STOCK, "sku"),
}
_BUYER_ASKS: Final = "BuyerRequestedChange"
_YOUNG: Final = frozenset({"PendingAvailability", "Pending", "Unshipped"})
"""Statuses, in the words of Orders v0, in which an order holds all its units and sends none yet."""


@dataclass(frozen=True, slots=True)
class Notification:
    """`payload` has its names in lower case. `marketplace` is empty where it is of all of them."""

    topic: str
    id: str
    seller: str
    marketplace: str
    at: datetime | None
    payload: dict[str, Any]


def opened(body: str) -> Notification | None:
    """A hint only: one that cannot be read is nothing."""
    notification = _unwrapped(body)
    payload = _inner(notification.get("payload"))
    metadata = notification.get("notificationmetadata")
    if not isinstance(metadata, dict) or not metadata.get("notificationid"):
        return None
    summary = payload.get("summary")
    place = summary if isinstance(summary, dict) else payload
    return Notification(
        topic=str(notification.get("notificationtype", "")),
        id=str(metadata["notificationid"]),
        seller=str(payload.get("sellerid", "")),
        marketplace=str(place.get("marketplaceid") or ""),
        at=_at(payload, notification),
        payload=payload,
    )


def event(notification: Notification, seller_id: str) -> Event | None:
    """`None` for a topic that Mercer does not keep, and for another seller."""
    if notification.topic not in _NAMED_BY or notification.seller != seller_id:
        return None
    kind, name = _NAMED_BY[notification.topic]
    identity = notification.payload.get(name)
    if not identity:
        return None
    id = str(identity)
    took: tuple[tuple[str, int], ...] = ()
    if kind is EventKind.ORDER and notification.payload.get("orderchangetype") == _BUYER_ASKS:
        kind, id = EventKind.CASE, CANCELLATION + id
    elif kind is EventKind.ORDER:
        took = _took(notification.payload)
    return Event(notification.id, kind, id, notification.topic, took, notification.at)


def _took(payload: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    """What the seller is to ship of a young order; nothing where any of it cannot be read."""
    try:
        summary = payload["summary"]
        if summary["fulfillmenttype"] != "MFN" or summary["orderstatus"] not in _YOUNG:
            return ()
        return tuple(
            (str(each["sellersku"]), int(each["quantity"])) for each in summary["orderitems"]
        )
    except UNREADABLE:
        return ()


def _at(payload: dict[str, Any], notification: dict[str, Any]) -> datetime | None:
    """When the change was made, or else the notification."""
    trigger = payload.get("orderchangetrigger")
    changed = trigger.get("timeoforderchange") if isinstance(trigger, dict) else None
    try:
        return moment(changed or notification["eventtime"])
    except UNREADABLE:
        return None


def _unwrapped(body: str) -> dict[str, Any]:
    """JSON inside a string, and perhaps inside EventBridge's envelope."""
    try:
        content = _lowered(json.loads(body))
    except ValueError:
        return {}
    if not isinstance(content, dict):
        return {}
    detail = content.get("detail")
    return detail if isinstance(detail, dict) else content


def _inner(payload: object) -> dict[str, Any]:
    """Some types nest what they tell under their own name."""
    if not isinstance(payload, dict):
        return {}
    nested = [each for name, each in payload.items() if name.endswith("notification")]
    return nested[0] if nested and isinstance(nested[0], dict) else payload


def _lowered(value: object) -> object:
    """Names are spelt in two ways, by type: `NotificationType` and `notificationType`."""
    match value:
        case dict():
            return {str(name).lower(): _lowered(each) for name, each in value.items()}
        case list():
            return [_lowered(each) for each in value]
        case _:
            return value
