"""Renew the prices of very many offers at once.

It comes to what `renew` comes to, by the same derivation and the same merge, but reads and writes only
what prices rest on. Cells that more hangs on (in flight, gone, overridden, moved by another hand, with
a scheduled price beside them) are left to `renew`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from sys import intern
from typing import Final, NamedTuple

from mercer.core.account import Channel
from mercer.core.cell import MONEY_FIELDS, PRICED_FIELDS, Field
from mercer.core.derivation import NO_TAGS, Pricing
from mercer.core.merge import Cause, Sides, State, merge
from mercer.store import campaigns, price_cells, prices
from mercer.store.database import Transaction
from mercer.store.price_cells import PriceCell, Written
from mercer.store.prices import EntryRows
from mercer.sync.desired import Desired, desired_compare_at, desired_price
from mercer.sync.pricing import pricing_of, tags_of
from mercer.sync.renew import renew
from mercer.sync.session import Session

MANY: Final = 500
"""Where so many SKUs move at once, this is the way."""

_REMEMBERED: Final = 100_000
"""Cells of which it is remembered what becomes of them, as prices are fewer than cells: some 80 MB."""

_BY_ANOTHER_HAND: Final = (Cause.DRIFT, Cause.CONFLICT)


def reprice(
    tx: Transaction, session: Session, channel: Channel, skus: Collection[str] | None = None
) -> None:
    """Renew the price cells of a channel: of these SKUs, or all."""
    pricing = pricing_of(tx, session, channel)
    beside = campaigns.with_scheduled(tx, channel.name, session.clock.now())
    work = _Repricing(tx, pricing, beside)
    for page in price_cells.pages(tx, channel.name, skus):
        work.renew(page)
    renew(tx, session, channel, sorted(work.left), only=PRICED_FIELDS)


class _Outcome(NamedTuple):
    """What a cell should hold. It is `left` to `renew` if more hangs on it."""

    left: bool
    written: Written


_Page = Sequence[tuple[PriceCell, EntryRows]]


@dataclass(slots=True)
class _Repricing:
    """`left`: listings that are left to `renew`; so are those `with_scheduled` prices."""

    tx: Transaction
    pricing: Pricing
    with_scheduled: frozenset[str]
    left: set[str] = field(default_factory=set)
    _outcome: Callable[..., _Outcome] = field(init=False)

    def __post_init__(self) -> None:
        self._outcome = _remembered(self.pricing)

    def renew(self, page: _Page) -> None:
        price_cells.save(self.tx, list(self._moved(page)), self.pricing.rates.now)

    def _moved(self, page: _Page) -> Iterator[tuple[int, *Written]]:
        skus = {sku for (_, _, _, _, sku, _, _, _, _, _), _ in page if sku}
        tags = tags_of(self.tx, self.pricing, skus)
        for cell, said in page:
            id, listing, _, name, sku, desired, why, observed, base, apart = cell
            if apart or sku is None or listing in self.with_scheduled:
                self.left.add(listing)
                continue
            tagged = tags.get(sku, NO_TAGS)
            left, written = self._outcome(said, tagged, name, observed, base)
            if written[:2] == (desired, why):
                continue
            if left:
                self.left.add(listing)
            else:
                yield id, *written


def _remembered(pricing: Pricing) -> Callable[..., _Outcome]:
    channel = pricing.channel
    ruled = {
        each.value: (channel.owner(each), channel.policy(each), each, channel.name)
        for each in MONEY_FIELDS
    }

    @lru_cache(maxsize=1)
    def wanted(said: EntryRows, tags: frozenset[str]) -> Mapping[str, Desired]:
        made = pricing.derive(pricing.book(prices.entries(said, ""), tags))
        return {
            Field.PRICE.value: desired_price(made),
            Field.COMPARE_AT.value: desired_compare_at(made),
        }

    @lru_cache(maxsize=_REMEMBERED)
    def outcome(
        said: EntryRows,
        tags: frozenset[str],
        name: str,
        observed: str | None,
        base: str | None,
    ) -> _Outcome:
        new = wanted(said, tags)[name]
        verdict = merge(Sides(base, new.text, observed), *ruled[name])
        state, cause = verdict.state, verdict.cause
        if new.followed:
            state, cause = State.FOLLOWED, None
        why = intern(new.why)
        written = new.text, why, state.value, cause and cause.value, verdict.base
        return _Outcome(verdict.cause in _BY_ANOTHER_HAND, written)

    return outcome
