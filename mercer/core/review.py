"""What a reviewer is told of a change beside its values, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final, Self

from mercer.core.cell import money_from_text
from mercer.core.money import Money
from mercer.core.plan import Change, Totals
from mercer.core.rates import in_minor
from mercer.core.scheduled import price_in

_FINE: Final = 1_000_000
"""Weights are whole numbers, so that a database puts changes into the very same order."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a change of a price; `None` is not known, and of any other change it does not apply.

    `move` is how far the price goes, in percent of what the shop shows, with its sign; `margin` what
    is left over the cost, in percent of the new price. `moved`: what all units come to in the reporting
    currency, below 0 for a cut.
    """

    move: str | None = None
    margin: str | None = None
    moved: Money | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """Money of every channel in the reporting currency, at the rates that a plan was made with.

    `rates`: channel -> so many minor units of `currency` for one of its own.
    """

    currency: str
    rates: Mapping[str, Fraction]

    @classmethod
    def of(cls, totals: Totals) -> Self:
        known = {
            each.channel: in_minor(Decimal(each.rate), each.currency, totals.currency)
            for each in totals.sums
            if each.rate is not None
        }
        return cls(totals.currency, known)

    @property
    def weights(self) -> dict[str, int]:
        """What one minor unit of each channel weighs; a channel that is not there cannot be weighed."""
        return {channel: ceil(rate * _FINE) for channel, rate in self.rates.items()}

    def money(self, channel: str, moved: int | None) -> Money | None:
        """Up to the next minor unit: a risk is not made smaller."""
        rate = self.rates.get(channel)
        if moved is None or rate is None:
            return None
        amount = ceil(abs(moved) * rate)
        return Money(-amount if moved < 0 else amount, self.currency)

    def figures(self, change: Change) -> Figures:
        if not change.is_price:
            return Figures()
        before, after = price_in(change.before), price_in(change.after)
        cost = money_from_text(change.stake.cost)
        return Figures(
            _share(before, after, before, signed=True),
            _share(cost, after, after),
            self.money(change.cell.channel, change.stake.moved),
        )


def _share(
    less: Money | None, amount: Money | None, of: Money | None, *, signed: bool = False
) -> str | None:
    """`amount` less `less`, in percent of `of`, to one decimal."""
    if less is None or amount is None or of is None or of.minor <= 0:
        return None
    if less.currency != amount.currency:
        return None
    rest = amount.minor - less.minor
    tenths = round(Fraction(abs(rest) * 1000, of.minor))
    sign = "-" if rest < 0 else "+" if signed and rest else ""
    return f"{sign}{tenths // 10}.{tenths % 10}"


def by_risk(changes: Iterable[Change], weights: Mapping[str, int]) -> list[Change]:
    """The order of `store.plans.by_risk`: what is to be done, then what is blocked.

    Of each, prices of which nobody knows what they come to, cuts, rises, and what moves no money; the
    most money first.
    """

    def rank(change: Change) -> tuple[bool, int, int]:
        weight, moved = weights.get(change.cell.channel), change.stake.moved
        if not change.is_price:
            return change.blocked, 3, 0
        if weight is None or moved is None:
            return change.blocked, 0, 0
        return change.blocked, 1 if moved < 0 else 2, -abs(moved * weight)

    return sorted(changes, key=rank)
