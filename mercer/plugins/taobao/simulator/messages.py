"""The TMC queue of the default group: at least once, in no order, for 24 hours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any, Final

from mercer.plugins.beijing import beijing
from mercer.plugins.taobao.simulator.fields import wrapped
from mercer.plugins.taobao.simulator.protocol import Api, Call, invalid
from mercer.plugins.taobao.simulator.shop import Message, Shop

_KEPT: Final = timedelta(hours=24)
_MOST: Final = 20_000
"""The sandbox's own bound, for shops whose queue nobody polls."""
_SHOWN_AGAIN: Final = timedelta(minutes=5)
"""How long an unconfirmed message stays hidden; told by a comment in an SDK."""


def notify(shop: Shop, topic: str, content: Mapping[str, object], now: datetime) -> None:
    """Queue a message; its content is JSON in a string."""
    _dropped(shop, now)
    text = json.dumps(content, ensure_ascii=False)
    message = Message(shop.new_id(), topic, text, now)
    shop.messages[message.id] = message
    if len(shop.messages) > _MOST:
        del shop.messages[next(iter(shop.messages))]


def _consume(shop: Shop, call: Call) -> dict[str, Any]:
    quantity = call.whole("quantity", 100)
    if not 10 <= quantity <= 200:
        raise invalid("quantity")
    _dropped(shop, call.now)
    waiting = (message for message in shop.messages.values() if _due(message, call))
    due = list(islice(waiting, quantity))
    for message in due:
        message.shown_at = call.now
    return wrapped("messages", "tmc_message", [_row(shop, message) for message in due])


def _due(message: Message, call: Call) -> bool:
    return message.shown_at is None or call.now - message.shown_at >= _SHOWN_AGAIN


def _dropped(shop: Shop, now: datetime) -> None:
    """The queue is in order of age."""
    old = takewhile(lambda message: now - message.pub_time > _KEPT, shop.messages.values())
    for message in list(old):
        del shop.messages[message.id]


def _row(shop: Shop, message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "topic": message.topic,
        "pub_time": beijing(message.pub_time),
        "pub_app_key": shop.app_key,
        "user_id": shop.seller_id,
        "user_nick": shop.nick,
        "content": message.content,
    }


def _confirm(shop: Shop, call: Call) -> dict[str, Any]:
    for id in call.ids("s_message_ids", 200):
        shop.messages.pop(id, None)
    return {"is_success": True}


APIS: Final = {
    "taobao.tmc.messages.consume": Api(_consume, session=False),
    "taobao.tmc.messages.confirm": Api(
        _confirm, ("group_name", "s_message_ids"), write=True, session=False
    ),
}
