"""The lowest price that was really charged before a reduction, from what an offer was seen to cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from mercer.core.money import Money

LOOK_BACK: Final = timedelta(days=30)
"""What the EU's Price Indication Directive (98/6/EC, article 6a) has a reduction measured against."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an offer cost from `at` until the next one."""

    at: datetime
    price: Money


@dataclass(frozen=True, slots=True)
class Lowest:
    """`price` is the lowest that is known; `whole`: the record reaches over all of the 30 days."""

    price: Money | None = None
    whole: bool = False


def lowest_before(shown: Sequence[Shown], after: Money, now: datetime) -> Lowest:
    """The lowest price of the 30 days before the reduction to `after`. `shown`: the oldest first.

    The reduction is this change if it lowers the price, else the last one in the record that it does
    not undo. Where there is none and the record does not reach back far enough to be sure of that,
    nothing is known.
    """
    shown = [each for each in shown if each.price.currency == after.currency]
    if not shown:
        return Lowest()
    at = now if after < shown[-1].price else _last_reduction(shown, after)
    if at is None:
        whole = shown[0].at <= now - LOOK_BACK
        if not whole:
            return Lowest()
        at = now
    first = at - LOOK_BACK
    charged = _charged(shown, after.currency, first, at)
    if not charged:
        return Lowest()
    return Lowest(min(charged, key=lambda price: price.minor), shown[0].at <= first)


def is_new_low(shown: Sequence[Shown], after: Money, now: datetime) -> bool:
    """Nothing as low was charged in the last 30 days, as far as is known."""
    return all(after < price for price in _charged(shown, after.currency, now - LOOK_BACK, now))


def _charged(
    shown: Sequence[Shown], currency: str, first: datetime, until: datetime
) -> list[Money]:
    """What was charged at some moment between the two."""
    shown = [each for each in shown if each.price.currency == currency]
    ends = [*(later.at for later in shown[1:]), until]
    return [
        each.price
        for each, end in zip(shown, ends, strict=False)
        if each.at < until and end > first
    ]


def _last_reduction(shown: Sequence[Shown], after: Money) -> datetime | None:
    """Not one whose price before it `after` has again: that reduction is over."""
    found = [
        later.at
        for earlier, later in pairwise(shown)
        if later.price < earlier.price and after < earlier.price
    ]
    return found[-1] if found else None
