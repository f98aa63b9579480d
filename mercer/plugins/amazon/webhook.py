"""Notifications to events.

Amazon calls nobody: it puts notifications into the seller's own SQS queue, or hands them to
EventBridge, which wraps them. Whoever may read the queue may trust it; what another seller's app put
there is dropped. They come at least once and in no order, and only name what to read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mercer.core.contract import Event, EventKind

_NAMED_BY: Final = {
    "ORDER_CHANGE": (EventKind.ORDER, "amazonorderid"),
    "LISTINGS_ITEM_STATUS_CHANGE": (EventKind.LISTING, "sku"),
    "LISTINGS_ITEM_ISSUES_CHANGE": (EventKind.LISTING, "sku"),
    "LISTINGS_ITEM_MFN_QUANTITY_CHANGE": (EventKind.STOCK, "sku"),
    "FBA_INVENTORY_AVAILABILITY_CHANGES": (EventKind.STOCK, "sku"),
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to delete by its `receipt`; without an event it names nothing that Mercer keeps."""

    receipt: str
    event: Event | None


def deliveries(messages: Iterable[Mapping[str, Any]], seller_id: str) -> list[Delivery]:
    """Of the messages that one read of the queue (SQS ReceiveMessage) gave."""
    return [Delivery(str(each["ReceiptHandle"]), _event(each, seller_id)) for each in messages]


def _event(message: Mapping[str, Any], seller_id: str) -> Event | None:
    notification = _opened(message.get("Body"))
    topic = str(notification.get("notificationtype", ""))
    metadata = notification.get("notificationmetadata")
    payload = _inner(notification.get("payload"))
    if topic not in _NAMED_BY or not isinstance(metadata, dict):
        return None
    kind, name = _NAMED_BY[topic]
    identity, key = payload.get(name), metadata.get("notificationid")
    if not identity or not key or payload.get("sellerid") != seller_id:
        return None
    return Event(str(key), kind, str(identity), topic)


def _opened(body: object) -> dict[str, Any]:
    """JSON inside a string. A hint only: one that cannot be read is deleted and forgotten."""
    try:
        content = _lowered(json.loads(str(body)))
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
