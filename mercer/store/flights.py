"""What is in flight: a cell's value on its way to the shop, until a read or an answer ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.merge import Cause, State
from mercer.store.cells import KEY, attention, from_row
from mercer.store.tables import cells, journal


def overtaken(connection: Connection, channel: str, listings: Sequence[str]) -> dict[CellKey, Cell]:
    """Stock in flight that a lower number may go after."""
    query = select(cells).where(
        *attention(State.PUSH),
        cells.c.channel == channel,
        cells.c.listing.in_(listings),
        cells.c.cause == Cause.OVERTAKEN.value,
    )
    found = [from_row(row) for row in connection.execute(query)]
    return {cell.key: cell for cell in found}


def take_off(
    connection: Connection,
    key: CellKey,
    value: str,
    now: datetime,
    read_after: datetime,
    deadline: datetime,
) -> bool:
    """A value is about to be written; false where another write of this cell is in flight, or where
    by now the cell should show something else or waits for a person. A number of stock that the
    platform took may be overtaken by a lower one.
    """
    asked = _named(key) | {
        "value": value,
        "now": now,
        "read_after": read_after,
        "deadline": deadline,
    }
    return connection.execute(_TAKE_OFF, asked).rowcount == 1


def keep_flying(
    connection: Connection,
    key: CellKey,
    read_after: datetime,
    deadline: datetime,
    accepted_at: datetime | None,
) -> None:
    """The platform took the write, or whether it did is in doubt where `accepted_at` is `None`: then
    the number may not be overtaken before it is `let_go`.

    A read may tell from `read_after` on.
    """
    asked = _named(key) | {
        "read_after": read_after,
        "deadline": deadline,
        "accepted_at": accepted_at,
    }
    connection.execute(_KEEP_FLYING, asked)


@dataclass(frozen=True, slots=True)
class Unheard:
    """A number in flight of which nobody heard whether it was taken. `batch`: so many left together."""

    cell: CellKey
    sent_at: datetime
    batch: int


def unheard(connection: Connection, channel: str, before: datetime) -> list[Unheard]:
    """What left by then at the latest."""
    rows = connection.execute(_UNHEARD, {"of": channel, "before": before})
    return [
        Unheard(
            CellKey(row.channel, row.listing, row.offer, Field.STOCK, row.scope),
            row.written_at,
            row.batch,
        )
        for row in rows
    ]


def let_go(connection: Connection, unheard: Unheard, now: datetime) -> None:
    """Its request is over. The cell's state is to be renewed: a lower number may go after it."""
    asked = _named(unheard.cell) | {"sent_at": unheard.sent_at, "now": now}
    connection.execute(_LET_GO, asked)


def call_back(connection: Connection, key: CellKey, overtaken: Cell | None = None) -> None:
    """Nothing was written: the cell is as it was, with what it had `overtaken` in flight again.

    Its state is to be renewed.
    """
    before = overtaken or Cell(key)
    asked = _named(key) | {
        "in_flight": before.in_flight,
        "written_at": before.written_at,
        "read_after": before.read_after,
        "deadline": before.deadline,
        "accepted_at": before.accepted_at,
    }
    connection.execute(_CALL_BACK, asked)


def land(connection: Connection, key: CellKey, value: str) -> None:
    """The platform returned the authoritative new value. The cell's state is to be renewed.

    What was sold since the write left counts from then.
    """
    connection.execute(_LAND, _named(key) | {"value": value})


def _named(key: CellKey) -> dict[str, Any]:
    """The parameters of `_ONE`."""
    return {
        "a_channel": key.channel,
        "a_listing": key.listing,
        "an_offer": key.offer,
        "a_field": key.field.value,
        "a_scope": key.scope,
    }


def _given(*columns: str) -> dict[str, Any]:
    return {name: bindparam(name) for name in columns}


_ONE: Final = (
    cells.c.channel == bindparam("a_channel"),
    cells.c.listing == bindparam("a_listing"),
    cells.c.offer == bindparam("an_offer"),
    cells.c.field == bindparam("a_field"),
    cells.c.scope == bindparam("a_scope"),
)
"""Statements about one cell are made once: a large batch runs each of them thousands of times."""

_TAKE_OFF: Final = (
    update(cells)
    .where(
        *_ONE,
        or_(cells.c.in_flight.is_(None), cells.c.cause == Cause.OVERTAKEN.value),
        cells.c.desired == bindparam("value"),
        cells.c.state == State.PUSH.value,
    )
    .values(
        in_flight=bindparam("value"),
        written_at=bindparam("now"),
        read_after=bindparam("read_after"),
        deadline=bindparam("deadline"),
        accepted_at=None,
        state=State.IN_FLIGHT.value,
        cause=None,
    )
)
_KEEP_FLYING: Final = (
    update(cells).where(*_ONE).values(_given("read_after", "deadline", "accepted_at"))
)
_IN_THE_DARK: Final = (cells.c.in_flight.is_not(None), cells.c.accepted_at.is_(None))
_LET_GO: Final = (
    update(cells)
    .where(*_ONE, *_IN_THE_DARK, cells.c.written_at == bindparam("sent_at"))
    .values(accepted_at=bindparam("now"))
)
_TOGETHER: Final = journal.alias()
_UNHEARD: Final = (
    select(
        cells.c.channel,
        cells.c.listing,
        cells.c.offer,
        cells.c.scope,
        cells.c.written_at,
        select(func.count())
        .where(_TOGETHER.c.run == journal.c.run, _TOGETHER.c.key == journal.c.key)
        .scalar_subquery()
        .label("batch"),
    )
    .join(
        journal,
        and_(
            *(cells.c[name] == journal.c[name] for name in KEY),
            cells.c.written_at == journal.c.sent_at,
        ),
    )
    .where(
        *attention(State.IN_FLIGHT),
        *_IN_THE_DARK,
        cells.c.channel == bindparam("of"),
        cells.c.field == Field.STOCK.value,
        cells.c.written_at <= bindparam("before"),
        journal.c.settled.is_(None),
    )
)
_CALL_BACK: Final = (
    update(cells)
    .where(*_ONE)
    .values(_given("in_flight", "written_at", "read_after", "deadline", "accepted_at"))
)
_LAND: Final = (
    update(cells)
    .where(*_ONE)
    .values(
        observed=bindparam("value"),
        observed_at=cells.c.written_at,
        base=bindparam("value"),
        base_at=cells.c.written_at,
        in_flight=None,
    )
)
