"""Cells: kept with their state, so that planning reads only what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Row,
    Select,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    tuple_,
    update,
)

from mercer.core.cell import CellKey, Field, money_from_text
from mercer.core.cellstate import Cell
from mercer.core.merge import Cause, State
from mercer.store.tables import QUIET, cells, prices
from mercer.store.upsert import upsert

_KEY = ("channel", "listing", "offer", "field", "scope")


def of_listings(
    connection: Connection, pairs: Iterable[tuple[str, str]], fields: Iterable[Field] | None = None
) -> dict[CellKey, Cell]:
    """Every cell of these (channel, listing) pairs."""
    query = select(cells).where(tuple_(cells.c.channel, cells.c.listing).in_(list(pairs)))
    if fields is not None:
        query = query.where(cells.c.field.in_([field.value for field in fields]))
    return {cell.key: cell for cell in map(from_row, connection.execute(query))}


def save(connection: Connection, changed: Sequence[Cell]) -> None:
    for start in range(0, len(changed), 1000):
        rows = [to_row(cell) for cell in changed[start : start + 1000]]
        upsert(connection, cells, rows, index=_KEY)


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


class ToPlan(NamedTuple):
    """A cell that a plan looks at.

    `partner` is what the other price cell of its offer will show: what it should if it is pushed
    too, else what it does. `units`: how many the offer should show, and `floor`: the channel's
    declared one, else the base entry's; both only beside a price.
    """

    listing: str
    offer: str
    field: Field
    scope: str
    sku: str | None
    observed: str | None
    desired: str | None
    why: str
    state: State
    cause: Cause | None
    partner: str | None
    units: int | None
    floor: str | None

    @property
    def fall(self) -> int:
        """By how many minor units one unit gets cheaper; 0 where it does not."""
        before, after = money_from_text(self.observed), money_from_text(self.desired)
        if before is None or after is None or before.currency != after.currency:
            return 0
        return max(before.minor - after.minor, 0)


def to_plan(
    connection: Connection, channel: str, currency: str, fields: Sequence[Field]
) -> Iterator[ToPlan]:
    """What a channel's plan is made of: cells to push and cells that cannot be, listing by listing."""
    partner = cells.alias("partner")
    stock = cells.alias("stock")
    other = case(
        (cells.c.field == Field.PRICE.value, Field.COMPARE_AT.value),
        (cells.c.field == Field.COMPARE_AT.value, Field.PRICE.value),
    )
    units = (
        select(func.sum(cast(func.coalesce(stock.c.desired, stock.c.observed), Integer)))
        .where(*_same_offer(stock), stock.c.field == Field.STOCK.value)
        .scalar_subquery()
    )
    floor = _declared_floor(connection, channel, currency)
    query = (
        select(
            cells.c.listing,
            cells.c.offer,
            cells.c.field,
            cells.c.scope,
            cells.c.sku,
            cells.c.observed,
            cells.c.desired,
            cells.c.why,
            cells.c.state,
            cells.c.cause,
            case(
                (partner.c.state == State.PUSH.value, partner.c.desired), else_=partner.c.observed
            ),
            case((cells.c.field == Field.PRICE.value, units)),
            case((cells.c.field == Field.PRICE.value, floor)),
        )
        .outerjoin(
            partner, and_(*_same_offer(partner), partner.c.field == other, partner.c.scope == "")
        )
        .where(
            *attention(State.PUSH, State.BLOCKED),
            cells.c.channel == channel,
            cells.c.field.in_([field.value for field in fields]),
        )
        .order_by(cells.c.listing, cells.c.offer, cells.c.field, cells.c.scope)
    )
    rows = connection.execute(query.execution_options(yield_per=1000))
    for listing, offer, field, scope, sku, observed, desired, why, state, cause, *beside in rows:
        # A plan is made of thousands of these, so the enums are looked up, not constructed.
        known = _FIELDS[field], scope, sku, observed, desired, why, _STATES[state], _CAUSES[cause]
        yield ToPlan(listing, offer, *known, *beside)


