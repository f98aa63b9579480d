"""What a cell of a workbook holds, and the text that a person would have written in its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from mercer.core.errors import InputError
from mercer.files.columns import Kind
from mercer.files.numbers import Style

EXACT_DIGITS: Final = 15
"""Excel keeps so many digits of a number and puts zeros for the others."""

MOST_ROWS: Final = 1_048_576
"""Of a sheet."""

LONGEST_TEXT: Final = 32_767
"""Characters of a workbook's cell."""


@dataclass(frozen=True, slots=True)
class Number:
    """`sign` is the currency sign that the cell's format shows, `percent` whether it shows a share."""

    value: Decimal
    sign: str = ""
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that says nothing sure: an error, a formula never worked out, a part of merged cells."""

    message: str
    fix: str


Value = str | Number | datetime | Unreadable


def shown(value: Value) -> str:
    """As a fault repeats it."""
    if isinstance(value, Number):
        return f"{value.value:f}"
    return value.isoformat() if isinstance(value, datetime) else ""


class Row(NamedTuple):
    """`line` is the physical line or the sheet's row; both count from 1."""

    line: int
    cells: list[Value]


def text_of(value: Value, kind: Kind, style: Style) -> str:
    """The value as text in a column of this kind, numbers as `style` writes them.

    Raise `InputError` for a value that a spreadsheet has made something else of.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Unreadable):
        raise InputError(value.message, hint=value.fix)
    if isinstance(value, datetime):
        return _moment(value, kind)
    return _number(value, kind, style)


def _number(number: Number, kind: Kind, style: Style) -> str:
    digits = f"{number.value:f}"
    if kind is Kind.CODE and number.value.adjusted() >= EXACT_DIGITS:
        raise InputError(
            f"{digits} is a number of over {EXACT_DIGITS} digits, of which Excel keeps {EXACT_DIGITS}",
            hint="format the column as text and write all digits out",
        )
    if kind in (Kind.CODE, Kind.TEXT):
        return digits
    if number.percent:
        return style.written(f"{number.value * 100:f}") + "%"
    return (number.sign if kind is Kind.AMOUNT else "") + style.written(digits)


def _moment(value: datetime, kind: Kind) -> str:
    bare = value.time() == value.time().min
    text = value.date().isoformat() if bare else value.isoformat(timespec="seconds")
    if kind is Kind.TEXT:
        return text
    raise InputError(
        f"the workbook holds a date here, {text}",
        hint="format the column as text and write the value again",
    )
