"""Notifications that wait in the seller's queue.

All marketplaces of a seller share one. What is about another one is left there for the channel that it
concerns, and thrown away once it is too old for anybody to be waiting for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from mercer.core.clock import Clock
from mercer.core.contract import Delivery, Health
from mercer.plugins.amazon.queue import Message, Queue, SqsQueue
from mercer.plugins.amazon.settings import AmazonSettings
from mercer.plugins.amazon.sigv4 import Keys
from mercer.plugins.amazon.webhook import Notification, event, opened
from mercer.plugins.health import tried
from mercer.plugins.transport import Transport

_ABANDONED: Final = timedelta(hours=1)
_FURTHEST: Final = 20
"""Calls in a row that give nothing but what others wait for."""


def queue(settings: AmazonSettings, transport: Transport, clock: Clock) -> SqsQueue:
    """The settings must name one."""
    secret = settings.aws_secret_access_key
    keys = Keys(settings.aws_access_key_id, secret.get_secret_value() if secret else "")
    return SqsQueue(settings.queue_url, keys, transport, clock)


async def poll(queue: Queue, settings: AmazonSettings, now: datetime) -> list[Delivery]:
    """Some that concern this marketplace, past those that do not."""
    for _ in range(_FURTHEST):
        messages = await queue.receive()
        found = [each for each in messages if not _is_anothers(opened(each.body), settings, now)]
        if found or not messages:
            return deliveries(found, settings.seller_id)
    return []


async def checked(queue: SqsQueue) -> Health:
    async def reached() -> Health:
        await queue.reach()
        return Health("queue", True, "the queue of notifications answers")

    return await tried("queue", reached)


def deliveries(messages: Sequence[Message], seller_id: str) -> list[Delivery]:
    found = ((each.receipt, opened(each.body)) for each in messages)
    return [
        Delivery(receipt, event(notification, seller_id) if notification else None)
        for receipt, notification in found
    ]


def _is_anothers(
    notification: Notification | None, settings: AmazonSettings, now: datetime
) -> bool:
    """Whether another channel may be waiting for it."""
    if notification is None or notification.marketplace in ("", settings.marketplace_id):
        return False
    return notification.at is not None and now - notification.at < _ABANDONED
