"""How the price that a channel should show of a SKU comes about, from the book to the shop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mercer.core.account import Channel
from mercer.core.cell import PRICED_FIELDS
from mercer.core.cellstate import Cell
from mercer.core.derivation import Book, Derived
from mercer.core.money import Money
from mercer.core.price_chain import Step
from mercer.store import cells, offers, price_rules
from mercer.store.database import Transaction
from mercer.sync.catalogue import refuse_unknown
from mercer.sync.price_looks import text_of
from mercer.sync.pricing import books_of, pricing_of
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class PriceWhy:
    """`steps` are empty where no rule makes the price. `cost` is in the channel's currency.

    `rules_version` of `None`: the rules were edited, and no plan has seen them yet. `cells` are the
    price and compare-at cells of the SKU's offers, as the last look left them.
    """

    sku: str
    channel: Channel
    book: Book
    steps: Sequence[Step]
    derived: Derived
    cost: Money | None
    rules_version: int | None
    cells: Sequence[Cell]


def explain(session: Session, sku: str, channel: str) -> PriceWhy:
    """Raise `InputError` for a SKU or channel that is not there."""
    known = session.channel(channel)
    with session.database.read() as tx:
        refuse_unknown(tx, [sku])
        pricing = pricing_of(tx, session, known)
        book = books_of(tx, pricing, [sku])[sku]
        edited = price_rules.latest(tx, channel)[1] != text_of(known)
        own = book.own is not None and book.own.price is not None
        return PriceWhy(
            sku,
            known,
            book,
            [] if own else pricing.steps(book),
            pricing.derive(book),
            pricing.cost(book),
            None if edited else pricing.rules_version,
            _cells(tx, sku, channel),
        )


def _cells(tx: Transaction, sku: str, channel: str) -> list[Cell]:
    rows = [row for row in offers.offers_of_skus(tx, [sku], channel) if row.gone_at is None]
    keys = {(row.listing, row.offer) for row in rows}
    pairs = {(channel, row.listing) for row in rows}
    found = cells.of_listings(tx, pairs, PRICED_FIELDS)
    return [cell for key, cell in found.items() if (key.listing, key.offer) in keys]
