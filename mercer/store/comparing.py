"""What reconciliation reads: how cells stand, counted; and which listings were read longest ago."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, or_, select

from mercer.core.cell import Field
from mercer.core.merge import State
from mercer.store.cells import attention, from_row
from mercer.store.conflicts import Waiting
from mercer.store.tables import cells, findings, listings, orders

_OPEN: Final = tuple(
    state for state in State if state not in (State.AGREED, State.FOLLOWED, State.UNLINKED)
)


def counts(
    connection: Connection, channel: str, fields: Sequence[Field]
) -> dict[tuple[Field, State], int]:
    """How many cells of a channel are in each state, whether they need attention or not."""
    query = (
        select(cells.c.field, cells.c.state, func.count())
        .where(cells.c.channel == channel, cells.c.field.in_([each.value for each in fields]))
        .group_by(cells.c.field, cells.c.state)
    )
    return {
        (Field(field), State(state)): number for field, state, number in connection.execute(query)
    }


def open_cells(connection: Connection, channel: str, fields: Sequence[Field]) -> Iterator[Waiting]:
    """Cells that are not at rest, of what is or was ours."""
    query = select(cells).where(
        *attention(*_OPEN), cells.c.channel == channel, cells.c.sku.is_not(None)
    )
    return _streamed(connection, query, fields)


def unlinked_cells(
    connection: Connection, channel: str, fields: Sequence[Field]
) -> Iterator[Waiting]:
    query = select(cells).where(cells.c.channel == channel, cells.c.state == State.UNLINKED.value)
    return _streamed(connection, query, fields)


def _streamed(
    connection: Connection, query: Select[Any], fields: Sequence[Field]
) -> Iterator[Waiting]:
    query = query.where(cells.c.field.in_([each.value for each in fields]))
    query = query.order_by(cells.c.state, cells.c.field, cells.c.listing, cells.c.offer)
    for row in connection.execute(query.execution_options(yield_per=1000)):
        yield Waiting(row.id, from_row(row))


# ------------------------------------------------------------------ what is due to be read


def count_listings(connection: Connection, channel: str, since: datetime | None = None) -> int:
    """Living listings, or those of them that were read since then."""
    query = select(func.count()).where(listings.c.channel == channel, listings.c.gone_at.is_(None))
    if since is not None:
        query = query.where(listings.c.seen_at > since)
    return connection.execute(query).scalar_one()


def read_longest_ago(connection: Connection, channel: str, until: datetime, most: int) -> list[str]:
    """So many living listings that were not read after `until`, the longest ago first."""
    query = select(listings.c.listing).where(
        listings.c.channel == channel, listings.c.gone_at.is_(None), listings.c.seen_at <= until
    )
    ordered = query.order_by(listings.c.seen_at, listings.c.listing).limit(most)
    return list(connection.execute(ordered).scalars())


# ------------------------------------------------------------------ orders and findings


def count_orders(connection: Connection, channel: str, read_since: datetime) -> int:
    query = select(func.count()).where(orders.c.channel == channel, orders.c.read_at >= read_since)
    return connection.execute(query).scalar_one()


def orders_not_read(
    connection: Connection, channel: str, since: datetime, until: datetime, began: datetime
) -> list[str]:
    """Orders changed between these times that no read since `began` has shown."""
    query = select(orders.c.order).where(
        orders.c.channel == channel,
        orders.c.updated_at >= since,
        orders.c.updated_at <= until,
        or_(orders.c.read_at.is_(None), orders.c.read_at < began),
    )
    return list(connection.execute(query.order_by(orders.c.updated_at)).scalars())


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Stock that moved by a hand which was neither ours nor an order's."""

    channel: str
    sku: str | None
    listing: str
    offer: str
    scope: str
    expected: int
    observed: int
    at: datetime


def last_finding(connection: Connection, channel: str) -> int:
    query = select(func.max(findings.c.id)).where(findings.c.channel == channel)
    return connection.execute(query).scalar() or 0


def unexplained_after(connection: Connection, channel: str, last: int) -> list[Unexplained]:
    query = select(findings).where(findings.c.channel == channel, findings.c.id > last)
    return [
        Unexplained(
            row.channel,
            row.sku,
            row.listing,
            row.offer,
            row.scope,
            row.expected,
            row.observed,
            row.at,
        )
        for row in connection.execute(query.order_by(findings.c.id))
    ]
