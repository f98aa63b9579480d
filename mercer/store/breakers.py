"""Channels that rest, because they could not be worked with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from mercer.store.tables import breakers
from mercer.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Open:
    """`until`: then one job may try whether the channel works again. `failures`: in a row."""

    channel: str
    kind: str
    reason: str
    opened_at: datetime
    until: datetime
    failures: int


def find(connection: Connection, channel: str) -> Open | None:
    row = connection.execute(select(breakers).where(breakers.c.channel == channel)).mappings()
    found = row.one_or_none()
    return Open(**found) if found else None


def every(connection: Connection) -> list[Open]:
    rows = connection.execute(select(breakers).order_by(breakers.c.channel)).mappings()
    return [Open(**row) for row in rows]


def save(connection: Connection, breaker: Open) -> None:
    upsert(connection, breakers, [asdict(breaker)])


def try_once(connection: Connection, channel: str, now: datetime, until: datetime) -> bool:
    """Whether the caller is the one who may try; the others wait until then."""
    tried = update(breakers).where(breakers.c.channel == channel, breakers.c.until <= now)
    return connection.execute(tried.values(until=until)).rowcount == 1


def close(connection: Connection, channel: str) -> bool:
    """Whether it was open."""
    return connection.execute(delete(breakers).where(breakers.c.channel == channel)).rowcount == 1
