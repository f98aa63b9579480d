"""Exact money: whole minor units and a currency. No float ever holds money."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal
from typing import Final, Self

from mercer.core.currency import minor_digits
from mercer.core.errors import InputError

_PLAIN: Final = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,15}))?")
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}(?:[,，'\u00a0 ][0-9]{3})+(?:\.[0-9]+)?")
_EXPONENT: Final = re.compile(r"-?[0-9.]+[eE][+-]?[0-9]+")
_LONGEST: Final = 30
"""Digits. An exponent beyond it is not written out: `1E+999999999` would fill the memory."""

_EXACT: Final = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""The caller's own context may round to fewer digits than an amount has."""


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` counts the currency's smallest unit: fen, cents, whole yen."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")
        minor_digits(self.currency)

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Self:
        """Read an amount in major units, exactly.

        Raise `InputError` for text that is not plain digits with an optional point, and for more
        decimals than the currency has, unless they are zeros. Raise `TypeError` for a float.
        """
        if isinstance(amount, float):
            raise TypeError("an amount is text, an int or a Decimal; a float has lost its digits")
        digits = minor_digits(currency)
        text = _written_out(amount) if isinstance(amount, Decimal) else str(amount).strip()
        match = _PLAIN.fullmatch(text)
        if match is None:
            raise InputError(f"{text!r} is not an amount", hint=_why_not(text))
        sign, whole, fraction = match[1], match[2], match[3] or ""
        if fraction[digits:].strip("0"):
            raise InputError(
                f"{text!r} has more decimals than {currency} allows ({digits})",
                hint="round it yourself; Mercer never rounds what it is given",
            )
        minor = int(whole + fraction[:digits].ljust(digits, "0"))
        return cls(-minor if sign else minor, currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @property
    def amount(self) -> Decimal:
        """In major units, with the currency's own number of decimals."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency), _EXACT)

    def __str__(self) -> str:
        return f"{self.plain} {self.currency}"

    @property
    def plain(self) -> str:
        """The amount alone, as platforms and files take it: `12.30`, `1500`."""
        digits = minor_digits(self.currency)
        if not digits:
            return str(self.minor)
        whole, part = divmod(abs(self.minor), 10**digits)
        return f"{'-' if self.minor < 0 else ''}{whole}.{part:0{digits}}"

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            raise TypeError("multiply by an int; use `scaled` for a ratio")
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def scaled(self, ratio: Decimal, rounding: str = ROUND_HALF_EVEN) -> Money:
        """Times an exact ratio, rounded to the minor unit by a `decimal` rounding mode."""
        minor = _EXACT.multiply(Decimal(self.minor), ratio)
        return Money(int(minor.quantize(Decimal(1), rounding, _EXACT)), self.currency)

    def allocated(self, weights: Sequence[int]) -> list[Money]:
        """Split by weights so that the parts sum to the whole.

        Left-over units go first to last, to those whose share is no whole number of units.

        Raise `ValueError` unless every weight is >= 0 and one is > 0.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights are non-negative and not all zero")
        sign = -1 if self.minor < 0 else 1
        parts = [abs(self.minor) * weight // total for weight in weights]
        left = abs(self.minor) - sum(parts)
        for index, weight in enumerate(weights):
            if left and abs(self.minor) * weight % total:
                parts[index] += 1
                left -= 1
        return [Money(sign * part, self.currency) for part in parts]


def _written_out(amount: Decimal) -> str:
    return format(amount, "f") if abs(amount.adjusted()) < _LONGEST else str(amount)


def _why_not(text: str) -> str:
    if not text:
        return "the amount is blank; a blank is unknown, not zero"
    if _GROUPED.fullmatch(text):
        return "leave out the thousands separators: 1299.00"
    if _EXPONENT.fullmatch(text):
        return "write the digits out: spreadsheets turn long numbers into 1.2E+03"
    return "write digits with a point for decimals, such as 12.30"
