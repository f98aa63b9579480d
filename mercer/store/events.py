"""Webhooks and messages, once each, until they are dealt with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from mercer.core.contract import Event, EventKind
from mercer.store.tables import events
from mercer.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an event that is not dealt with yet names, and since when it does."""

    key: str
    kind: EventKind
    id: str
    received_at: datetime
    happened_at: datetime | None


def keep(connection: Connection, channel: str, event: Event, now: datetime) -> bool:
    """Tell whether it is the first time that this event came in."""
    row = {
        "channel": channel,
        "key": event.key,
        "kind": event.kind.value,
        "id": event.id,
        "topic": event.topic,
        "happened_at": event.at,
        "received_at": now,
    }
    return insert_new(connection, events, row)


def waiting(connection: Connection, channel: str, most: int) -> list[Waiting]:
    """The `most` oldest and the `most` newest of them, in the order in which they came in."""
    query = select(
        events.c.key, events.c.kind, events.c.id, events.c.received_at, events.c.happened_at
    ).where(events.c.channel == channel, events.c.handled_at.is_(None))
    place = events.c.received_at, events.c.key
    oldest = connection.execute(query.order_by(*place).limit(most)).all()
    newest = oldest
    if len(oldest) == most:
        last = query.order_by(*(each.desc() for each in place)).limit(most)
        newest = connection.execute(last).all()
    rows = {row.key: row for row in [*oldest, *reversed(newest)]}
    return [
        Waiting(row.key, EventKind(row.kind), row.id, row.received_at, row.happened_at)
        for row in rows.values()
    ]


def handled(connection: Connection, channel: str, keys: Sequence[str], now: datetime) -> None:
    connection.execute(
        update(events)
        .where(events.c.channel == channel, events.c.key.in_(list(keys)))
        .values(handled_at=now)
    )


def forget(connection: Connection, before: datetime) -> int:
    """Drop those that were dealt with before then: no platform repeats itself for so long."""
    return connection.execute(events.delete().where(events.c.handled_at < before)).rowcount
