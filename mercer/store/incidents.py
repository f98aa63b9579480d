"""More sold than there was: who is concerned, and when there was enough again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, literal_column, select, update

from mercer.store.stock_history import open_reservations
from mercer.store.tables import incidents
from mercer.store.upsert import upsert

_OPEN: Final[ColumnElement[bool]] = literal_column("(incidents.settled_at IS NULL)")
"""In the words of the partial index, so that settled incidents cost nothing."""


@dataclass(frozen=True, slots=True)
class Incident:
    """`channel` and `order` took more of `sku` than there was, which left `available`.

    Both are empty where a count found less than was promised.

    `orders`: (channel, order, units) of every order that wanted the SKU then; for each of them
    somebody has to decide. `settled_at`: when there was enough for all of them again.
    """

    sku: str
    channel: str
    order: str
    available: int
    at: datetime
    orders: tuple[tuple[str, str, int], ...]
    settled_at: datetime | None


def record(
    connection: Connection, sku: str, channel: str, order: str, available: int, at: datetime
) -> None:
    """One for each order and SKU; an order that takes more once again opens its incident again."""
    wanting = [
        [held.channel, held.order, held.units] for held in open_reservations(connection, sku)
    ]
    row = {
        "sku": sku,
        "location": "",
        "channel": channel,
        "order": order,
        "available": available,
        "at": at,
        "orders": wanting,
        "settled_at": None,
    }
    key = ("sku", "location", "channel", "order")
    upsert(connection, incidents, [row], index=key)


def settle(connection: Connection, skus: Iterable[str], now: datetime) -> None:
    """There is enough of these SKUs for every order."""
    connection.execute(
        update(incidents).where(_OPEN, incidents.c.sku.in_(list(skus))).values(settled_at=now)
    )


def listed(connection: Connection, *, only_open: bool = False) -> Iterator[Incident]:
    """The newest first."""
    query = select(incidents).order_by(incidents.c.id.desc())
    if only_open:
        query = query.where(_OPEN)
    for row in connection.execute(query):
        yield Incident(
            row.sku,
            row.channel,
            row.order,
            row.available,
            row.at,
            tuple((channel, order, units) for channel, order, units in row.orders or ()),
            row.settled_at,
        )
