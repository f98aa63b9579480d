"""How a cell stands when base, desired and observed are compared: pure, for reconciliation."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

from mercer.core.cell import MONEY_FIELDS, Field, money_from_text
from mercer.core.cellstate import Cell
from mercer.core.errors import InputError
from mercer.core.merge import State


class Standing(StrEnum):
    """`FORM`: the texts differ, and what they say does not. `NOT_KNOWN`: one side is not known."""

    IN_SYNC = "in sync"
    OURS_MOVED = "ours moved"
    THEIRS_MOVED = "theirs moved"
    BOTH_MOVED = "both moved"
    FORM = "normalisation only"
    MISSING = "missing there"
    UNKNOWN = "unknown there"
    NEVER_AGREED = "never agreed"
    NOT_KNOWN = "not known"


AT_ONE: Final = frozenset({Standing.IN_SYNC, Standing.FORM})
"""Nothing is to be done about these."""


def standing_of(cell: Cell) -> Standing:
    """As the cell's last read and our latest wish have it."""
    if cell.gone:
        return Standing.MISSING
    if cell.sku is None:
        return Standing.UNKNOWN
    if cell.state is State.FOLLOWED:
        return Standing.IN_SYNC
    if cell.desired is None or cell.observed is None:
        return Standing.NOT_KNOWN
    if cell.key.field is Field.STOCK:
        return _of_stock(cell)
    return compared(cell.key.field, cell.base, cell.desired, cell.observed)


def compared(field: Field, base: str | None, desired: str, observed: str) -> Standing:
    if desired == observed:
        return Standing.IN_SYNC
    if same_value(field, desired, observed):
        return Standing.FORM
    if base is None:
        return Standing.NEVER_AGREED
    ours, theirs = not same_value(field, base, desired), not same_value(field, base, observed)
    if ours and theirs:
        return Standing.BOTH_MOVED
    return Standing.OURS_MOVED if ours else Standing.THEIRS_MOVED


def _of_stock(cell: Cell) -> Standing:
    """A shop's own sales move what it shows: only what they leave unexplained is another hand's."""
    if cell.state is State.AGREED:
        return Standing.IN_SYNC
    if cell.base is None:
        return Standing.NEVER_AGREED
    if not cell.unexplained:
        return Standing.OURS_MOVED
    expected = int(cell.observed or 0) - cell.unexplained
    return Standing.THEIRS_MOVED if cell.desired == str(expected) else Standing.BOTH_MOVED


def same_value(field: Field, one: str, other: str) -> bool:
    """Money by its amount and currency; texts but for blanks and how their letters are composed."""
    if one == other:
        return True
    if field in MONEY_FIELDS:
        try:
            return money_from_text(one) == money_from_text(other)
        except InputError:
            return False
    return field is not Field.STOCK and _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
