"""What a run wrote, as far as it was seen at the shop, and who has written the same cells since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, exists, or_, select

from mercer.core.cell import MONEY_FIELDS, CellKey, Field
from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.store.plans import change_from_row
from mercer.store.runs import Run
from mercer.store.tables import changes, journal

_SLICE: Final = 500
_SEEN: Final = journal.c.settled.like(f"{Outcome.CONFIRMED.value}%")


@dataclass(frozen=True, slots=True)
class Write:
    """The last write of a cell. `open`: no read has settled it yet."""

    run: str
    open: bool


def written(connection: Connection, run: Run) -> list[Change]:
    """Every change of a run that it wrote itself, in the order of the plan. What the shop showed already
    is not among them.
    """
    seen = exists().where(journal.c.run == run.id, journal.c.change == changes.c.id, _SEEN)
    query = select(changes).where(changes.c.plan == run.plan, seen).order_by(changes.c.position)
    return [change_from_row(row) for row in connection.execute(query)]


def last_writes(
    connection: Connection, channel: str, listings: Sequence[str]
) -> dict[CellKey, Write]:
    """Of the prices of these listings: the last write that took effect, or may have."""
    found: dict[CellKey, Write] = {}
    for start in range(0, len(listings), _SLICE):
        query = (
            select(journal)
            .where(
                journal.c.channel == channel,
                journal.c.listing.in_(listings[start : start + _SLICE]),
                journal.c.field.in_(sorted(field.value for field in MONEY_FIELDS)),
                or_(_SEEN, journal.c.settled.is_(None)),
            )
            .order_by(journal.c.id)
        )
        found |= _by_cell(connection.execute(query))
    return found


def _by_cell(rows: Iterable[Row[Any]]) -> dict[CellKey, Write]:
    return {
        CellKey(row.channel, row.listing, row.offer, Field(row.field), row.scope): Write(
            row.run, row.settled is None
        )
        for row in rows
    }
