"""Rates of exchange: dated, imported by a person, and of no use once they are too old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from mercer.core.currency import minor_digits


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `source` is `value` of `target`, since `at`. `version` is that of the rate table."""

    source: str
    target: str
    value: Decimal
    at: datetime
    version: int = 0

    def __str__(self) -> str:
        since = f"{self.at:%Y-%m-%d}"
        return f"1 {self.source} = {self.value} {self.target} of {since}, rates v{self.version}"

    @property
    def of_minor(self) -> Fraction:
        """From minor units to minor units, exactly."""
        return in_minor(self.value, self.source, self.target)


@lru_cache(maxsize=256)
def in_minor(value: Decimal, source: str, target: str) -> Fraction:
    """A rate of major units as one of minor units, exactly."""
    return Fraction(value) * Fraction(10) ** (minor_digits(target) - minor_digits(source))


@dataclass(frozen=True, slots=True)
class Rates:
    """The rates that hold now, by (source, target). One older than `max_age` is not to be used."""

    now: datetime
    max_age: timedelta = timedelta(days=7)
    known: Mapping[tuple[str, str], Rate] = field(default_factory=dict)

    def between(self, source: str, target: str) -> Rate | str:
        """The rate, or why there is none to use. Nothing is made from other pairs or the way back."""
        rate = self.known.get((source, target))
        if rate is None:
            return f"no rate from {source} to {target} is known"
        if self.now - rate.at > self.max_age:
            days = self.max_age.days
            return (
                f"the rate from {source} to {target} of {rate.at:%Y-%m-%d} is over {days} days old"
            )
        return rate
