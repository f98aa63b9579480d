"""Webhooks: the signature over the raw bytes first, then only what the delivery names."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mercer.core.contract import Event, EventKind
from mercer.core.errors import AuthExpired, ProtocolBroken

SIGNATURE: Final = "x-shopify-hmac-sha256"

_NAMED_BY: Final = {
    "orders": (EventKind.ORDER, "id"),
    "refunds": (EventKind.ORDER, "order_id"),
    "fulfillments": (EventKind.ORDER, "order_id"),
    "order_transactions": (EventKind.ORDER, "order_id"),
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

    `Event.key` is the delivery's own id, which a repeated delivery keeps. Raise `AuthExpired` for a
    wrong signature, `ProtocolBroken` for a signed body that cannot be understood.
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
    named = _named(topic, shop, _object(body, topic))
    if named is None:
        return ()
    kind, id = named
    key = given.get("x-shopify-webhook-id") or hashlib.sha256(topic.encode() + body).hexdigest()
    return (Event(key, kind, id, topic),)


def _named(topic: str, shop: str, content: Mapping[str, Any]) -> tuple[EventKind, str] | None:
    if topic in _AUTHORISATION:
        return EventKind.AUTHORISATION, shop
    subject = _NAMED_BY.get(topic.partition("/")[0])
    if subject is None:
        return None
    kind, field = subject
    id = content.get(field)
    if type(id) is not int:
        raise ProtocolBroken(f"a webhook {topic} without {field}")
    return kind, str(id)


def _object(body: bytes, topic: str) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ProtocolBroken(f"the body of a webhook {topic} is not a JSON object")
    return content
