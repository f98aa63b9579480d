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
from mercer.files.marks import unmarked
from mercer.files.numbers import PLAIN, Style, half_width, refusal

NONE_WORD: Final = "none"
"""In a compare-at cell: there shall be no strike-through price."""

NONE_WORDS: Final = (NONE_WORD, "无")

_EXPONENT: Final = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+")
_DIGITS: Final = re.compile(r"[0-9]{1,9}")

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


def amount(text: str, currency: str, style: Style = PLAIN) -> Money:
    """A price in major units: more than zero. Raise `InputError` for anything else."""
    written = unmarked(half_width(text), currency)
    digits = style.plain(written)
    if digits is None:
        raise refusal(text, written, style, "an amount")
    money = Money.of(digits, currency)
    if money.minor == 0:
        raise InputError(
            f"{text!r} is zero, and nothing is sold for nothing",
            hint="write the price, or leave the cell blank where it is not known",
        )
    return money


def compare_at(text: str, currency: str, style: Style = PLAIN) -> Money | Nothing | None:
    """Blank declares nothing; the word `none` says that there shall be none."""
    if not text:
        return None
    if text.casefold() in NONE_WORDS:
        return NOTHING
    return amount(text, currency, style)


def limit(text: str, currency: str, style: Style = PLAIN) -> Declared:
    """Of a floor, ceiling or cost. Blank declares nothing; `none` takes it back; `unknown` is declared."""
    if not text:
        return None
    if text.casefold() in NONE_WORDS:
        return NOTHING
    if text.casefold() == UNKNOWN.value:
        return UNKNOWN
    return amount(text, currency, style)


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


def quantity(text: str, style: Style = PLAIN) -> int:
    """Whole units, 0 to 999,999,999. Raise `InputError` for anything else."""
    written = half_width(text)
    digits = style.plain(written)
    if digits is None:
        raise _not_a_quantity(text, written, style)
    if _DIGITS.fullmatch(digits):
        return int(digits)
    why = "is not whole" if "." in digits else "is more than any shelf holds"
    raise InputError(f"{text!r} {why}", hint=_WHOLE)


_WHOLE: Final = "write a whole number, such as 0 or 25"


def _not_a_quantity(text: str, written: str, style: Style) -> InputError:
    if not written:
        return InputError("the quantity is blank; a blank is unknown, not zero", hint=_WHOLE)
    if written[0] == "-" and style.plain(written[1:]):
        why = f"{text!r} is negative, and no shelf holds less than nothing"
        return InputError(why, hint=_WHOLE)
    found = refusal(text, written, style, "a quantity")
    return InputError(found.message, hint=f"{_WHOLE}; {found.hint}")


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
