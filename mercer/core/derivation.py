"""What a SKU should cost on a channel, and how that comes about. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import Nothing
from mercer.core.guard import UNDECLARED, Limit
from mercer.core.money import Money
from mercer.core.price import PriceEntry, in_force, limit_of
from mercer.core.price_chain import Chain, Step, begun
from mercer.core.price_rule import NamedRule, PriceFacts, Unpriced
from mercer.core.rates import Rate, Rates

NO_TAGS: Final[frozenset[str]] = frozenset()

NO_COMPARE_AT: Final = "no compare-at price declared"
"""Why a cell follows the channel where the book says nothing of a strike-through price."""


@dataclass(frozen=True, slots=True)
class Derived:
    """`price` of `None` is unknown, for the reason in `why`. `compare_at` of `None`: none is
    declared, so the channel keeps its own.
    """

    price: Money | None
    compare_at: Money | Nothing | None
    why: str


@dataclass(frozen=True, slots=True)
class Book:
    """What the price book says of one SKU that matters on one channel, at one moment.

    `own` is the channel's entry in its currency, `base` the base entries by currency.
    """

    currency: str
    own: PriceEntry | None
    base: Mapping[str, PriceEntry]
    tags: frozenset[str] = NO_TAGS

    @property
    def standing(self) -> PriceEntry | None:
        """The base entry in the channel's currency."""
        return self.base.get(self.currency)

    @property
    def floor(self) -> Limit:
        """The channel's own where it declares one, else the base entry's; so for the ceiling."""
        for entry in (self.own, self.standing):
            if entry is not None and entry.floor is not None:
                return limit_of(entry.floor)
        return UNDECLARED

    @property
    def ceiling(self) -> Limit:
        for entry in (self.own, self.standing):
            if entry is not None and entry.ceiling is not None:
                return limit_of(entry.ceiling)
        return UNDECLARED

    def price_in(self, currency: str) -> Money | None:
        """The base price; so for the cost."""
        entry = self.base.get(currency)
        return None if entry is None else entry.price

    def cost_in(self, currency: str) -> Money | None:
        return self.costs.get(currency)

    @property
    def costs(self) -> dict[str, Money]:
        """Known costs by currency; the channel's own goes before the base entry's."""
        found = {money: each.cost for money, each in self.base.items()}
        if self.own is not None and self.own.cost is not None:
            found[self.currency] = self.own.cost
        return {money: cost for money, cost in found.items() if isinstance(cost, Money)}

    @property
    def prices(self) -> dict[str, Money]:
        return {money: each.price for money, each in self.base.items() if each.price is not None}

    @property
    def version(self) -> int:
        """The newest version of the price book that any of it was set in."""
        newest = self.own.version if self.own is not None else 0
        for entry in self.base.values():
            newest = max(newest, entry.version)
        return newest


@dataclass(slots=True)
class Pricing:
    """One channel's prices at one moment. `rules_version`: that of its rules."""

    channel: Channel
    rates: Rates
    rules_version: int = 0
    _chains: dict[tuple[NamedRule, ...], Chain] = field(default_factory=dict)
    _by_tags: dict[frozenset[str], Chain | None] = field(default_factory=dict)

    def book(self, entries: Iterable[PriceEntry], tags: frozenset[str] = NO_TAGS) -> Book:
        """`entries`: all of one SKU, of any channel, currency and time."""
        name, currency = self.channel.name, self.channel.currency
        own: list[PriceEntry] = []
        base: dict[str, list[PriceEntry]] = {}
        for entry in entries:
            if not entry.channel:
                base.setdefault(entry.currency, []).append(entry)
            elif entry.channel == name and entry.currency == currency:
                own.append(entry)
        holding: dict[str, PriceEntry] = {}
        for money, found in base.items():
            now = in_force(found, self.rates.now)
            if now is not None:
                holding[money] = now
        return Book(currency, in_force(own, self.rates.now) if own else None, holding, tags)

    def chain(self, tags: frozenset[str]) -> Chain | None:
        """The rules that concern a SKU with these tags; `None` if there are none."""
        if tags not in self._by_tags:
            rules = tuple(each for each in self.channel.price_rules if each.concerns(tags))
            if rules and rules not in self._chains:
                channel = self.channel
                self._chains[rules] = Chain(rules, channel.name, channel.currency, self.rates)
            self._by_tags[tags] = self._chains[rules] if rules else None
        return self._by_tags[tags]

    def derive(self, book: Book) -> Derived:
        """The channel's own price, else what its rules make, else the base price in its currency."""
        own = book.own
        if own is not None and own.price is not None:
            return Derived(own.price, own.compare_at, _book(own))
        chain = self.chain(book.tags)
        made = _standing(book) if chain is None else self._by_rules(book, chain)
        if own is not None and own.compare_at is not None:
            return replace(made, compare_at=own.compare_at)
        return made

    def _by_rules(self, book: Book, chain: Chain) -> Derived:
        begin = (book.price_in if chain.from_base else book.cost_in)(chain.source)
        facts = partial(self.facts, book)
        try:
            if begin is None:
                begun(chain.start, facts())
            assert begin is not None
            floor = book.floor.amount if chain.rounds else None
            ceiling = book.ceiling.amount if chain.rounds else None
            price = chain.priced(begin, floor, ceiling, facts)
        except Unpriced as error:
            return Derived(None, None, f"{error} ({self._told(chain)})")
        why = f"{self._told(chain)}; price book v{book.version}"
        return Derived(price, self._compare_at(book, chain), why)

    def _told(self, chain: Chain) -> str:
        return f"price rules v{self.rules_version}: {chain.names}"

    def _compare_at(self, book: Book, chain: Chain) -> Money | Nothing | None:
        """The same steps from the base entry's; of a price made from a cost there is none."""
        entry = book.base.get(chain.source) if chain.from_base else None
        declared = entry.compare_at if entry else None
        if not isinstance(declared, Money):
            return declared
        try:
            return chain.priced(declared, None, None, partial(self.facts, book))
        except Unpriced:
            return None

    def facts(self, book: Book) -> PriceFacts:
        name, currency = self.channel.name, self.channel.currency
        floor, ceiling = book.floor.amount, book.ceiling.amount
        return PriceFacts(name, currency, self.rates, book.prices, book.costs, floor, ceiling)

    def steps(self, book: Book) -> list[Step]:
        """The rules one after another, for a person; empty where none makes the price."""
        chain = self.chain(book.tags)
        return [] if chain is None else chain.steps(self.facts(book))

    def cost(self, book: Book) -> Money | None:
        """In the channel's currency, by a rate if it has to be; `None` is unknown."""
        currency, costs = self.channel.currency, book.costs
        if currency in costs:
            return costs[currency]
        for source, cost in sorted(costs.items()):
            rate = self.rates.between(source, currency)
            if isinstance(rate, Rate):
                return Money(ceil(cost.minor * rate.of_minor), currency)
        return None


def _standing(book: Book) -> Derived:
    entry = book.standing
    if entry is None or entry.price is None:
        return Derived(None, None, f"no price in {book.currency} in the price book")
    return Derived(entry.price, entry.compare_at, _book(entry))


def _book(entry: PriceEntry) -> str:
    which = "channel price" if entry.channel else "base price"
    until = f" until {entry.ends_at:%Y-%m-%d %H:%M} UTC" if entry.dated else ""
    return f"price book v{entry.version}: {which} in {entry.currency}{until}"
