"""What a single cell may hold: amounts, quantities, lists; and how a formula is kept from running."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from mercer.core.cell import NOTHING, Nothing
from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.core.price import UNKNOWN, Declared

NONE_WORD: Final = "none"
"""In a compare-at cell: there shall be no strike-through price."""

_EXPONENT: Final = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+")
_DIGITS: Final = re.compile(r"[0-9]{1,9}")
_FRACTION: Final = re.compile(r"[0-9]+[.,][0-9]+")
_FULL_WIDTH: Final = re.compile("[\uff01-\uff5e]")

# A spreadsheet runs a cell that begins with one of these signs, full-width ones included; a seller's
# file must not be a way in. Such a cell is written with an apostrophe before it, which spreadsheets
# themselves use for "this is text", and read without it. A cell that already has apostrophes before
# the sign gets one more, so that what is read is always what was written.
_RUNS: Final = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")


def disarmed(text: str) -> str:
    return "'" + text if _RUNS.match(text) else text


def armed(text: str) -> str:
    """The inverse of `disarmed`."""
    return text[1:] if text.startswith("'") and _RUNS.match(text) else text


# Items are joined with `;`. A `;` or `\` inside an item has a `\` before it.
_ESCAPED: Final = re.compile(r"\\([\\;])|;")


def joined(items: Iterable[str]) -> str:
    return ";".join(re.sub(r"([\\;])", r"\\\1", item) for item in items)


def split(text: str) -> tuple[str, ...]:
    """The inverse of `joined`, without blank items."""
    items, start, item = [], 0, ""
    for match in _ESCAPED.finditer(text):
        item += text[start : match.start()] + (match[1] or "")
        start = match.end()
        if match[1] is None:
            items.append(item)
            item = ""
    items.append(item + text[start:])
    return tuple(stripped for each in items if (stripped := each.strip()))


def amount(text: str, currency: str) -> Money:
    """A price in major units: more than zero. Raise `InputError` for anything else."""
    _refuse_full_width(text)
    money = Money.of(text, currency)
    if money.minor < 0:
        raise InputError(f"{text!r} is negative", hint="write a price above zero")
    if money.minor == 0:
        raise InputError(
            f"{text!r} is zero, and nothing is sold for nothing",
            hint="write the price, or leave the cell blank where it is not known",
        )
    return money


def compare_at(text: str, currency: str) -> Money | Nothing | None:
    """Blank declares nothing; the word `none` says that there shall be none."""
    if not text:
        return None
    if text.casefold() == NONE_WORD:
        return NOTHING
    return amount(text, currency)


def limit(text: str, currency: str) -> Declared:
    """Of a floor, ceiling or cost. Blank declares nothing; `none` takes it back; `unknown` is declared."""
    if not text:
        return None
    if text.casefold() == NONE_WORD:
        return NOTHING
    if text.casefold() == UNKNOWN.value:
        return UNKNOWN
    return amount(text, currency)


def moment(text: str) -> datetime | None:
    """With its zone; blank is none. Raise `InputError` for anything else."""
    if not text:
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        told = None
    if told is None or told.tzinfo is None:
        raise InputError(
            f"{text!r} is not a time with its zone", hint="write it as 2026-12-01T00:00:00+08:00"
        )
    return told.astimezone(UTC)


def quantity(text: str) -> int:
    """Whole units, 0 to 999,999,999. Raise `InputError` for anything else."""
    _refuse_full_width(text)
    if _DIGITS.fullmatch(text):
        return int(text)
    raise InputError(_not_a_quantity(text), hint="write a whole number, such as 0 or 25")


def _not_a_quantity(text: str) -> str:
    if not text:
        return "the quantity is blank; a blank is unknown, not zero"
    if text[0] in "-−" and _DIGITS.fullmatch(text[1:]):
        return f"{text!r} is negative, and no shelf holds less than nothing"
    if _FRACTION.fullmatch(text):
        return f"{text!r} is not whole"
    return f"{text!r} is not a quantity"


def merchant_code(text: str) -> str:
    """A SKU or barcode. Raise `InputError` if it is blank or a spreadsheet has rounded it."""
    if not text:
        raise InputError("the SKU is blank", hint="write the merchant code (商家编码) of this row")
    _refuse_rounded(text)
    return text


def barcode(text: str) -> str | None:
    _refuse_rounded(text)
    return text or None


def _refuse_rounded(text: str) -> None:
    if _EXPONENT.fullmatch(text):
        raise InputError(
            f"{text!r} is what a spreadsheet makes of a long number",
            hint="format the column as text and write all digits out",
        )


def _refuse_full_width(text: str) -> None:
    if _FULL_WIDTH.search(text):
        raise InputError(
            f"{text!r} has full-width (全角) characters",
            hint="write it with half-width (半角) digits and point, such as 12.30",
        )
