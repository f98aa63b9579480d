"""The cell: one field of one offer or listing, the unit that is compared, owned and written."""

from __future__ import annotations

from enum import Enum, StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from mercer.core.currency import MINOR_DIGITS
from mercer.core.money import Money


class Field(StrEnum):
    PRICE = "price"
    COMPARE_AT = "compare_at"
    SCHEDULED = "scheduled"
    STOCK = "stock"
    STATUS = "status"
    TITLE = "title"
    DESCRIPTION = "description"


class Lane(StrEnum):
    """A share of an account's quota and workers, in order of urgency."""

    ORDERS = "orders"
    STOCK = "stock"
    STATUS = "status"
    PRICE = "price"
    SCHEDULED = "scheduled"
    CONTENT = "content"


LANE_OF: Final[dict[Field, Lane]] = {
    Field.STOCK: Lane.STOCK,
    Field.STATUS: Lane.STATUS,
    Field.PRICE: Lane.PRICE,
    Field.COMPARE_AT: Lane.PRICE,
    Field.SCHEDULED: Lane.SCHEDULED,
    Field.TITLE: Lane.CONTENT,
    Field.DESCRIPTION: Lane.CONTENT,
}

WRITTEN: Final = (Lane.STOCK, Lane.STATUS, Lane.PRICE, Lane.SCHEDULED, Lane.CONTENT)
"""The lanes that a run works off, in this order."""

PLANNED: Final = tuple(field for field in Field if field is not Field.SCHEDULED)
"""What plans are usually made of. A scheduled price is sent by a plan of its own, weeks ahead: what a
guard or a missing approval makes it wait for must not keep the others.
"""

MONEY_FIELDS: Final = frozenset({Field.PRICE, Field.COMPARE_AT})

PRICED_FIELDS: Final = frozenset({*MONEY_FIELDS, Field.SCHEDULED})
"""Those that are made of the price book: when it moves, all of these may."""


class Nothing(Enum):
    """Known to be absent, as a compare-at price that is not set. `None` is unknown."""

    NOTHING = ""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = Nothing.NOTHING

Value = Money | int | str | Nothing


def to_text(value: Value | None) -> str | None:
    """The canonical text that cells hold, so that form is never drift: `12.30 CNY`, `5`, ``."""
    if value is None:
        return None
    if isinstance(value, Enum):
        return str(value.value)
    return str(value)


def from_text(field: Field, text: str | None) -> Value | None:
    """The inverse of `to_text` for the field's type."""
    if text is None:
        return None
    if field is Field.STOCK:
        return int(text)
    if field in MONEY_FIELDS:
        return money_from_text(text) or NOTHING
    return text


@lru_cache(maxsize=4096)
def money_from_text(text: str | None) -> Money | None:
    """A money cell's amount, or `None` where the cell is unknown or holds nothing.

    Remembered, because plans and renewals read the same few prices over and over.
    """
    if not text:
        return None
    amount, _, currency = text.partition(" ")
    whole, _, part = amount.partition(".")
    digits = whole + part
    if len(part) == MINOR_DIGITS.get(currency) and digits.isdecimal() and amount.isascii():
        return Money(int(digits), currency)  # as `to_text` writes it, so nothing to check
    return Money.of(amount, currency)


class CellKey(NamedTuple):
    """`offer` is empty for a listing's own fields; `scope` names a location or market, or is empty."""

    channel: str
    listing: str
    offer: str
    field: Field
    scope: str = ""
