"""What is in flight: a cell's value on its way to the shop, until a read or an answer ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, or_, select, update

from mercer.core.cell import CellKey
from mercer.core.cellstate import Cell
from mercer.core.merge import Cause, State
from mercer.store.cells import attention, from_row
from mercer.store.tables import cells


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


@dataclass(frozen=True, slots=True)
class Times:
    """Of a value on its way: when it left, when a read may tell of it, when it counts as unconverged,
    and when its request is over, be it heard or not.
    """

    written_at: datetime
    read_after: datetime
    deadline: datetime
    over_at: datetime


def take_off(connection: Connection, key: CellKey, value: str, times: Times) -> bool:
    """A value is about to be written; false where another write of this cell is in flight, or where
    by now the cell should show something else or waits for a person. A number of stock that the
    platform took may be overtaken by a lower one.
    """
    asked = _named(key) | {"value": value} | asdict(times)
    return connection.execute(_TAKE_OFF, asked).rowcount == 1


def keep_flying(
    connection: Connection,
    key: CellKey,
    read_after: datetime,
    deadline: datetime,
    accepted_at: datetime | None,
) -> None:
    """The platform took the write, or whether it did is in doubt where `accepted_at` is `None`.

    A read may tell from `read_after` on.
    """
    asked = _named(key) | {
        "read_after": read_after,
        "deadline": deadline,
        "accepted_at": accepted_at,
    }
    connection.execute(_KEEP_FLYING, asked)


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
        "over_at": before.over_at,
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
        _given("written_at", "read_after", "deadline", "over_at")
        | {
            "in_flight": bindparam("value"),
            "accepted_at": None,
            "state": State.IN_FLIGHT.value,
            "cause": None,
        }
    )
)
_KEEP_FLYING: Final = (
    update(cells).where(*_ONE).values(_given("read_after", "deadline", "accepted_at"))
)
_CALL_BACK: Final = (
    update(cells)
    .where(*_ONE)
    .values(_given("in_flight", "written_at", "read_after", "deadline", "accepted_at", "over_at"))
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
