"""TMC messages (消息服务) to events.

TOP calls nobody: it has no webhooks. Messages wait in a queue per app and group until they are polled
(`taobao.tmc.messages.consume`) and confirmed (`taobao.tmc.messages.confirm`); there is nothing to
verify, because the poll itself is signed. They come at least once, in no order, and are dropped after
24 hours, so they only speed up what reading orders and listings finds anyway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mercer.core.contract import Event, EventKind
from mercer.plugins.taobao.wire import rows
from mercer.plugins.values import needed, text

_STOCK_TOPICS: Final = frozenset(
    {
        "taobao_item_ItemStockChanged",
        "taobao_item_ItemZeroStock",
        "taobao_item_ItemSkuZeroStock",
    }
)
_NAMED_BY: Final = (
    ("taobao_trade_", EventKind.ORDER, "tid"),
    ("taobao_refund_", EventKind.ORDER, "tid"),
    ("taobao_item_", EventKind.LISTING, "num_iid"),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to confirm by its `id`; without an event it names nothing that Mercer keeps."""

    id: str
    event: Event | None


def deliveries(consumed: Mapping[str, Any]) -> list[Delivery]:
    """Of one answer of `taobao.tmc.messages.consume`."""
    return [_delivery(message) for message in rows(consumed, "messages", "tmc_message")]


def _delivery(message: Mapping[str, Any]) -> Delivery:
    key = needed(message, "id")
    topic = text(message, "topic") or ""
    content = _content(message)
    for prefix, kind, name in _NAMED_BY:
        if topic.startswith(prefix) and (identity := text(content, name)):
            stock = topic in _STOCK_TOPICS
            return Delivery(key, Event(key, EventKind.STOCK if stock else kind, identity, topic))
    return Delivery(key, None)


def _content(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """JSON inside a string. A hint only: one that cannot be read is confirmed and forgotten."""
    try:
        content = json.loads(text(message, "content") or "{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
