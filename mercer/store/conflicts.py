"""The queue: cells that wait until a person says whose value holds, each by the number of its row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from mercer.core.cell import LANE_OF, CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.merge import State
from mercer.store.cells import attention, from_row
from mercer.store.tables import cells

WAITING: Final = (State.DRIFT, State.CONFLICT, State.UNAGREED)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of them; what is empty narrows nothing."""

    channels: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    skus: tuple[str, ...] = ()
    states: tuple[State, ...] = WAITING
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """`id` is the cell's for good."""

    id: int
    cell: Cell


def listed(connection: Connection, choice: Choice, most: int | None = None) -> Iterator[Waiting]:
    given = (
        (cells.c.channel, list(choice.channels)),
        (cells.c.field, [field.value for field in choice.fields]),
        (cells.c.sku, list(choice.skus)),
        (cells.c.id, list(choice.ids)),
    )
    query = select(cells).where(*attention(*choice.states))
    query = query.where(*(column.in_(values) for column, values in given if values))
    query = query.order_by(
        cells.c.channel, cells.c.sku, cells.c.listing, cells.c.offer, cells.c.field, cells.c.id
    )
    return _found(connection, query if most is None else query.limit(most))


def beside(connection: Connection, key: CellKey) -> list[Waiting]:
    """What else waits of the same offer that travels with this cell, as a price with its compare-at."""
    lane = [field.value for field in Field if LANE_OF[field] is LANE_OF[key.field]]
    query = select(cells).where(
        *attention(*WAITING),
        cells.c.channel == key.channel,
        cells.c.listing == key.listing,
        cells.c.offer == key.offer,
        cells.c.field.in_(lane),
        cells.c.field != key.field.value,
    )
    return list(_found(connection, query))


def cell_of(connection: Connection, id: int) -> Cell | None:
    """Any cell, whether it waits or not."""
    row = connection.execute(select(cells).where(cells.c.id == id)).one_or_none()
    return from_row(row) if row else None


def _found(connection: Connection, query: Select[Any]) -> Iterator[Waiting]:
    for row in connection.execute(query.execution_options(yield_per=1000)):
        yield Waiting(row.id, from_row(row))
