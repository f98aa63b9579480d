"""What a plan's changes come to, channel by channel: offers, and money over the units that it applies to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import Final

from mercer.core.cell import Lane
from mercer.core.money import Money
from mercer.core.plan import Change, ChannelSums, Stake
from mercer.core.rates import Rate, Rates
from mercer.store.to_plan import ToPlan

_MOST: Final = 2**63 - 1
"""What a row holds. Nobody has as much money: whatever comes to more is not known."""


def stake_of(row: ToPlan, cost: Money | None) -> Stake:
    """What hangs on a price that is to be pushed."""
    rise, units = row.rise, row.units
    moved = 0 if rise == 0 else None if rise is None or units is None else rise * units
    if moved is not None and abs(moved) > _MOST:
        moved = None
    return Stake(units, str(cost) if cost else None, moved)


@dataclass(slots=True)
class Moves:
    """Of one channel, sums in its own minor units. `uncounted`: moves that come to nobody knows what."""

    offers: int = 0
    changes: int = 0
    blocked: int = 0
    stock: int = 0
    cuts: int = 0
    rises: int = 0
    uncounted: int = 0

    def add(self, made: Sequence[Change]) -> None:
        """Changes in the order of the plan: those of an offer follow each other."""
        last = None
        for change in made:
            if change.guard:
                self.blocked += 1
                continue
            offer = change.cell.listing, change.cell.offer
            if offer != last:
                self.offers += 1
                last = offer
            if change.is_price:
                self._count(change.stake.moved)
            elif change.lane is Lane.STOCK:
                self.stock += 1
        self.changes += len(made)

    def _count(self, moved: int | None) -> None:
        if moved is None:
            self.uncounted += 1
        elif moved < 0:
            self.cuts -= moved
        else:
            self.rises += moved


@dataclass(slots=True)
class RiskSums:
    """Of a plan's channels. `currencies`: what each sells in; without a `currency` nothing is summed."""

    currencies: Mapping[str, str]
    currency: str
    rates: Rates
    of_channel: dict[str, Moves] = field(default_factory=lambda: defaultdict(Moves))

    def add(self, channel: str, made: Sequence[Change]) -> None:
        """Changes of whole listings, in the order of the plan, or one creation."""
        self.of_channel[channel].add(made)

    @property
    def at_risk(self) -> tuple[str, ...]:
        """`north: 8.00 CNY` for each channel with cuts, in its own currency."""
        return tuple(
            f"{name}: {Money(moves.cuts, self.currencies[name])}"
            for name, moves in self.of_channel.items()
            if moves.cuts
        )

    def reported(self) -> tuple[str | None, str | None, list[str]]:
        """Cuts and rises in the reporting currency, and what keeps them from being known."""
        found = {name: self._reported(name) for name in self.of_channel}
        lacks = [f"{name}: {why}" for name, why in found.items() if isinstance(why, str)]
        if lacks:
            return None, None, lacks if self.currency else []
        known = [each for each in found.values() if not isinstance(each, str)]
        return (
            self._text(sum(cuts for cuts, _ in known)),
            self._text(sum(rises for _, rises in known)),
            [],
        )

    def told(self) -> tuple[ChannelSums, ...]:
        return tuple(
            self._told(name, moves) for name, moves in self.of_channel.items() if moves.changes
        )

    def _told(self, name: str, moves: Moves) -> ChannelSums:
        known, rate = self._reported(name), self._rate(name)
        cuts, rises = (None, None) if isinstance(known, str) else map(self._text, known)
        return ChannelSums(
            name,
            self.currencies[name],
            moves.offers,
            moves.changes,
            moves.blocked,
            moves.stock,
            cuts,
            rises,
            None if isinstance(rate, str) else format(rate.value, "f"),
        )

    def _reported(self, name: str) -> tuple[int, int] | str:
        """Cuts and rises, up to the next minor unit: a risk is not made smaller. Or what is not known."""
        moves, rate = self.of_channel[name], self._rate(name)
        if moves.uncounted:
            return f"{moves.uncounted} price changes have no known quantity"
        if not (moves.cuts or moves.rises):
            return 0, 0
        if isinstance(rate, str):
            return rate
        return ceil(moves.cuts * rate.of_minor), ceil(moves.rises * rate.of_minor)

    def _rate(self, name: str) -> Rate | str:
        """Into the reporting currency, or why there is none."""
        own = self.currencies[name]
        if own == self.currency:
            return Rate(own, own, Decimal(1), self.rates.now)
        return self.rates.between(own, self.currency)

    def _text(self, minor: int) -> str | None:
        return str(Money(minor, self.currency)) if self.currency else None
