"""Which prices of campaigns a platform is asked to show by its own clock, and what its price is beside.

A scheduled price says what the book says, from the moment at which the book says it until it says so no
more. Where the two differ there is none, and the price itself is pushed at the edge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from mercer.core.cell import Field
from mercer.core.derivation import Derived, Pricing
from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.core.scheduled import Scheduled
from mercer.store import campaigns, catalogue, prices
from mercer.store.campaigns import Span
from mercer.store.database import Transaction
from mercer.sync.desired import Desired
from mercer.sync.session import Session

_NONE: Final = Desired(None, "no scheduled price asked for", followed=True)

_SOONEST: Final = timedelta(minutes=30)
"""Before a start, where the channel is not connected and so does not tell how long a write may take."""


@dataclass(frozen=True, slots=True)
class ScheduledPrices:
    """`spans`, `entries` and `tags` are by SKU: when campaigns price it, and what the book says of it.

    `lead`: how long before its start a price is handed at the latest.
    """

    pricing: Pricing
    lead: timedelta
    spans: Mapping[str, Sequence[Span]] = field(default_factory=dict)
    entries: Mapping[str, Sequence[PriceEntry]] = field(default_factory=dict)
    tags: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, tx: Transaction, session: Session, pricing: Pricing, skus: Collection[str]
    ) -> ScheduledPrices:
        name, now = pricing.channel.name, pricing.rates.now
        connection = session.connections.get(name)
        lead = connection.declared.deadline if connection else _SOONEST
        spans = campaigns.spans_of(tx, name, skus, now)
        if not spans:
            return cls(pricing, lead)
        tagged = any(rule.tags for rule in pricing.channel.price_rules)
        tags = catalogue.tags_of(tx, spans) if tagged else {}
        return cls(pricing, lead, spans, prices.of_skus(tx, list(spans)), tags)

    def desired(self, sku: str, shown: Scheduled | None, *, priced: bool) -> Desired:
        """What the platform is to have scheduled. `shown`: what it has; `priced`: the price beside it is
        Mercer's to set.

        A sale that somebody else has made there is left alone.
        """
        ours = self._is_ours(sku, shown)
        if shown is not None and not ours and shown.ends_at > self._now:
            return _NONE
        asked = self._asked(sku)
        wanted = self._wanted(sku, asked) if asked and priced else None
        if wanted is None or asked is None:
            return Desired("", "its campaign asks for it no more") if ours else _NONE
        if not ours and wanted.starts_at - self.lead <= self._now:
            return _NONE  # too late: it is pushed
        return Desired(str(wanted), f"campaign {asked.campaign}")

    def outside(self, sku: str, shown: Scheduled | None) -> Desired | None:
        """What the price beside a scheduled one is to be; `None` where it has to be the price itself."""
        asked = self._asked(sku) if self._is_ours(sku, shown) else None
        if asked is None or self._wanted(sku, asked) is None:
            return None
        made = self._derived(sku, self._now, asked)
        why = f"{made.why}, outside campaign {asked.campaign}"
        return Desired(None if made.price is None else str(made.price), why)

    @property
    def _now(self) -> datetime:
        return self.pricing.rates.now

    def _is_ours(self, sku: str, shown: Scheduled | None) -> bool:
        """By its times: those of a campaign, which may have been called off since."""
        spans = self.spans.get(sku, ())
        return shown is not None and any(
            shown.times == Scheduled(shown.price, each.starts_at, each.ends_at).times
            for each in spans
        )

    def _asked(self, sku: str) -> Span | None:
        """The next of its campaigns that the book knows of."""
        for span in self.spans.get(sku, ()):
            if any(self._is_of(entry, span) for entry in self.entries.get(sku, ())):
                return span
        return None

    def _is_of(self, entry: PriceEntry, span: Span) -> bool:
        channel = self.pricing.channel
        return (entry.channel, entry.currency, entry.starts_at, entry.ends_at) == (
            channel.name,
            channel.currency,
            span.starts_at,
            span.ends_at,
        )

    def _wanted(self, sku: str, span: Span) -> Scheduled | None:
        """One price all along, and below what holds without it: else no platform could be told it."""
        moments = list(self._moments(sku, span))
        made = {self._derived(sku, moment, None).price for moment in moments}
        price = made.pop()
        if made or price is None:
            return None
        if not all(_below(price, self._derived(sku, each, span).price) for each in moments):
            return None
        return Scheduled(price, span.starts_at, span.ends_at)

    def _moments(self, sku: str, span: Span) -> Iterator[datetime]:
        """Now or the start, and whenever until the end the book says something else."""
        first = max(span.starts_at, self._now)
        yield first
        for entry in self.entries[sku]:
            for moment in (entry.starts_at, entry.ends_at):
                if first < moment < span.ends_at:
                    yield moment

    def _derived(self, sku: str, moment: datetime, without: Span | None) -> Derived:
        """By the book of that moment, and the rules and rates of now."""
        entries = [
            entry
            for entry in self.entries[sku]
            if without is None or not self._is_of(entry, without)
        ]
        then = Pricing(self.pricing.channel, replace(self.pricing.rates, now=moment))
        return self.pricing.derive(then.book(entries, self.tags.get(sku, frozenset())))


def _below(price: Money, outside: Money | None) -> bool:
    return outside is not None and outside.currency == price.currency and price < outside


def with_partners(only: Collection[Field] | None) -> Collection[Field] | None:
    """A price and the scheduled one beside it hang on each other: both are renewed, or neither."""
    pair = {Field.PRICE, Field.SCHEDULED}
    return only if only is None or pair.isdisjoint(only) else pair.union(only)
