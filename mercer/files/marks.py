"""Currency signs beside an amount: taken where they agree with the currency, refused where not."""

from __future__ import annotations

import re
from typing import Final

from mercer.core.currency import MINOR_DIGITS
from mercer.core.errors import InputError
from mercer.files.numbers import LONGEST

_DOLLARS: Final = frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN"})
_MARKS: Final = {
    "¥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY"}),
    "人民币": frozenset({"CNY"}),
    "RMB": frozenset({"CNY"}),
    "CN¥": frozenset({"CNY"}),
    "円": frozenset({"JPY"}),
    "JP¥": frozenset({"JPY"}),
    "$": _DOLLARS,
    "US$": frozenset({"USD"}),
    "HK$": frozenset({"HKD"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "zł": frozenset({"PLN"}),
    "₩": frozenset({"KRW"}),
    **{code: frozenset({code}) for code in MINOR_DIGITS},
}

_AROUND: Final = re.compile(r"([^0-9(.,-]*)(.*?)([^0-9).,]*)", re.DOTALL)


def unmarked(text: str, currency: str) -> str:
    """The text, already half width, without signs of the currency.

    Raise `InputError` for a sign of another one. What is no sign at all stays where it is.
    """
    if len(text) > LONGEST:
        return text
    match = _AROUND.fullmatch(text)
    assert match is not None
    before, number, after = match[1].strip(), match[2].strip(), match[3].strip()
    for mark in filter(None, (before, after)):
        meant = _MARKS.get(mark)
        if meant is None:
            return text
        if currency not in meant:
            raise InputError(
                f"{text!r} has the sign {mark}, which is not {currency}",
                hint="correct the currency of this row, or write the amount without a sign",
            )
    return number
