"""TMC messages (消息服务) to events.

TOP calls nobody: it has no webhooks. Messages wait in a queue until they are polled (`messages.py`);
there is nothing to verify, because the poll itself is signed. They come at least once, in no order,
and are dropped after 24 hours, so they only speed up what reading orders and listings finds anyway.
A trade's message names no items, so nothing can be reserved on its word alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mercer.core.contract import Delivery, Event, EventKind
from mercer.core.errors import ProtocolBroken
from mercer.plugins.beijing import moment
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
    ("taobao_refund_", EventKind.CASE, "refund_id"),
    ("taobao_item_", EventKind.LISTING, "num_iid"),
)


def delivery(message: Mapping[str, Any]) -> Delivery:
    """Of one `tmc_message`."""
    key = needed(message, "id")
    topic = text(message, "topic") or ""
    content = _content(message)
    for prefix, usual, name in _NAMED_BY:
        if topic.startswith(prefix) and (identity := text(content, name)):
            kind = EventKind.STOCK if topic in _STOCK_TOPICS else usual
            return Delivery(key, Event(key, kind, identity, topic, at=_at(message)))
    return Delivery(key, None)


def _at(message: Mapping[str, Any]) -> datetime | None:
    """When it was published, in whole seconds."""
    try:
        return moment(message, "pub_time")
    except ProtocolBroken:
        return None


def _content(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """JSON inside a string. A hint only: one that cannot be read is confirmed and forgotten."""
    try:
        content = json.loads(text(message, "content") or "{}")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
