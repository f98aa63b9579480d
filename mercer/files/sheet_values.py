"""Cells as openpyxl hands them over, as the values that a person sees in them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Final

from mercer.files.values import EXACT_DIGITS, Number, Unreadable, Value

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell

# Excel writes a number with 17 digits and shows 15: what a person typed as 12.1 may stand there as
# 12.1 or 12.099999999999999.
_SHOWN: Final = Context(prec=EXACT_DIGITS, rounding=ROUND_HALF_UP)
_LARGEST_EXPONENT: Final = 30

# Source: ECMA-376 part 1, 18.8.30 `numFmt`: dates in East Asian programs, in no file because those
# programs know them. openpyxl does not.
_EAST_ASIAN_DATES: Final = frozenset([*range(27, 37), *range(50, 59)])

_QUOTED: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_CURRENCY: Final = re.compile(r"\[\$([^\]-]+)(?:-[^\]]*)?\]|([¥￥$€£元])")
_NOT_SIGNS: Final = re.compile(r"\[\$-[^\]]*\]")

# How a workbook writes a sign that XML would lose; never one half of a surrogate pair.
_ESCAPED: Final = re.compile(r"_x(?!D[89A-F])([0-9A-F]{4})_", re.IGNORECASE)
_LOST: Final = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

_NEVER_WORKED_OUT: Final = Unreadable(
    "the cell has a formula that was never worked out",
    "open the file in Excel and save it, or write the value",
)


def value_of(cell: ReadOnlyCell, *, formula: bool, epoch: datetime) -> Value:
    """`epoch` is the day that the workbook counts from; `formula` whether the cell has one."""
    value = cell.value
    if value is None:
        blank_on_purpose = cell.data_type == "str"
        return _NEVER_WORKED_OUT if formula and not blank_on_purpose else ""
    if isinstance(value, str):
        if cell.data_type == "e":
            fix = "mend its formula, or write the value"
            return Unreadable(f"the cell shows {value[:20]}", fix)
        return unescaped(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if cell.style_array.numFmtId in _EAST_ASIAN_DATES:
            return epoch + timedelta(days=value)
        return _number(value, cell.number_format)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time.min)
    return Unreadable(f"{value} is a time of day", "write it as text")


def escaped(text: str) -> str:
    return _LOST.sub(lambda sign: f"_x{ord(sign[0]):04X}_", text)


def unescaped(text: str) -> str:
    """The inverse of `escaped`."""
    return _ESCAPED.sub(lambda sign: chr(int(sign[1], 16)), text) if "_x" in text else text


def _number(value: float, format: str) -> Value:
    number = _SHOWN.create_decimal(repr(value)) if isfinite(value) else None
    if number is None or abs(number.adjusted()) > _LARGEST_EXPONENT:
        return Unreadable("the cell holds a number beyond reason", "write the value again")
    sign, percent = _marks(format)
    return Number(number.normalize(), sign, percent)


@lru_cache(maxsize=256)
def _marks(format: str) -> tuple[str, bool]:
    """The currency sign that a format shows, and whether it shows a share, in positive numbers."""
    shown = format.partition(";")[0]
    sign = _CURRENCY.search(_NOT_SIGNS.sub("", shown))
    return (sign[1] or sign[2]).strip() if sign else "", "%" in _QUOTED.sub("", shown)
