"""Price rules: steps from a base price or a cost to what a channel asks. Pure and exact.

A rule whose input is not known raises `Unpriced`: the price is then unknown, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final, Protocol, runtime_checkable

from mercer.core.currency import minor_digits
from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.core.rates import Rate, Rates
from mercer.core.rounding import Direction, Grid, grid_of


class Unpriced(Exception):
    """Why there is no price, as a sentence."""


@dataclass(frozen=True, slots=True)
class Exact:
    """An amount on its way, in minor units and parts of them."""

    minor: Fraction
    currency: str

    def __str__(self) -> str:
        """With up to four decimals more than the currency has."""
        if self.minor.denominator == 1:
            return str(Money(self.minor.numerator, self.currency))
        digits = minor_digits(self.currency) + 4
        text = format(Decimal(round(self.minor * 10000)).scaleb(-digits), "f")
        return f"{text.rstrip('0').rstrip('.')} {self.currency}"


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """What a rule may look at. `base` and `cost` are by currency; what is not there is unknown.

    `floor` and `ceiling` are in the channel's `currency`, where they are known.
    """

    channel: str
    currency: str
    rates: Rates
    base: Mapping[str, Money] = field(default_factory=dict)
    cost: Mapping[str, Money] = field(default_factory=dict)
    floor: Money | None = None
    ceiling: Money | None = None


class PriceRule(Protocol):
    """One step. Pure, and its `repr` tells all its settings: plans are held to it.

    It is one of three: a `Start` begins with a price or cost of the book, a `Line` multiplies and
    adds, a `Turn` does anything else, as rounding.
    """

    def __str__(self) -> str:
        """What it does, for a person: `margin of 35 % on the cost in CNY`."""


@runtime_checkable
class Start(PriceRule, Protocol):
    """What came before it counts no more."""

    def amounts(self, facts: PriceFacts) -> Mapping[str, Money]:
        """Those of the SKU that it may begin with, by currency: `facts.base` or `facts.cost`."""

    def begins(self, currency: str) -> tuple[str, Fraction]:
        """The currency of the amount it begins with, and what that is multiplied by; `currency` is
        the channel's.
        """


@runtime_checkable
class Line(PriceRule, Protocol):
    def line(self, before: str, currency: str, rates: Rates) -> tuple[Fraction, Fraction, str]:
        """What an amount of currency `before` is multiplied by, what is added in minor units, and
        the currency it is in then; `currency` is the channel's. Raise `Unpriced`.
        """


@runtime_checkable
class Turn(PriceRule, Protocol):
    def turned(self, before: Exact, facts: PriceFacts) -> Exact:
        """Raise `Unpriced` where something it needs is not known."""


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule of a channel. `tags`: only for products with one of them; empty is every product.

    `origin` is where it stands in its file.
    """

    name: str
    rule: PriceRule
    tags: tuple[str, ...] = ()
    origin: str = field(default="", compare=False, repr=False)

    def concerns(self, tags: frozenset[str]) -> bool:
        return not self.tags or not tags.isdisjoint(self.tags)


def _in(currency: str) -> str:
    return f" in {currency}" if currency else ""


def _share(percent: Decimal) -> Fraction:
    return Fraction(percent) / 100


@dataclass(frozen=True, slots=True)
class Base:
    """The base price; in the channel's currency where no other is named."""

    currency: str = ""

    def amounts(self, facts: PriceFacts) -> Mapping[str, Money]:
        return facts.base

    def begins(self, currency: str) -> tuple[str, Fraction]:
        return self.currency or currency, Fraction(1)

    def __str__(self) -> str:
        return f"base price{_in(self.currency)}"


@dataclass(frozen=True, slots=True)
class Markup:
    """The cost and `percent` of it on top."""

    percent: Decimal
    currency: str = ""

    def amounts(self, facts: PriceFacts) -> Mapping[str, Money]:
        return facts.cost

    def begins(self, currency: str) -> tuple[str, Fraction]:
        return self.currency or currency, 1 + _share(self.percent)

    def __str__(self) -> str:
        return f"cost{_in(self.currency)} and {self.percent} % on top"


