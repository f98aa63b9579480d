"""Guards: what a plan may not do by itself. Pure; on by default; each can be set per channel.

A guard's name is what a person writes to allow it once: `--allow big-move:SKU-1`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from mercer.core.cell import Nothing
from mercer.core.money import Money


class Guard(StrEnum):
    MISSING_PRICE = "missing-price"
    NOT_POSITIVE = "not-positive"
    WRONG_CURRENCY = "wrong-currency"
    BELOW_FLOOR = "below-floor"
    BLANK_FLOOR = "blank-floor"
    UNFLOORED = "unfloored"
    ABOVE_CEILING = "above-ceiling"
    BELOW_MARGIN = "below-margin"
    UNKNOWN_COST = "unknown-cost"
    DECIMAL_SLIP = "decimal-slip"
    BIG_MOVE = "big-move"
    STRIKE_THROUGH = "strike-through"
    UNKNOWN_HISTORY = "unknown-history"
    MISSING_STOCK = "missing-stock"
    NEGATIVE_STOCK = "negative-stock"
    WIDE_CHANGE = "wide-change"
    MONEY_AT_RISK = "money-at-risk"
    UNKNOWN_QUANTITY = "unknown-quantity"
    MASS_SELL_OUT = "mass-sell-out"
    UNADOPTED = "unadopted"


NEVER_ALLOWED = frozenset(
    {
        Guard.MISSING_PRICE,
        Guard.NOT_POSITIVE,
        Guard.WRONG_CURRENCY,
        Guard.MISSING_STOCK,
        Guard.NEGATIVE_STOCK,
    }
)
"""No override makes an unknown or worthless value publishable."""


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Percentages are whole numbers. `None` turns the limit off.

    `prior_price`: a strike-through is held against the lowest price charged in 30 days.
    `min_margin_percent` is of the price, once the cost is paid; it is off by default. The shares of a
    channel count only beyond `share_from` offers, so that a small shop can change
    everything at once.
    """

    max_move_percent: int | None = 30
    decimal_slip: bool = True
    require_floor: bool = False
    prior_price: bool = True
    require_history: bool = False
    min_margin_percent: int | None = None
    max_changed_percent: int | None = 30
    max_sold_out_percent: int | None = 30
    share_from: int = 100
    max_risk: Money | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`blocks` is false for what is only to be known."""

    guard: Guard
    message: str
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Limit:
    """A floor or ceiling: not declared, declared but blank, or an amount."""

    declared: bool = False
    amount: Money | None = None


UNDECLARED: Final = Limit()


class PriceMove(NamedTuple):
    """One offer's price as it was seen and as it would be, with the strike-through beside it.

    `cost` is what a unit costs, where known. `lowest_before` is the lowest price charged in the 30
    days before the reduction, where known.
    """

    currency: str
    before: Money | None
    after: Money | None
    compare_at: Money | Nothing | None = None
    floor: Limit = UNDECLARED
    ceiling: Limit = UNDECLARED
    cost: Money | None = None
    lowest_before: Money | None = None


def check_price(move: PriceMove, settings: GuardSettings) -> list[Finding]:
    """Everything that is wrong with one price, the worst first."""
    after = move.after
    if after is None:
        return [Finding(Guard.MISSING_PRICE, f"no price in {move.currency} is known")]
    if after.currency != move.currency:
        message = f"{after} on a channel that sells in {move.currency}"
        return [Finding(Guard.WRONG_CURRENCY, message)]
    if after.minor <= 0:
        return [Finding(Guard.NOT_POSITIVE, f"{after} is not a price")]
    findings = [*_limits(move, after, settings)]
    if settings.min_margin_percent is not None:
        findings += _margin(move.cost, after, settings.min_margin_percent)
    findings += _movement(move.before, after, settings)
    if isinstance(move.compare_at, Money):
        findings += _strike_through(move.compare_at, move.lowest_before, after, settings)
    return findings


def _limits(move: PriceMove, after: Money, settings: GuardSettings) -> Iterator[Finding]:
    floor, ceiling = move.floor, move.ceiling
    if floor.declared and floor.amount is None:
        yield Finding(Guard.BLANK_FLOOR, "a floor is declared but blank; a blank is unknown, not 0")
    elif floor.amount is not None and _below(after, floor.amount):
        yield Finding(Guard.BELOW_FLOOR, f"{after} is below the floor of {floor.amount}")
    elif not floor.declared and settings.require_floor:
        yield Finding(Guard.UNFLOORED, "this channel requires a floor and none is declared")
    if ceiling.declared and ceiling.amount is None:
        yield Finding(Guard.ABOVE_CEILING, "a ceiling is declared but blank; a blank is unknown")
    elif ceiling.amount is not None and not _below(after, ceiling.amount, or_equal=True):
        yield Finding(Guard.ABOVE_CEILING, f"{after} is above the ceiling of {ceiling.amount}")


def _margin(cost: Money | None, after: Money, least: int) -> Iterator[Finding]:
    if cost is None or cost.currency != after.currency:
        message = (
            f"a margin of {least} % is required, and the cost in {after.currency} is not known"
        )
        yield Finding(Guard.UNKNOWN_COST, message)
    elif (after.minor - cost.minor) * 100 < after.minor * least:
        percent = (after.minor - cost.minor) * 100 / after.minor
        message = f"{after} leaves {percent:.1f} % over a cost of {cost}; {least} % is the least"
        yield Finding(Guard.BELOW_MARGIN, message)


def _below(price: Money, limit: Money, or_equal: bool = False) -> bool:
    """A limit in another currency cannot be compared, so the price counts as on its wrong side."""
    if price.currency != limit.currency:
        return not or_equal
    return price.minor < limit.minor or (or_equal and price.minor == limit.minor)


def _movement(before: Money | None, after: Money, settings: GuardSettings) -> Iterator[Finding]:
    if before is None or before.minor <= 0 or before.currency != after.currency:
        return
    if settings.decimal_slip and (times := _slip(before.minor, after.minor)):
        yield Finding(
            Guard.DECIMAL_SLIP, f"{times} looks like a slip of the point: {before} -> {after}"
        )
    limit = settings.max_move_percent
    if limit is not None and abs(after.minor - before.minor) * 100 > before.minor * limit:
        percent = (after.minor - before.minor) * 100 / before.minor
        yield Finding(
            Guard.BIG_MOVE, f"{percent:+.1f} % is more than {limit} %: {before} -> {after}"
        )


def _slip(before: int, after: int) -> str:
    """Within 2 % of ten or a hundred times, up or down."""
    for factor in (10, 100):
        if abs(after - before * factor) * 50 <= before * factor:
            return f"x{factor}"
        if abs(after * factor - before) * 50 <= before:
            return f"/{factor}"
    return ""


def _strike_through(
    strike: Money, lowest_before: Money | None, after: Money, settings: GuardSettings
) -> Iterator[Finding]:
    if strike.currency != after.currency or strike.minor <= after.minor:
        yield Finding(Guard.STRIKE_THROUGH, f"strike-through {strike} is not above {after}")
        return
    if not settings.prior_price:
        return
    if lowest_before is None:
        message = f"whether {strike} was charged in the last 30 days is not known"
        yield Finding(Guard.UNKNOWN_HISTORY, message, blocks=settings.require_history)
    elif _below(lowest_before, strike):
        message = f"strike-through {strike} is above the 30-day lowest price {lowest_before}"
        yield Finding(Guard.STRIKE_THROUGH, message)


def check_stock(after: int | None) -> list[Finding]:
    if after is None:
        return [Finding(Guard.MISSING_STOCK, "no opening balance: the stock is unknown, not 0")]
    if after < 0:
        return [Finding(Guard.NEGATIVE_STOCK, f"{after} cannot be shown")]
    return []


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """One channel's part of a plan, counted in offers.

    `changed` leaves out stock and creations.
    `cuts` sums max(0, old - new) x sellable units; `unknown_quantities` are the cuts that could not
    be counted.
    """

    offers: int
    changed: int
    delisted: int
    sold_out: int
    cuts: Money | None = None
    unknown_quantities: int = 0


def check_plan(figures: PlanFigures, settings: GuardSettings) -> list[Finding]:
    """What is wrong with a channel's changes as a whole."""
    findings = []
    changed = max(figures.changed, figures.delisted)
    if _too_many(changed, figures.offers, settings.max_changed_percent, settings.share_from):
        message = f"{changed} of {figures.offers} offers would change or be delisted"
        findings.append(Finding(Guard.WIDE_CHANGE, message))
    if _too_many(
        figures.sold_out, figures.offers, settings.max_sold_out_percent, settings.share_from
    ):
        message = f"{figures.sold_out} of {figures.offers} offers would show no stock"
        findings.append(Finding(Guard.MASS_SELL_OUT, message))
    if settings.max_risk is not None:
        findings.extend(_risk(figures, settings.max_risk))
    return findings


def _too_many(count: int, offers: int, percent: int | None, share_from: int) -> bool:
    return percent is not None and count > share_from and count * 100 > offers * percent


def _risk(figures: PlanFigures, limit: Money) -> Iterator[Finding]:
    if figures.cuts is not None and not _below(figures.cuts, limit, or_equal=True):
        yield Finding(
            Guard.MONEY_AT_RISK, f"{figures.cuts} at risk is more than the channel's {limit}"
        )
    if figures.unknown_quantities:
        message = f"{figures.unknown_quantities} cuts have no known quantity to count the risk by"
        yield Finding(Guard.UNKNOWN_QUANTITY, message)
