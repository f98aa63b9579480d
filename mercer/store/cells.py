"""Cells: kept with their state, so that planning reads only what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.merge import Cause, State
from mercer.store.tables import QUIET, cells
from mercer.store.upsert import upsert

KEY = ("channel", "listing", "offer", "field", "scope")


def of_listings(
    connection: Connection, pairs: Iterable[tuple[str, str]], fields: Iterable[Field] | None = None
) -> dict[CellKey, Cell]:
    """Every cell of these (channel, listing) pairs."""
    names = [field.value for field in (Field if fields is None else fields)]
    asked = {"pairs": list(pairs), "fields": names}
    return {cell.key: cell for cell in map(from_row, connection.execute(_OF_LISTINGS, asked))}


_OF_LISTINGS: Final = select(cells).where(
    tuple_(cells.c.channel, cells.c.listing).in_(bindparam("pairs", expanding=True)),
    cells.c.field.in_(bindparam("fields", expanding=True)),
)
"""Made once: it is asked all the time while orders come in."""


def save(connection: Connection, changed: Sequence[Cell]) -> None:
    for start in range(0, len(changed), 1000):
        rows = [to_row(cell) for cell in changed[start : start + 1000]]
        upsert(connection, cells, rows, index=KEY)


def forget(connection: Connection, channel: str, field: Field) -> None:
    """Every such cell of a channel, as if it had never been read."""
    own = (cells.c.channel == channel) & (cells.c.field == field.value)
    connection.execute(delete(cells).where(own))


def attention(*states: State) -> list[Any]:
    """The conditions that make a query cost what is in these states, not what exists."""
    return [
        literal_column(f"(cells.{QUIET})"),
        cells.c.state.in_([state.value for state in states]),
    ]


def in_states(
    connection: Connection, states: Sequence[State], channel: str | None = None
) -> Iterator[Cell]:
    query = select(cells).where(*attention(*states))
    if channel is not None:
        query = query.where(cells.c.channel == channel)
    query = query.order_by(cells.c.channel, cells.c.listing, cells.c.offer, cells.c.field)
    for row in connection.execute(query.execution_options(yield_per=1000)):
        yield from_row(row)


def any_unagreed(connection: Connection, channel: str) -> bool:
    query = select(cells.c.id).where(*attention(State.UNAGREED), cells.c.channel == channel)
    return connection.execute(query.limit(1)).first() is not None


def stock_to_push(connection: Connection, channel: str) -> list[Cell]:
    """Numbers that are to be sent, those that leave the least first."""
    found = [from_row(row) for row in connection.execute(_TO_PUSH, {"of": channel})]
    return sorted(found, key=lambda cell: (int(cell.desired or 0), cell.sku or ""))


_TO_PUSH: Final = select(cells).where(
    *attention(State.PUSH),
    cells.c.channel == bindparam("of"),
    cells.c.field == Field.STOCK.value,
)


def overdue(connection: Connection, channel: str, now: datetime) -> list[Cell]:
    """In flight beyond their deadline, and stock of which nobody will hear any more whether it was taken."""
    return [from_row(row) for row in connection.execute(_OVERDUE, {"of": channel, "now": now})]


_OVERDUE: Final = select(cells).where(
    *attention(State.IN_FLIGHT),
    cells.c.channel == bindparam("of"),
    or_(
        cells.c.deadline <= bindparam("now"),
        and_(
            cells.c.field == Field.STOCK.value,
            cells.c.accepted_at.is_(None),
            cells.c.over_at <= bindparam("now"),
        ),
    ),
)


def unexplained(connection: Connection, channel: str, until: datetime) -> list[Cell]:
    """Stock last read by then that our numbers and the channel's orders do not explain."""
    query = select(cells).where(
        literal_column("(cells.unexplained <> 0)"),
        cells.c.channel == channel,
        cells.c.observed_at <= until,
    )
    return [from_row(row) for row in connection.execute(query)]


def counts(connection: Connection) -> dict[tuple[str, State, Cause | None], int]:
    """How many cells of each channel need attention, by state and cause."""
    query: Select[Any] = (
        select(cells.c.channel, cells.c.state, cells.c.cause, func.count())
        .where(literal_column(f"(cells.{QUIET})"))
        .group_by(cells.c.channel, cells.c.state, cells.c.cause)
    )
    return {
        (channel, State(state), Cause(cause) if cause else None): number
        for channel, state, cause, number in connection.execute(query)
    }


def agree(connection: Connection, channel: str, listings: Sequence[str], *states: State) -> int:
    """Both sides start from what the shop shows; tell how many cells. States are to be renewed."""
    statement = (
        update(cells)
        .where(
            cells.c.channel == channel,
            cells.c.listing.in_(listings),
            cells.c.state.in_([state.value for state in states]),
            cells.c.base.is_(None),
            cells.c.observed.is_not(None),
        )
        .values(base=cells.c.observed, base_at=cells.c.observed_at)
    )
    return connection.execute(statement).rowcount


def mark_gone(connection: Connection, channel: str, listings: Sequence[str]) -> None:
    for start in range(0, len(listings), 500):
        batch = listings[start : start + 500]
        _mark(connection, cells.c.channel == channel, cells.c.listing.in_(batch))


def mark_offers_gone(
    connection: Connection, channel: str, offers: Sequence[tuple[str, str]]
) -> None:
    _mark(
        connection, cells.c.channel == channel, tuple_(cells.c.listing, cells.c.offer).in_(offers)
    )


def _mark(connection: Connection, *where: Any) -> None:
    connection.execute(
        update(cells).where(*where).values(gone=True, state=State.MISSING.value, cause=None)
    )


def to_row(cell: Cell) -> dict[str, Any]:
    key = cell.key
    return {
        "channel": key.channel,
        "listing": key.listing,
        "offer": key.offer,
        "field": key.field.value,
        "scope": key.scope,
        "sku": cell.sku,
        "desired": cell.desired,
        "why": cell.why,
        "observed": cell.observed,
        "observed_at": cell.observed_at,
        "base": cell.base,
        "base_at": cell.base_at,
        "in_flight": cell.in_flight,
        "written_at": cell.written_at,
        "read_after": cell.read_after,
        "deadline": cell.deadline,
        "accepted_at": cell.accepted_at,
        "over_at": cell.over_at,
        "gone": cell.gone,
        "state": cell.state.value,
        "cause": cell.cause.value if cell.cause else None,
        "unexplained": cell.unexplained,
        "observed_since": cell.observed_since,
        "desired_since": cell.desired_since,
    }


def from_row(row: Row[Any]) -> Cell:
    return Cell(
        CellKey(row.channel, row.listing, row.offer, Field(row.field), row.scope),
        row.sku,
        row.desired,
        row.why,
        row.observed,
        row.observed_at,
        row.base,
        row.base_at,
        row.in_flight,
        row.written_at,
        row.read_after,
        row.deadline,
        row.accepted_at,
        row.over_at,
        row.gone,
        State(row.state),
        Cause(row.cause) if row.cause else None,
        row.unexplained,
        row.observed_since,
        row.desired_since,
    )
