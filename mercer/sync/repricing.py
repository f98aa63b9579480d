"""Renew the prices of very many offers at once.

It comes to what `renew` comes to, by the same derivation and the same merge, but reads and writes only
what prices rest on. Cells that more hangs on (in flight, gone, overridden, moved by another hand) are
left to `renew`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import MONEY_FIELDS, Field
from mercer.core.derivation import Pricing
from mercer.core.merge import Cause, Sides, State, merge
from mercer.store import price_cells
from mercer.store.database import Transaction
from mercer.store.price_cells import Moved, PriceCell
from mercer.sync.desired import Desired, desired_compare_at, desired_price
from mercer.sync.pricing import books_of, pricing_of
from mercer.sync.renew import renew
from mercer.sync.session import Session

_PRICE: Final = Field.PRICE.value

MANY: Final = 500
"""Where so many SKUs move at once, this is the way."""


def reprice(
    tx: Transaction, session: Session, channel: Channel, skus: Collection[str] | None = None
) -> None:
    """Renew the price cells of a channel: of these SKUs, or all."""
    pricing = pricing_of(tx, session, channel)
    work = _Repricing(tx, channel, pricing)
    left: set[str] = set()
    for page in price_cells.pages(tx, channel.name, skus):
        left |= work.page(page)
    renew(tx, session, channel, sorted(left), only=MONEY_FIELDS)


@dataclass(slots=True)
class _Repricing:
    tx: Transaction
    channel: Channel
    pricing: Pricing

    def page(self, cells: Sequence[PriceCell]) -> set[str]:
        """Write what moved; return the listings that are left to `renew`."""
        books = books_of(self.tx, self.pricing, {cell.sku for cell in cells if cell.sku})
        derived = {sku: self.pricing.derive(book) for sku, book in books.items()}
        prices = {sku: desired_price(made) for sku, made in derived.items()}
        strikes = {sku: desired_compare_at(made) for sku, made in derived.items()}
        overridden = price_cells.overridden(self.tx, self.channel.name, cells)
        left: set[str] = set()
        moved = list(self._moved(cells, prices, strikes, overridden, left))
        price_cells.save(self.tx, moved, self.pricing.rates.now)
        return left

    def _moved(
        self,
        cells: Sequence[PriceCell],
        prices: Mapping[str, Desired],
        strikes: Mapping[str, Desired],
        overridden: Collection[int],
        left: set[str],
    ) -> Iterator[Moved]:
        for cell in cells:
            if cell.sku is None or cell.gone or cell.in_flight is not None or cell.id in overridden:
                left.add(cell.listing)
                continue
            price = cell.field == _PRICE
            wanted = prices[cell.sku] if price else strikes[cell.sku]
            if wanted.text == cell.desired and wanted.why == cell.why:
                continue
            field = Field.PRICE if price else Field.COMPARE_AT
            sides = Sides(cell.base, wanted.text, cell.observed)
            owner, policy = self.channel.owner(field), self.channel.policy(field)
            verdict = merge(sides, owner, policy, field, self.channel.name)
            if verdict.cause in (Cause.DRIFT, Cause.CONFLICT):
                left.add(cell.listing)
                continue
            state, cause = verdict.state, verdict.cause
            if wanted.followed:
                state, cause = State.FOLLOWED, None
            rebased = verdict.base != cell.base
            yield Moved(cell, wanted.text, wanted.why, state, cause, verdict.base, rebased)
