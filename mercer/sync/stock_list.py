"""What the ledger holds of many SKUs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from mercer.core.stock import Balance
from mercer.core.stock_rule import bundle_available
from mercer.store import catalogue, ledger
from mercer.store.database import Transaction

_SLICE = 500


@dataclass(frozen=True, slots=True)
class SkuStock:
    """`places`: location -> what is there; none for a SKU that was never counted, or a bundle.

    `parts`: what a bundle is made of. `available` of `None` is unknown.
    """

    sku: str
    places: Mapping[str, Balance]
    parts: Mapping[str, int]
    available: int | None


def stock_of(tx: Transaction, skus: Iterable[str], location: str | None) -> Iterator[SkuStock]:
    """In the order given; with a location, only what lies there."""
    wanted = iter(skus)
    while batch := list(islice(wanted, _SLICE)):
        bundles = catalogue.parts_of(tx, batch)
        parts = {part for each in bundles.values() for part in each}
        there = ledger.balances_at(tx, {*batch, *parts})
        for sku in batch:
            places = there.get(sku, {}) if sku not in bundles else {}
            if location is not None:
                places = {place: each for place, each in places.items() if place == location}
                if not places:
                    continue
            made_of = bundles.get(sku, {})
            available = _of_bundle(made_of, there) if made_of else _sum(places)
            yield SkuStock(sku, places, made_of, available)


def _of_bundle(parts: Mapping[str, int], there: Mapping[str, Mapping[str, Balance]]) -> int | None:
    known = {part: _sum(there.get(part, {})) for part in parts}
    counted = {part: units for part, units in known.items() if units is not None}
    return bundle_available(parts, counted) if len(counted) == len(parts) else None


def _sum(places: Mapping[str, Balance]) -> int | None:
    return sum(each.available for each in places.values()) if places else None
