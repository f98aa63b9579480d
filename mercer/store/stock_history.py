"""The ledger as people read it: who holds what, and how a balance came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from mercer.core.stock import Balance, MovementKind
from mercer.store.tables import movements


@dataclass(frozen=True, slots=True)
class Held:
    """Units of a SKU that an order has reserved at a location and not shipped yet.

    `order` is the root: a split-off order's units stand under the order that it came from.
    """

    channel: str
    order: str
    location: str
    units: int


def open_reservations(connection: Connection, sku: str) -> list[Held]:
    """In the order in which they were first made."""
    reserved = func.sum(movements.c.reserved)
    query = (
        select(movements.c.channel, movements.c.root, movements.c.location, reserved)
        .where(movements.c.sku == sku, movements.c.root.is_not(None))
        .group_by(movements.c.channel, movements.c.root, movements.c.location)
        .having(reserved != 0)
        .order_by(func.min(movements.c.id))
    )
    return [
        Held(channel, root, location, int(units))
        for channel, root, location, units in connection.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement, and the balance at its location after it. `at` is an order's own time; `posted_at`
    is when the ledger took it in, where that is known.
    """

    at: datetime
    posted_at: datetime | None
    kind: MovementKind
    location: str
    on_hand: int
    reserved: int
    balance: Balance
    channel: str | None
    order: str | None
    who: str | None
    reason: str


def history(connection: Connection, sku: str, location: str | None = None) -> Iterator[Entry]:
    """Every movement of a SKU in the order in which they were posted, at one location or all."""
    query = select(movements).where(movements.c.sku == sku).order_by(movements.c.id)
    if location is not None:
        query = query.where(movements.c.location == location)
    balances: dict[str, Balance] = {}
    for row in connection.execute(query):
        before = balances.get(row.location, Balance(0, 0))
        after = balances[row.location] = before + Balance(row.on_hand, row.reserved)
        yield Entry(
            row.at,
            row.posted_at,
            MovementKind(row.kind),
            row.location,
            row.on_hand,
            row.reserved,
            after,
            row.channel,
            row.root,
            row.who,
            row.reason,
        )
