"""How long ago a channel's truth was last confirmed, field by field, told by one index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from mercer.core.cell import Field
from mercer.store.tables import OURS, cells


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The reading that is the oldest of a field's cells, and the one that 95 in 100 are younger than."""

    field: Field
    cells: int
    oldest: datetime
    most: datetime


def of_channel(connection: Connection, channel: str) -> list[Confirmed]:
    """Of linked cells that are at the shop; a field that was never read is left out."""
    found = []
    for field in Field:
        mine: tuple[ColumnElement[Any], ...] = (
            literal_column(f"(cells.{OURS})"),
            cells.c.channel == channel,
            cells.c.field == field.value,
            cells.c.observed_at.is_not(None),
        )
        counted = select(func.count(), func.min(cells.c.observed_at)).where(*mine)
        number, oldest = connection.execute(counted).one()
        if not number:
            continue
        ordered = select(cells.c.observed_at).where(*mine).order_by(cells.c.observed_at)
        most = connection.execute(ordered.offset(number // 20).limit(1)).scalar_one()
        found.append(Confirmed(field, number, oldest, most))
    return found
