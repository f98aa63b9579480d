"""Reading wares: the whole shop from its list, wares by id, twenty a call, each with its SKUs.

The same for both gateways: each brings a `Shelf`, whose rows are in the classic gateway's words.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from mercer.core.clock import Clock
from mercer.core.contract import ListingPage, Unreadable
from mercer.core.errors import ProtocolBroken, Transient
from mercer.core.listing import Listing
from mercer.plugins.aside import understood
from mercer.plugins.jd.mapping import listing, with_stock
from mercer.plugins.paging import Row, chunks, walked
from mercer.plugins.values import needed, text

WARES_A_CALL: Final = 20
PAGE: Final = 50
_DEEPEST: Final = 5000
"""Rows: pages after the hundredth are empty, without a word."""
_FOUNDED: Final = datetime(2010, 1, 1, tzinfo=UTC)
"""No ware of a third-party seller is older: JD opened to them that year."""

Page = tuple[list[Row], int]
"""Up to `PAGE` rows, and how many there are on all pages."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """How a gateway hands out wares created within a time, wares by id, and the SKUs of wares."""

    created: Callable[[datetime, datetime, int], Awaitable[Page]]
    named: Callable[[Sequence[str], int], Awaitable[Page]]
    skus: Callable[[Sequence[str], int], Awaitable[Page]]


class ReadsWares:
    """Listings, whichever gateway hands them out."""

    def __init__(self, shelf: Shelf, clock: Clock) -> None:
        self._shelf = shelf
        self._clock = clock

    def read_listings(self) -> AsyncIterator[ListingPage]:
        return whole_shop(self._shelf, self._clock.now())

    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        return await by_id(self._shelf, listings)

    async def read_stock(self, listings: Sequence[Listing]) -> Sequence[Listing]:
        return await restocked(self._shelf, listings)


async def whole_shop(shelf: Shelf, until: datetime) -> AsyncIterator[ListingPage]:
    """All wares created up to `until`, on the shelf and off; those in the recycle bin are gone."""
    wares, complete = await _created(shelf, _FOUNDED, until)
    batches = list(chunks(list(wares), WARES_A_CALL)) or [[]]
    for number, batch in enumerate(batches, start=1):
        skus, steady = await _skus(shelf, batch)
        listings, unreadable = _understood((wares[ware] for ware in batch), skus)
        complete = complete and steady and not unreadable
        last = number == len(batches)
        yield ListingPage(listings, complete and last, unreadable)


async def by_id(shelf: Shelf, ids: Sequence[str]) -> list[Listing]:
    """Wares that are gone, or another seller's, are left out by JD itself."""
    found: list[Listing] = []
    for batch in chunks(ids, WARES_A_CALL):
        wares, steady = await walked(partial(shelf.named, batch), PAGE, _ware_id)
        skus, steady_skus = await _skus(shelf, batch)
        if not (steady and steady_skus):
            raise Transient("wares came and went while they were read", in_doubt=False)
        listings, unreadable = _understood(wares.values(), skus)
        if unreadable:  # to leave it out would say that it is gone
            raise ProtocolBroken(f"ware {unreadable[0].id}: {unreadable[0].reason}")
        found += listings
    return found


async def restocked(shelf: Shelf, known: Sequence[Listing]) -> list[Listing]:
    """Wares with the stock of their SKUs as it is now: one list tells it, and not the wares."""
    skus, steady = await _skus(shelf, [each.listing for each in known])
    if not steady:
        raise Transient("SKUs came and went while they were read", in_doubt=False)
    by_ware = _by_ware(skus)
    found = (with_stock(each, by_ware.get(each.listing, ())) for each in known)
    return [each for each in found if each is not None]


async def _created(shelf: Shelf, since: datetime, until: datetime) -> tuple[dict[str, Row], bool]:
    """Wares created in [since, until]; a list too long to be walked is cut in two by that time."""
    fetch = partial(shelf.created, since, until)
    _, total = await fetch(1)
    if total <= _DEEPEST or (until - since).total_seconds() < 2:
        found, steady = await walked(fetch, PAGE, _ware_id)
        return found, steady and total <= _DEEPEST
    middle = since + (until - since) / 2
    earlier, steady_earlier = await _created(shelf, since, middle)
    later, steady_later = await _created(shelf, middle, until)
    return earlier | later, steady_earlier and steady_later


async def _skus(shelf: Shelf, wares: Sequence[str]) -> tuple[list[Row], bool]:
    if not wares:
        return [], True
    found, steady = await walked(partial(shelf.skus, wares), PAGE, lambda sku: needed(sku, "skuId"))
    return list(found.values()), steady


def _ware_id(ware: Row) -> str:
    return needed(ware, "wareId")


def _understood(
    wares: Iterable[Row], skus: Sequence[Row]
) -> tuple[tuple[Listing, ...], tuple[Unreadable, ...]]:
    by_ware = _by_ware(skus)
    told: list[dict[str, Any]] = [
        {"ware": ware, "skus": by_ware.get(_ware_id(ware), [])} for ware in wares
    ]
    return understood(
        told, lambda each: listing(each["ware"], each["skus"]), lambda each: _ware_id(each["ware"])
    )


def _by_ware(skus: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for sku in skus:
        found.setdefault(text(sku, "wareId") or "", []).append(sku)
    return found
