"""Webhooks: the signature over the raw bytes first, then only what the delivery names."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from mercer.core.contract import Event, EventKind
from mercer.core.errors import AuthExpired, ProtocolBroken
from mercer.plugins.shopify.after_sales_mapping import refund_id, return_id

SIGNATURE: Final = "x-shopify-hmac-sha256"

_NAMED_BY: Final = {
    "orders": (EventKind.ORDER, "id"),
    "refunds": (EventKind.ORDER, "order_id"),
    "fulfillments": (EventKind.ORDER, "order_id"),
    "order_transactions": (EventKind.ORDER, "order_id"),
    "returns": (EventKind.CASE, "id"),
    "products": (EventKind.LISTING, "id"),
    "inventory_levels": (EventKind.STOCK, "inventory_item_id"),
    "inventory_items": (EventKind.STOCK, "id"),
}
_AUTHORISATION: Final = frozenset({"app/uninstalled", "app/scopes_update"})


def signature(secret: str, body: bytes) -> str:
    """What Shopify sends as `X-Shopify-Hmac-Sha256`."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def events(secret: str, shop: str, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
    """What a delivery names; none for topics that Mercer does not follow.

    `Event.key` is the delivery's own id, which a repeated delivery keeps. A refund names its order,
    whose lines it changes, and a case. Raise `AuthExpired` for a wrong signature, `ProtocolBroken`
    for a signed body that cannot be understood.
    """
    given = {name.lower(): value for name, value in headers.items()}
    # As bytes: `compare_digest` refuses text that is not ASCII, and a stranger may send any.
    expected = signature(secret, body).encode()
    if not body or not hmac.compare_digest(expected, given.get(SIGNATURE, "").encode()):
        raise AuthExpired(
            "a webhook's signature is wrong",
            hint="check `webhook_secret`, or the app's `client_secret`",
        )
    if given.get("x-shopify-shop-domain", shop).lower() != shop:
        return ()
    topic = given.get("x-shopify-topic", "")
    content = _object(body, topic)
    key = given.get("x-shopify-webhook-id") or hashlib.sha256(topic.encode() + body).hexdigest()
    at = _moment(content, given.get("x-shopify-triggered-at", ""))
    if topic in _AUTHORISATION:
        return (Event(key, EventKind.AUTHORISATION, shop, topic, at=at),)
    subject, _, _ = topic.partition("/")
    if subject not in _NAMED_BY:
        return ()
    kind, field = _NAMED_BY[subject]
    id = _id(content, field, topic)
    if kind is EventKind.CASE:
        return (Event(key, kind, return_id(id), topic, at=at),)
    took = _took(content) if subject == "orders" else ()
    named = Event(key, kind, id, topic, took, at)
    if subject != "refunds":
        return (named,)
    refund = refund_id(_id(content, "id", topic))
    return named, Event(f"{key}/case", EventKind.CASE, refund, topic, at=at)


def _id(content: Mapping[str, Any], field: str, topic: str) -> str:
    id = content.get(field)
    if type(id) is not int:
        raise ProtocolBroken(f"a webhook {topic} without {field}")
    return str(id)


def _took(order: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """What the order's buyer still gets of it. Nothing of an order that is cancelled."""
    lines = order.get("line_items")
    if not isinstance(lines, list) or order.get("cancelled_at"):
        return ()
    units: Counter[str] = Counter()
    for line in lines:
        if isinstance(line, dict):
            code, count = line.get("sku"), line.get("current_quantity", line.get("quantity"))
            if isinstance(code, str) and code and type(count) is int and count > 0:
                units[code] += count
    return tuple(units.items())


def _moment(content: Mapping[str, Any], triggered: str) -> datetime | None:
    """The body's own time, which is signed, else the header's, which is not."""
    for text in (content.get("updated_at"), content.get("created_at"), triggered):
        try:
            moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        except ValueError:
            continue
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    return None


def _object(body: bytes, topic: str) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ProtocolBroken(f"the body of a webhook {topic} is not a JSON object")
    return content
