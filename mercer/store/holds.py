"""Orders that a check has stopped until a person looks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from mercer.store.tables import holds
from mercer.store.upsert import insert_new

RELEASED = "released"
CANCELLED = "cancelled"
OVERTAKEN = "overtaken"
"""How a hold ended without anybody's decision: the order had shipped, or was cancelled, all the same."""


@dataclass(frozen=True, slots=True)
class Hold:
    """`check` is the name of what stopped the order, `reason` its sentence."""

    channel: str
    order: str
    check: str
    reason: str
    held_at: datetime
    ended_at: datetime | None = None
    ended: str | None = None
    ended_by: str | None = None
    note: str | None = None


def place(
    connection: Connection, channel: str, order: str, check: str, reason: str, now: datetime
) -> bool:
    """Once for each order and check: what a person released is not held again by the same."""
    row = {
        "channel": channel,
        "order": order,
        "check": check,
        "reason": reason,
        "held_at": now,
    }
    return insert_new(connection, holds, row)


def released(connection: Connection, channel: str, orders: Collection[str]) -> set[tuple[str, str]]:
    """(order, check) that a person let pass."""
    if not orders:
        return set()
    query = select(holds.c.order, holds.c.check).where(
        holds.c.channel == channel, holds.c.order.in_(orders), holds.c.ended == RELEASED
    )
    return {(order, check) for order, check in connection.execute(query)}


def open_holds(
    connection: Connection, channels: Sequence[str] = (), order: str | None = None
) -> list[Hold]:
    """Of these channels, or all; of one order, or all."""
    query = select(holds).where(holds.c.ended_at.is_(None))
    if channels:
        query = query.where(holds.c.channel.in_(list(channels)))
    if order is not None:
        query = query.where(holds.c.order == order)
    ordered = query.order_by(holds.c.held_at, holds.c.channel, holds.c.order, holds.c.check)
    return [Hold(*row) for row in connection.execute(ordered)]


def of_order(connection: Connection, channel: str, order: str) -> list[Hold]:
    """Open and ended ones."""
    query = select(holds).where(holds.c.channel == channel, holds.c.order == order)
    return [Hold(*row) for row in connection.execute(query.order_by(holds.c.held_at))]


def end(
    connection: Connection,
    channel: str,
    order: str,
    how: str,
    who: str,
    note: str,
    now: datetime,
) -> int:
    """End every open hold of an order; tell how many there were."""
    ended = connection.execute(
        update(holds)
        .where(
            holds.c.channel == channel,
            holds.c.order == order,
            holds.c.ended_at.is_(None),
        )
        .values(ended_at=now, ended=how, ended_by=who, note=note)
    )
    return ended.rowcount


def overtake(connection: Connection, channel: str, orders: Collection[str], now: datetime) -> None:
    """End every open hold of these orders: there is nothing left to decide."""
    if orders:
        connection.execute(
            update(holds)
            .where(
                holds.c.channel == channel, holds.c.order.in_(orders), holds.c.ended_at.is_(None)
            )
            .values(ended_at=now, ended=OVERTAKEN)
        )