def _declared_floor(connection: Connection, channel: str, currency: str) -> ColumnElement[Any]:
    """Looked up for each price only if there is any floor at all: its partial index tells at once."""
    declared = prices.c.floor.is_not(None)
    if connection.execute(select(prices.c.sku).where(declared).limit(1)).first() is None:
        return null()
    return (
        select(prices.c.floor)
        .where(
            declared,
            prices.c.sku == cells.c.sku,
            prices.c.channel.in_(["", channel]),
            prices.c.currency == currency,
        )
        .order_by(prices.c.channel.desc())
        .limit(1)
        .scalar_subquery()
    )


_FIELDS: Final[dict[str, Field]] = {field.value: field for field in Field}
_STATES: Final[dict[str, State]] = {state.value: state for state in State}
_CAUSES: Final[dict[str | None, Cause | None]] = {
    None: None,
    **{cause.value: cause for cause in Cause},
}


def _same_offer(other: FromClause) -> list[Any]:
    return [other.c[name] == cells.c[name] for name in ("channel", "listing", "offer")]


def count_to_plan(
    connection: Connection, channel: str, fields: Sequence[Field], desired: str | None = None
) -> int:
    """How many offers (or listings, for their own fields) of a channel are to be pushed."""
    wanted = (
        select(cells.c.listing, cells.c.offer)
        .where(
            *attention(State.PUSH),
            cells.c.channel == channel,
            cells.c.field.in_([field.value for field in fields]),
        )
        .distinct()
    )
    if desired is not None:
        wanted = wanted.where(cells.c.desired == desired)
    return connection.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()


def any_unagreed(connection: Connection, channel: str) -> bool:
    query = select(cells.c.id).where(*attention(State.UNAGREED), cells.c.channel == channel)
    return connection.execute(query.limit(1)).first() is not None


def overdue(connection: Connection, channel: str, now: datetime) -> list[Cell]:
    """In flight beyond their deadline."""
    query = select(cells).where(
        *attention(State.IN_FLIGHT), cells.c.channel == channel, cells.c.deadline <= now
    )
    return [from_row(row) for row in connection.execute(query)]


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


def take_off(
    connection: Connection,
    key: CellKey,
    value: str,
    now: datetime,
    read_after: datetime,
    deadline: datetime,
) -> bool:
    """A value is about to be written; false where another write of this cell is in flight, or where

    the cell should show something else by now.
    """
    statement = (
        update(cells)
        .where(*_is(key), cells.c.in_flight.is_(None), cells.c.desired == value)
        .values(
            in_flight=value,
            written_at=now,
            read_after=read_after,
            deadline=deadline,
            state=State.IN_FLIGHT.value,
            cause=None,
        )
    )
    return connection.execute(statement).rowcount == 1


def keep_flying(
    connection: Connection, key: CellKey, read_after: datetime, deadline: datetime
) -> None:
    """The platform took the write; a read may tell from `read_after` on."""
    connection.execute(
        update(cells).where(*_is(key)).values(read_after=read_after, deadline=deadline)
    )


def call_back(connection: Connection, key: CellKey) -> None:
    """Nothing was written: the cell is as it was. Its state is to be renewed."""
    connection.execute(
        update(cells)
        .where(*_is(key))
        .values(in_flight=None, written_at=None, read_after=None, deadline=None)
    )


def land(connection: Connection, key: CellKey, value: str) -> None:
    """The platform returned the authoritative new value. The cell's state is to be renewed.

    What was sold since the write left counts from then.
    """
    at = cells.c.written_at
    connection.execute(
        update(cells)
        .where(*_is(key))
        .values(observed=value, observed_at=at, base=value, base_at=at, in_flight=None)
    )


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


def _is(key: CellKey) -> list[Any]:
    return [
        cells.c.channel == key.channel,
        cells.c.listing == key.listing,
        cells.c.offer == key.offer,
        cells.c.field == key.field.value,
        cells.c.scope == key.scope,
    ]


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
        "gone": cell.gone,
        "state": cell.state.value,
        "cause": cell.cause.value if cell.cause else None,
        "unexplained": cell.unexplained,
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
        row.gone,
        State(row.state),
        Cause(row.cause) if row.cause else None,
        row.unexplained,
    )
