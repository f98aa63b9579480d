"""What buyers pay, as reads show it: the scheduled price where one holds, else the price."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from mercer.core.cell import CellKey, Field, money_from_text, to_text
from mercer.core.cellstate import Cell
from mercer.core.scheduled import charged, scheduled_from_text


def paid(
    moved: Iterable[tuple[Cell | None, Cell]], now: datetime
) -> Iterator[tuple[CellKey, str, datetime]]:
    """What buyers pay, where a read found it to be another than before."""
    both = {after.key: (before, after) for before, after in moved}
    for key, (before, after) in both.items():
        if key.field is not Field.PRICE or after.observed is None:
            continue
        was, is_ = both.get(key._replace(field=Field.SCHEDULED), (None, None))
        at = after.observed_at or now
        price = _paid(after, is_, at)
        if before is None or _paid(before, was, before.observed_at or at) != price:
            yield key, price or after.observed, at


def _paid(price: Cell, scheduled: Cell | None, at: datetime) -> str | None:
    beside = scheduled_from_text(scheduled.observed) if scheduled else None
    if beside is None:
        return price.observed
    return to_text(charged(money_from_text(price.observed), beside, at))
