"""What was dealt out to channels of SKUs that sell fast, and what their orders took lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select

from mercer.core.dealing import LATELY, Deal
from mercer.store.tables import deals, movements, provisional
from mercer.store.upsert import upsert

Pace = dict[str, dict[str, int]]
"""SKU -> channel of the orders -> units that they took, less those given back."""


def every(connection: Connection) -> dict[str, Deal]:
    return _with_taken(connection, select(deals), {})


def of_skus(connection: Connection, skus: Iterable[str]) -> dict[str, Deal]:
    return _with_taken(connection, _OF_SKUS, {"skus": list(skus)})


_OF_SKUS: Final = select(deals).where(deals.c.sku.in_(bindparam("skus", expanding=True)))


def ended(connection: Connection, now: datetime) -> list[str]:
    """SKUs whose units were dealt out until now at most."""
    return list(connection.execute(select(deals.c.sku).where(deals.c.until <= now)).scalars())


def save(connection: Connection, dealt: Iterable[Deal]) -> None:
    rows = [
        {
            "sku": each.sku,
            "counts_from": each.dealt_at - LATELY,
            "dealt_at": each.dealt_at,
            "until": each.until,
            "units": {**each.units},
            "sold": {**each.sold},
        }
        for each in dealt
    ]
    upsert(connection, deals, rows)


def drop(connection: Connection, skus: Iterable[str]) -> None:
    connection.execute(delete(deals).where(deals.c.sku.in_(list(skus))))


def pace(connection: Connection, since: datetime) -> Pace:
    """What orders of each SKU took since then; what is held for orders not read yet, too."""
    found: Pace = {}
    for table, at, units, where in _TAKINGS:
        query = (
            select(table.c.sku, table.c.channel, func.sum(units))
            .where(*where, at >= since)
            .group_by(table.c.sku, table.c.channel)
        )
        _add(found, connection.execute(query))
    return found


def _with_taken(connection: Connection, query: Any, asked: Mapping[str, Any]) -> dict[str, Deal]:
    rows = list(connection.execute(query, asked))
    if not rows:
        return {}
    taken: Pace = {}
    for table, at, units, where in _TAKINGS:
        sums = (
            select(table.c.sku, table.c.channel, func.sum(units))
            .join(deals, (deals.c.sku == table.c.sku) & (at >= deals.c.counts_from))
            .where(*where, deals.c.sku.in_([row.sku for row in rows]))
            .group_by(table.c.sku, table.c.channel)
        )
        _add(taken, connection.execute(sums))
    return {
        row.sku: Deal(row.sku, row.dealt_at, row.until, row.units, row.sold, taken.get(row.sku, {}))
        for row in rows
    }


def _add(found: Pace, rows: Iterable[Any]) -> None:
    for sku, channel, units in rows:
        by_channel = found.setdefault(sku, {})
        by_channel[channel] = by_channel.get(channel, 0) + int(units)


_OPEN: Final[ColumnElement[bool]] = provisional.c.ended_at.is_(None)
_TAKINGS: Final[tuple[tuple[Any, Any, Any, tuple[ColumnElement[bool], ...]], ...]] = (
    (
        movements,
        movements.c.at,
        movements.c.reserved - movements.c.on_hand,
        (movements.c.channel.is_not(None),),
    ),
    (provisional, provisional.c.placed_at, provisional.c.quantity, (_OPEN,)),
)
"""Tables of what orders take: when, how many units, and which rows tell of it."""
