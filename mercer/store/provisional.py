"""Units held on a notification alone, until the order itself is read or the time is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    func,
    literal_column,
    select,
    update,
)

from mercer.store.tables import provisional
from mercer.store.upsert import insert_new

CONFIRMED = "confirmed"
EXPIRED = "expired"

_OPEN: Final[ColumnElement[bool]] = literal_column("(provisional.ended_at IS NULL)")
"""In the words of the partial index, so that the ended ones cost nothing."""


@dataclass(frozen=True, slots=True)
class Hold:
    """`units` of a SKU at a location that an order not read yet is said to have bought."""

    channel: str
    order: str
    sku: str
    location: str
    units: int
    placed_at: datetime
    expires_at: datetime


def was_placed(connection: Connection, channel: str, order: str) -> bool:
    query = select(provisional.c.sku).where(
        provisional.c.channel == channel, provisional.c.order == order
    )
    return connection.execute(query.limit(1)).first() is not None


def placed_for(connection: Connection, channel: str, orders: Iterable[str]) -> set[str]:
    """Those of these orders that units were held for."""
    query = select(provisional.c.order).where(
        provisional.c.channel == channel, provisional.c.order.in_(list(orders))
    )
    return set(connection.execute(query).scalars())


def place(connection: Connection, hold: Hold) -> bool:
    """Tell whether it was new: a SKU is held once for an order, whatever became of it."""
    row = {
        "channel": hold.channel,
        "order": hold.order,
        "sku": hold.sku,
        "location": hold.location,
        "quantity": hold.units,
        "placed_at": hold.placed_at,
        "expires_at": hold.expires_at,
    }
    return insert_new(connection, provisional, row)


def held(connection: Connection, skus: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """(SKU, location, units) of what is held at present."""
    for sku, location, units in connection.execute(_HELD, {"skus": list(skus)}):
        yield sku, location, int(units)


_HELD: Final = (
    select(provisional.c.sku, provisional.c.location, func.sum(provisional.c.quantity))
    .where(_OPEN, provisional.c.sku.in_(bindparam("skus", expanding=True)))
    .group_by(provisional.c.sku, provisional.c.location)
)


def of_skus(connection: Connection, skus: Iterable[str]) -> dict[str, list[Hold]]:
    """What is held at present of each of these SKUs."""
    found: dict[str, list[Hold]] = {}
    for row in connection.execute(_OF_SKUS, {"skus": list(skus)}):
        found.setdefault(row.sku, []).append(_hold(row))
    return found


_OF_SKUS: Final = select(provisional).where(
    _OPEN, provisional.c.sku.in_(bindparam("skus", expanding=True))
)


def of_sku(connection: Connection, sku: str) -> list[Hold]:
    """What is held at present, the oldest first."""
    query = select(provisional).where(_OPEN, provisional.c.sku == sku)
    ordered = query.order_by(provisional.c.placed_at, provisional.c.channel, provisional.c.order)
    return [_hold(row) for row in connection.execute(ordered)]


def confirm(
    connection: Connection, channel: str, orders: Iterable[str], now: datetime
) -> list[str]:
    """These orders themselves are known: their own movements take over. Returns the SKUs held."""
    theirs = (_OPEN, provisional.c.channel == channel, provisional.c.order.in_(list(orders)))
    skus = list(connection.execute(select(provisional.c.sku).where(*theirs)).scalars())
    if skus:
        connection.execute(update(provisional).where(*theirs).values(ended_at=now, ended=CONFIRMED))
    return skus


def expire(connection: Connection, now: datetime) -> list[str]:
    """End what was held until now at most. Returns the SKUs."""
    due = (_OPEN, provisional.c.expires_at <= now)
    skus = list(connection.execute(select(provisional.c.sku).where(*due)).scalars())
    if skus:
        connection.execute(update(provisional).where(*due).values(ended_at=now, ended=EXPIRED))
    return skus


def _hold(row: Row[tuple[object, ...]]) -> Hold:
    return Hold(
        row.channel,
        row.order,
        row.sku,
        row.location,
        row.quantity,
        row.placed_at,
        row.expires_at,
    )
