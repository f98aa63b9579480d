"""The rules of one channel, made ready for many SKUs: lines that follow each other are one line.

`Chain.priced` is what prices are made with; `Chain.steps` takes the same rules one by one, for a
person to read. Both come to the same: a property test holds them to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mercer.core.currency import minor_digits
from mercer.core.money import Money
from mercer.core.price_rule import (
    STANDING,
    Base,
    Exact,
    Line,
    NamedRule,
    PriceFacts,
    Round,
    Start,
    Turn,
    Unpriced,
)
from mercer.core.rates import Rates
from mercer.core.rounding import WHOLE, Direction


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a derivation: the amount after it, or why there is none."""

    name: str
    amount: Exact | None
    told: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class _Folded:
    """Whole numbers: (over * times + under * plus) / (under * bottom)."""

    times: int
    plus: int
    bottom: int

    @classmethod
    def of(cls, times: Fraction, plus: Fraction) -> _Folded:
        bottom = times.denominator * plus.denominator
        return cls(int(times * bottom), int(plus * bottom), bottom)


@dataclass(frozen=True, slots=True)
class _Turned:
    """`before`: the currency it is in."""

    rule: Turn
    before: str


class Chain:
    """Rules as they concern a SKU of one channel at one moment.

    `broken` says why none gets a price; `rounds`: floor and ceiling are looked at on the way.
    """

    def __init__(
        self, rules: Sequence[NamedRule], channel: str, currency: str, rates: Rates
    ) -> None:
        starts = [index for index, each in enumerate(rules) if isinstance(each.rule, Start)]
        self.rules = list(rules[starts[-1] :]) if starts else [STANDING, *rules]
        self.channel, self.currency, self.rates = channel, currency, rates
        start = self.rules[0].rule
        assert isinstance(start, Start)
        self.start = start
        self.source, times = start.begins(currency)
        self.names = ", ".join(each.name for each in self.rules)
        self.broken = ""
        self._parts: list[_Folded | _Turned] = []
        try:
            self._fold(times)
        except Unpriced as error:
            self.broken = str(error)
        self.rounds = any(isinstance(part, _Turned) for part in self._parts)

    @property
    def from_base(self) -> bool:
        return isinstance(self.start, Base)

    def _fold(self, times: Fraction) -> None:
        plus, currency = Fraction(0), self.source
        for each in self.rules[1:]:
            if isinstance(each.rule, Line):
                more, added, currency = each.rule.line(currency, self.currency, self.rates)
                times, plus = times * more, plus * more + added
                continue
            assert isinstance(each.rule, Turn)
            self._parts += [_Folded.of(times, plus), _Turned(each.rule, currency)]
            times, plus = Fraction(1), Fraction(0)
        if currency != self.currency:
            raise Unpriced(
                f"the rules end in {currency}, and {self.channel} sells in {self.currency}: "
                "add a conversion"
            )
        if times != 1 or plus != 0 or not self._parts:
            self._parts.append(_Folded.of(times, plus))

    def priced(
        self,
        begin: Money,
        floor: Money | None,
        ceiling: Money | None,
        facts: Callable[[], PriceFacts],
    ) -> Money:
        """From the amount it begins with, to whole minor units, halfway up. Raise `Unpriced`.

        `facts` are made for rules of plugins only.
        """
        if self.broken:
            raise Unpriced(self.broken)
        over, under = begin.minor, 1
        for part in self._parts:
            if isinstance(part, _Folded):
                over = over * part.times + under * part.plus
                under *= part.bottom
            elif isinstance(part.rule, Round):
                own = part.before == self.currency
                least = floor.minor if own and floor is not None else None
                most = ceiling.minor if own and ceiling is not None else None
                over = part.rule.rounded(over, under, part.before, least, most)
                under = 1
            else:
                after = part.rule.turned(Exact(Fraction(over, under), part.before), facts())
                over, under = after.minor.numerator, after.minor.denominator
        return self._finished(over, under)

    def _finished(self, over: int, under: int) -> Money:
        if over <= 0:
            found = Exact(Fraction(over, under), self.currency)
            raise Unpriced(f"the rules come to {found}, which is no price")
        minor = over if under == 1 else WHOLE.rounded(over, under, Direction.NEAREST)
        return Money(minor, self.currency)

    def steps(self, facts: PriceFacts) -> list[Step]:
        """One for each rule, up to the one that has no amount to tell."""
        found: list[Step] = []
        amount: Exact | None = None
        for each in self.rules:
            before, told = amount, str(each.rule)
            try:
                amount = self._stepped(each, before, facts)
            except Unpriced as error:
                return [*found, Step(each.name, None, str(error), each.origin)]
            if before is not None and before.currency != amount.currency:
                told = str(self.rates.between(before.currency, amount.currency))
            found.append(Step(each.name, amount, told, each.origin))
        assert amount is not None
        return [*found, *self._last(amount)]

    def _stepped(self, each: NamedRule, amount: Exact | None, facts: PriceFacts) -> Exact:
        rule = each.rule
        if isinstance(rule, Start):
            return begun(rule, facts)
        assert amount is not None
        if isinstance(rule, Line):
            times, plus, currency = rule.line(amount.currency, self.currency, self.rates)
            return Exact(amount.minor * times + plus, currency)
        assert isinstance(rule, Turn)
        return rule.turned(amount, facts)

    def _last(self, amount: Exact) -> list[Step]:
        if amount.currency == self.currency and amount.minor.denominator == 1 and amount.minor > 0:
            return []
        try:
            if self.broken:
                raise Unpriced(self.broken)
            price = self._finished(amount.minor.numerator, amount.minor.denominator)
        except Unpriced as error:
            return [Step("", None, str(error))]
        digits = minor_digits(self.currency)
        return [Step("whole units", Exact(Fraction(price.minor), self.currency), _decimals(digits))]


def _decimals(digits: int) -> str:
    return f"to {digits} decimals" if digits else "to whole units of the currency"


def begun(rule: Start, facts: PriceFacts) -> Exact:
    """What a chain begins with. Raise `Unpriced` where the book does not know it."""
    currency, times = rule.begins(facts.currency)
    found = rule.amounts(facts).get(currency)
    if found is None:
        what = "price" if isinstance(rule, Base) else "cost"
        where = "in the price book" if isinstance(rule, Base) else "is known"
        raise Unpriced(f"no {what} in {currency} {where}")
    return Exact(found.minor * times, currency)
