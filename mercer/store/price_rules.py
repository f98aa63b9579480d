"""The price rules of channels as they were seen, and until when time was taken into their prices."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from mercer.store.tables import price_looks, price_rules
from mercer.store.upsert import upsert


def latest(connection: Connection, channel: str) -> tuple[int, str]:
    """Version and text; version 0 with no text where the channel never had rules."""
    query = select(price_rules.c.version, price_rules.c.text).where(
        price_rules.c.channel == channel
    )
    found = connection.execute(query.order_by(price_rules.c.version.desc()).limit(1)).first()
    return (found.version, found.text) if found else (0, "")


def see(
    connection: Connection, channel: str, version: int, text: str, who: str, now: datetime
) -> None:
    row = {"channel": channel, "version": version, "text": text, "who": who, "seen_at": now}
    connection.execute(insert(price_rules), [row])


def looked_at(connection: Connection, channel: str) -> datetime | None:
    query = select(price_looks.c.at).where(price_looks.c.channel == channel)
    return connection.execute(query).scalar()


def look(connection: Connection, channel: str, now: datetime) -> None:
    upsert(connection, price_looks, [{"channel": channel, "at": now}])
