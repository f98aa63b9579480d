"""What a channel's own orders took off the number that it shows, by when they did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from mercer.core.cell import Field
from mercer.core.cellstate import Cell
from mercer.core.stock import NO_SALES, Sales
from mercer.store.orders import Taking

_LOOK = timedelta(seconds=2)
"""How long a read may take: a sale this soon after it began may be in what it showed, or not."""


def counts_from(cell: Cell) -> datetime | None:
    """Since when a stock cell's sales matter; `None` where none do."""
    if cell.key.field is not Field.STOCK or cell.gone or cell.observed_at is None:
        return None
    since = _since(cell)
    first = cell.observed_at if since is None else min(since, cell.observed_at)
    return first.replace(microsecond=0)


def sales_of(cell: Cell, takings: Iterable[Taking]) -> Sales:
    """This cell's sales around its base (or the write in flight) and its last look."""
    looked, since = cell.observed_at, _since(cell)
    if looked is None:
        return NO_SALES
    at_base = between = at_look = after = 0
    for units, at, late in _moves(takings):
        if since is not None and at < since.replace(microsecond=0):
            continue  # what left after it, or was seen after it, is without these units already
        if _about(at, looked, late):
            at_look += units
        elif at > looked:
            after += units
        elif since is not None and _about(at, since, late):
            at_base += units
        elif since is not None and at > since:
            between += units
    return Sales(at_base, between, at_look, after)


def _since(cell: Cell) -> datetime | None:
    return cell.base_at if cell.in_flight is None else cell.written_at


def _moves(takings: Iterable[Taking]) -> Iterator[tuple[int, datetime, timedelta]]:
    for taking in takings:
        yield taking.taken, taking.taken_at, taking.late
        if taking.back and taking.back_at is not None:
            yield -taking.back, taking.back_at, taking.late


def _about(at: datetime, moment: datetime, late: timedelta) -> bool:
    """Platforms tell whole seconds: the time may be up to one earlier than it was."""
    return moment.replace(microsecond=0) <= at <= moment + _LOOK + late
