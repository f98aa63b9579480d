"""What a plan's price changes come to over the units they apply to: cuts and rises apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mercer.core.money import Money
from mercer.core.rates import Rate, Rates
from mercer.core.rounding import WHOLE


@dataclass(slots=True)
class Moves:
    """Sums in minor units; `uncounted` are the moves of offers that have no known quantity."""

    cuts: int = 0
    rises: int = 0
    uncounted: int = 0

    def add(self, rise: int, units: int | None) -> None:
        """`rise` of one unit, in minor units; a cut is negative."""
        if not rise:
            return
        if units is None:
            self.uncounted += 1
        elif rise < 0:
            self.cuts -= rise * units
        else:
            self.rises += rise * units


@dataclass(slots=True)
class RiskSums:
    """Of a plan's channels. `currencies`: what each sells in."""

    currencies: Mapping[str, str]
    of_channel: dict[str, Moves] = field(default_factory=dict)

    def add(self, channel: str, rise: int, units: int | None) -> None:
        self.of_channel.setdefault(channel, Moves()).add(rise, units)

    @property
    def at_risk(self) -> tuple[str, ...]:
        """`north: 8.00 CNY` for each channel with cuts, in its own currency."""
        return tuple(
            f"{name}: {Money(moves.cuts, self.currencies[name])}"
            for name, moves in self.of_channel.items()
            if moves.cuts
        )

    def reported(self, currency: str, rates: Rates) -> tuple[str | None, str | None, list[str]]:
        """Cuts and rises in one currency, and what keeps them from being known."""
        lacks: list[str] = []
        cuts = rises = 0
        for name, moves in self.of_channel.items():
            if moves.uncounted:
                lacks.append(f"{name}: {moves.uncounted} price changes have no known quantity")
            if not (moves.cuts or moves.rises):
                continue
            own = self.currencies[name]
            rate = rates.between(own, currency) if own != currency else None
            if isinstance(rate, str):
                lacks.append(f"{name}: {rate}")
                continue
            cuts += _converted(moves.cuts, rate)
            rises += _converted(moves.rises, rate)
        if lacks:
            return None, None, lacks
        return str(Money(cuts, currency)), str(Money(rises, currency)), []


def _converted(minor: int, rate: Rate | None) -> int:
    """Up to the next minor unit: a risk is not made smaller."""
    if rate is None or not minor:
        return minor
    exact = minor * rate.of_minor
    return WHOLE.up(-(-exact.numerator // exact.denominator))
