"""What renewals rest on, looked up once for all the channels that are renewed together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, Self, TypeVar

from mercer.core.cell import PRICED_FIELDS, CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.dealing import Deal
from mercer.core.product import Product
from mercer.core.stock import Balance
from mercer.store import (
    catalogue,
    cells,
    deals,
    ledger,
    offers,
    overrides,
    provisional,
    stock_rules,
)
from mercer.store.database import Transaction
from mercer.store.offers import OfferRow
from mercer.store.overrides import Override
from mercer.store.provisional import Hold
from mercer.store.stock_rules import SkuRule

Pair = tuple[str, str]
"""Channel and listing."""

_OF_OFFERS: Final = frozenset({*PRICED_FIELDS, Field.STOCK})
"""The other fields are those of pages."""

T = TypeVar("T", bound=Sized)


@dataclass(slots=True)
class Counted:
    """What hangs on SKUs alone, looked up once for all channels. Good until one of it moves again.

    Each is by SKU, of those that have any.
    """

    tx: Transaction
    _balances: dict[str, dict[str, Balance]] = field(default_factory=dict)
    _parts: dict[str, dict[str, int]] = field(default_factory=dict)
    _rules: dict[str, dict[str, SkuRule]] = field(default_factory=dict)
    _offers: dict[str, list[OfferRow]] = field(default_factory=dict)
    _holds: dict[str, list[Hold]] = field(default_factory=dict)
    _deals: dict[str, Deal | None] = field(default_factory=dict)

    def balances(self, skus: Iterable[str]) -> dict[str, dict[str, Balance]]:
        """By location, too: the ledger's sums."""
        return _looked_up(self._balances, skus, partial(ledger.balances_at, self.tx), {})

    def parts(self, skus: Iterable[str]) -> dict[str, dict[str, int]]:
        return _looked_up(self._parts, skus, partial(catalogue.parts_of, self.tx), {})

    def rules(self, skus: Iterable[str]) -> dict[str, dict[str, SkuRule]]:
        return _looked_up(self._rules, skus, partial(stock_rules.of_skus, self.tx), {})

    def holds(self, skus: Iterable[str]) -> dict[str, list[Hold]]:
        return _looked_up(self._holds, skus, partial(provisional.of_skus, self.tx), [])

    def deals(self, skus: Iterable[str]) -> dict[str, Deal]:
        wanted = set(skus)
        if missing := wanted - self._deals.keys():
            self._deals.update(dict.fromkeys(missing) | deals.of_skus(self.tx, missing))
        return {sku: deal for sku in wanted if (deal := self._deals[sku]) is not None}

    def offers(self, skus: Iterable[str], channel: str) -> list[OfferRow]:
        """Living ones of one channel, in their fixed order."""
        found = _looked_up(self._offers, skus, self._offers_of, [])
        return [row for sku in sorted(found) for row in found[sku] if row.channel == channel]

    def _offers_of(self, skus: Iterable[str]) -> dict[str, list[OfferRow]]:
        found: dict[str, list[OfferRow]] = {}
        for row in offers.offers_of_skus(self.tx, skus):
            if row.sku is not None:
                found.setdefault(row.sku, []).append(row)
        return found


def _looked_up(
    known: dict[str, T], skus: Iterable[str], look: Callable[[set[str]], dict[str, T]], none: T
) -> dict[str, T]:
    wanted = set(skus)
    if missing := wanted - known.keys():
        known.update(dict.fromkeys(missing, none) | look(missing))
    return {sku: known[sku] for sku in wanted if len(known[sku])}


@dataclass(frozen=True, slots=True)
class Pages:
    """Listings of any channels as they are kept. `codes`: the product whose page each is, if known."""

    offers: Mapping[Pair, Mapping[str, OfferRow]]
    cells: Mapping[Pair, Mapping[CellKey, Cell]]
    codes: Mapping[Pair, str | None]
    products: Mapping[str, Product]
    overrides: Mapping[CellKey, Override]

    @classmethod
    def of(
        cls, tx: Transaction, pairs: Sequence[Pair], only: Collection[Field] | None, now: datetime
    ) -> Self:
        """`only`: cells of these fields."""
        rows: dict[Pair, dict[str, OfferRow]] = {pair: {} for pair in pairs}
        for row in offers.offers_of_listings(tx, pairs):
            rows[row.channel, row.listing][row.offer] = row
        known: dict[Pair, dict[CellKey, Cell]] = {pair: {} for pair in pairs}
        for key, cell in cells.of_listings(tx, pairs, only).items():
            known[key.channel, key.listing][key] = cell
        whole = only is None or not _OF_OFFERS.issuperset(only)
        codes = offers.products_of_listings(tx, pairs) if whole else {}
        named = {code for code in codes.values() if code}
        products = catalogue.products_of(tx, named) if named else {}
        return cls(rows, known, codes, products, overrides.in_force(tx, pairs, now))