@dataclass(frozen=True, slots=True)
class Margin:
    """A price of which `percent` is left once the cost is paid."""

    percent: Decimal
    currency: str = ""

    def amounts(self, facts: PriceFacts) -> Mapping[str, Money]:
        return facts.cost

    def begins(self, currency: str) -> tuple[str, Fraction]:
        return self.currency or currency, 1 / (1 - _share(self.percent))

    def __str__(self) -> str:
        return f"margin of {self.percent} % over the cost{_in(self.currency)}"


@dataclass(frozen=True, slots=True)
class Percent:
    """So many percent more, or less if it is negative."""

    percent: Decimal

    def line(self, before: str, currency: str, rates: Rates) -> tuple[Fraction, Fraction, str]:
        del currency, rates
        return 1 + _share(self.percent), Fraction(0), before

    def __str__(self) -> str:
        return f"{self.percent:+} %"


@dataclass(frozen=True, slots=True)
class Amount:
    """So much more, or less if it is negative."""

    amount: Money

    def line(self, before: str, currency: str, rates: Rates) -> tuple[Fraction, Fraction, str]:
        del currency, rates
        return Fraction(1), _added(self.amount, before), before

    def __str__(self) -> str:
        return f"{'+' if self.amount.minor >= 0 else ''}{self.amount}"


def _added(amount: Money, currency: str) -> Fraction:
    if amount.currency != currency:
        raise Unpriced(
            f"{amount} cannot be added to a price in {currency}: put a conversion before"
        )
    return Fraction(amount.minor)


@dataclass(frozen=True, slots=True)
class Fees:
    """A price of which as much is left as before, once the platform's `commission` and `shipping`
    are paid.
    """

    commission: Decimal = Decimal(0)
    shipping: Money | None = None

    def line(self, before: str, currency: str, rates: Rates) -> tuple[Fraction, Fraction, str]:
        del currency, rates
        paid = Fraction(0) if self.shipping is None else _added(self.shipping, before)
        times = 1 / (1 - _share(self.commission))
        return times, paid * times, before

    def __str__(self) -> str:
        commission = f"commission of {self.commission} %" if self.commission else ""
        shipping = f"shipping of {self.shipping}" if self.shipping else ""
        return " and ".join(filter(None, (commission, shipping))) + " made good"


@dataclass(frozen=True, slots=True)
class Convert:
    """Into the channel's currency, or the one named, by the rate table."""

    currency: str = ""

    def line(self, before: str, currency: str, rates: Rates) -> tuple[Fraction, Fraction, str]:
        target = self.currency or currency
        if before == target:
            return Fraction(1), Fraction(0), before
        rate = rates.between(before, target)
        if not isinstance(rate, Rate):
            raise Unpriced(rate)
        return rate.of_minor, Fraction(0), target

    def __str__(self) -> str:
        return f"converted to {self.currency or 'the currency of the channel'}"


@dataclass(frozen=True, slots=True)
class Round:
    """To a multiple of `to`, or to the nearest of `endings`; never across a floor or ceiling."""

    to: str = ""
    endings: tuple[str, ...] = ()
    direction: Direction = Direction.NEAREST

    def grid(self, currency: str) -> Grid:
        try:
            return grid_of(self.to, self.endings, currency)
        except InputError as error:
            raise Unpriced(f"cannot round to {self.steps}: {error.message}") from None

    def rounded(
        self, over: int, under: int, currency: str, floor: int | None, ceiling: int | None
    ) -> int:
        """Limits of `None` are not known, or not of this currency."""
        found = self.grid(currency).within(over, under, self.direction, floor, ceiling)
        if found is None:
            before = Exact(Fraction(over, under), currency)
            raise Unpriced(f"no {self.steps} lies between the floor and the ceiling near {before}")
        return found

    def turned(self, before: Exact, facts: PriceFacts) -> Exact:
        own = before.currency == facts.currency
        found = self.rounded(
            before.minor.numerator,
            before.minor.denominator,
            before.currency,
            facts.floor.minor if own and facts.floor is not None else None,
            facts.ceiling.minor if own and facts.ceiling is not None else None,
        )
        return Exact(Fraction(found), before.currency)

    def __str__(self) -> str:
        way = "" if self.direction is Direction.NEAREST else f", {self.direction.value}"
        return f"rounded to {self.steps}{way}"

    @property
    def steps(self) -> str:
        return self.to or " or ".join(self.endings)


STANDING: Final = NamedRule("base price", Base())
"""What a chain begins with where none of its rules starts one."""
