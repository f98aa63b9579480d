"""Renew the prices of very many offers at once.

It comes to what `renew` comes to, by the same derivation and the same merge, but reads and writes only
what prices rest on. Cells that more hangs on (in flight, gone, overridden, moved by another hand, with
a scheduled price beside them) are left to `renew`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import MONEY_FIELDS, PRICED_FIELDS, Field
from mercer.core.derivation import Pricing
from mercer.core.merge import Cause, Owner, Sides, State, merge
from mercer.core.policy import Policy
from mercer.store import campaigns, price_cells, prices
from mercer.store.database import Transaction
from mercer.store.price_cells import Moved, PriceCell
from mercer.store.prices import EntryRows
from mercer.sync.desired import Desired, desired_compare_at, desired_price
from mercer.sync.pricing import pricing_of, said_of
from mercer.sync.renew import renew
from mercer.sync.session import Session

MANY: Final = 500
"""Where so many SKUs move at once, this is the way."""

_REMEMBERED: Final = 100_000
"""Of how many different books of a SKU it is remembered what they come to: some 60 MB."""

_BY_ANOTHER_HAND: Final = (Cause.DRIFT, Cause.CONFLICT)


def reprice(
    tx: Transaction, session: Session, channel: Channel, skus: Collection[str] | None = None
) -> None:
    """Renew the price cells of a channel: of these SKUs, or all."""
    pricing = pricing_of(tx, session, channel)
    beside = campaigns.with_scheduled(tx, channel.name, session.clock.now())
    work = _Repricing(tx, channel, pricing, beside)
    for page in price_cells.pages(tx, channel.name, skus):
        work.renew(page)
    renew(tx, session, channel, sorted(work.left), only=PRICED_FIELDS)


Wanted = Callable[[EntryRows, frozenset[str]], Mapping[str, Desired]]
"""What the cells of a SKU should show, by their fields, from its rows of the book and its tags."""


@dataclass(slots=True)
class _Repricing:
    """`left`: listings that are left to `renew`; so are those `with_scheduled` prices."""

    tx: Transaction
    channel: Channel
    pricing: Pricing
    with_scheduled: frozenset[str]
    left: set[str] = field(default_factory=set)
    _wanted: Wanted = field(init=False)
    _ruled: dict[str, tuple[Owner, Policy, Field, str]] = field(init=False)

    def __post_init__(self) -> None:
        channel = self.channel
        self._wanted = _remembered(self.pricing)
        self._ruled = {
            each.value: (channel.owner(each), channel.policy(each), each, channel.name)
            for each in MONEY_FIELDS
        }

    def renew(self, cells: Sequence[PriceCell]) -> None:
        price_cells.save(self.tx, list(self._moved(cells)), self.pricing.rates.now)

    def _moved(self, cells: Sequence[PriceCell]) -> Iterator[Moved]:
        said = said_of(self.tx, self.pricing, {sku for _, _, _, _, sku, *_ in cells if sku})
        for id, listing, _, name, sku, desired, why, observed, base, apart in cells:
            if apart or sku is None or listing in self.with_scheduled:
                self.left.add(listing)
                continue
            new = self._wanted(*said[sku])[name]
            if new.text == desired and new.why == why:
                continue
            verdict = merge(Sides(base, new.text, observed), *self._ruled[name])
            if verdict.cause in _BY_ANOTHER_HAND:
                self.left.add(listing)
            elif new.followed:
                yield Moved(id, new.text, new.why, State.FOLLOWED, None, verdict.base)
            else:
                yield Moved(id, new.text, new.why, verdict.state, verdict.cause, verdict.base)


def _remembered(pricing: Pricing) -> Wanted:
    """A shop has fewer prices than SKUs: what the book says the same of is worked out once."""

    @lru_cache(maxsize=_REMEMBERED)
    def wanted(rows: EntryRows, tags: frozenset[str]) -> Mapping[str, Desired]:
        made = pricing.derive(pricing.book(prices.entries(rows, ""), tags))
        return {
            Field.PRICE.value: desired_price(made),
            Field.COMPARE_AT.value: desired_compare_at(made),
        }

    return wanted
