"""Listings: page by page for a small catalogue, by the merchant listings report for a large one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from mercer.core.clock import Clock
from mercer.core.contract import ListingPage, Unreadable
from mercer.core.errors import ProtocolBroken
from mercer.core.listing import FulfilledBy, Listing
from mercer.core.stock import StockReading
from mercer.plugins.amazon import reports
from mercer.plugins.amazon.mapping import CHANNEL, Item, Market, listing
from mercer.plugins.amazon.pace import AT_ONCE, together
from mercer.plugins.amazon.wire import Call, Wire, moment, part
from mercer.plugins.aside import UNREADABLE, understood
from mercer.plugins.paging import chunks

REPORT_FROM: Final = 1000
"""SKUs. Search reaches no further, so above it a report tells which SKUs there are."""

READ_BACK: Final = 1000
"""Fifty searches at five a second: ten seconds, and one look at the orders for all of them."""

SEARCH: Final = "searchListingsItems"
SKUS_A_SEARCH: Final = 20
_INVENTORY: Final = 50
_DATA: Final = ("summaries", "attributes", "offers", "fulfillmentAvailability", "issues")
_LOST_CHARACTER: Final = "?"
"""What stands in a report for a character that its charset does not have."""


def market(wire: Wire) -> Market:
    return Market(wire.settings.marketplace_id, wire.settings.marketplace.currency)


async def whole_shop(wire: Wire, clock: Clock) -> AsyncIterator[ListingPage]:
    first = await _search(wire, {"sortBy": "sku", "sortOrder": "ASC"})
    pages = (
        _by_report(wire, clock, first)
        if first["numberOfResults"] > REPORT_FROM
        else _by_search(wire, first)
    )
    unreadable = 0
    async for page, last in pages:
        unreadable += len(page.unreadable)
        yield replace(page, complete=last and not unreadable)


async def by_sku(wire: Wire, skus: Sequence[str]) -> list[Listing]:
    """Raise `ProtocolBroken` for one that cannot be read: to leave it out would say it is gone."""
    page = await _page(wire, await _items(wire, skus))
    for item in page.unreadable:
        raise ProtocolBroken(f"SKU {item.id} cannot be read: {item.reason}")
    return list(page.listings)


async def _by_search(wire: Wire, first: dict[str, Any]) -> AsyncIterator[tuple[ListingPage, bool]]:
    """Sorted by SKU, so that what is sold or edited meanwhile keeps its place."""
    answer, seen = first, 0
    while True:
        seen += len(answer["items"])
        token = (answer.get("pagination") or {}).get("nextToken")
        whole = seen >= first["numberOfResults"]
        yield await _page(wire, answer["items"]), not token and whole
        if not token:
            return
        answer = await _search(wire, {"sortBy": "sku", "sortOrder": "ASC", "pageToken": token})


async def _by_report(
    wire: Wire, clock: Clock, first: dict[str, Any]
) -> AsyncIterator[tuple[ListingPage, bool]]:
    """The report names the SKUs, search reads them: a report loses characters and may be hours old.

    So SKUs created since it was made are searched for. One that it names and nobody finds was
    deleted since, unless its name lost a character. Fewer than search counted prove nothing gone.
    """
    report = await reports.merchant_listings(wire, clock)
    fresh = await _created_since(wire, report.since)
    skus = list(dict.fromkeys([*report.skus, *fresh, *(item["sku"] for item in first["items"])]))
    found: set[str] = set()
    for batch in chunks(skus, SKUS_A_SEARCH * AT_ONCE):
        items = await _items(wire, batch)
        found |= {item["sku"] for item in items}
        yield await _page(wire, items), False
    lost = [sku for sku in report.skus if _LOST_CHARACTER in sku and sku not in found]
    reason = "the report cannot spell this SKU, and no other way to list it is known"
    whole = len(found) >= first["numberOfResults"]
    yield ListingPage((), unreadable=tuple(Unreadable(sku, reason) for sku in lost)), whole


async def _created_since(wire: Wire, since: datetime) -> list[str]:
    """Raise `ProtocolBroken` where they are more than search reaches."""
    query = {"createdAfter": moment(since), "sortBy": "sku", "sortOrder": "ASC"}
    answer = await _search(wire, query)
    if answer["numberOfResults"] > REPORT_FROM:
        raise ProtocolBroken(
            f"{answer['numberOfResults']} SKUs were created since the report was made",
            hint="read the shop again once Amazon makes a new report, in an hour or more",
        )
    skus = [item["sku"] for item in answer["items"]]
    while token := (answer.get("pagination") or {}).get("nextToken"):
        answer = await _search(wire, {**query, "pageToken": token})
        skus += [item["sku"] for item in answer["items"]]
    return skus


async def _items(wire: Wire, skus: Sequence[str]) -> list[Item]:
    """Twenty by one search; by its path what search does not show, which alone proves it gone.

    A SKU with a comma cannot stand in a list, so it is never searched for.
    """

    async def some(batch: Sequence[str]) -> list[Item]:
        query = {"identifiers": batch, "identifiersType": "SKU"}
        found: list[Item] = (await _search(wire, query))["items"]
        return found

    async def one(sku: str) -> Item | None:
        path = f"{_path(wire)}/{part(sku)}"
        return await wire.find(Call("getListingsItem", "GET", path, _asked(wire)))

    batches = list(chunks([sku for sku in skus if "," not in sku], SKUS_A_SEARCH))
    items = [item for page in await together(batches, some) for item in page]
    shown = {item["sku"] for item in items}
    alone = await together([sku for sku in skus if sku not in shown], one)
    return [*items, *(item for item in alone if item)]


async def _search(wire: Wire, query: dict[str, Any]) -> dict[str, Any]:
    asked = {**_asked(wire), "pageSize": str(SKUS_A_SEARCH), **query}
    answers = ("numberOfResults", "items")
    return await wire.run(Call(SEARCH, "GET", _path(wire), asked, answers=answers))


def _path(wire: Wire) -> str:
    return f"/listings/2021-08-01/items/{part(wire.settings.seller_id)}"


def _asked(wire: Wire) -> dict[str, Any]:
    return {"marketplaceIds": wire.settings.marketplace_id, "includedData": _DATA}


async def _page(wire: Wire, items: Sequence[Item]) -> ListingPage:
    read = partial(listing, market=market(wire))
    listings, unreadable = understood(items, read, lambda item: str(item.get("sku")))
    return ListingPage(await _with_amazons_stock(wire, listings), unreadable=unreadable)


async def _with_amazons_stock(wire: Wire, listings: Sequence[Listing]) -> tuple[Listing, ...]:
    """What Amazon fulfils it counts itself: readings, that no listings item carries."""
    theirs = [each.listing for each in listings if _is_amazons(each)]
    if not theirs:
        return tuple(listings)
    counts: dict[str, int] = {}
    for batch in chunks([sku for sku in theirs if "," not in sku], _INVENTORY):
        counts |= await _fulfillable(wire, batch)
    return tuple(_counted(each, counts) if _is_amazons(each) else each for each in listings)


def _is_amazons(listing: Listing) -> bool:
    return any(offer.fulfilled_by is FulfilledBy.PLATFORM for offer in listing.offers)


def _counted(listing: Listing, counts: dict[str, int]) -> Listing:
    count = counts.get(listing.listing)
    return replace(
        listing,
        offers=tuple(
            replace(
                offer,
                stock=() if count is None else (StockReading(offer.refs[CHANNEL], count),),
            )
            for offer in listing.offers
        ),
    )


async def _fulfillable(wire: Wire, skus: Sequence[str]) -> dict[str, int]:
    marketplace = wire.settings.marketplace_id
    query: dict[str, Any] = {
        "details": "true",
        "granularityType": "Marketplace",
        "granularityId": marketplace,
        "marketplaceIds": marketplace,
        "sellerSkus": skus,
    }
    path = "/fba/inventory/v1/summaries"
    counts: dict[str, int] = {}
    while True:
        call = Call("getInventorySummaries", "GET", path, query, answers=("payload",))
        answer = await wire.run(call)
        try:
            for each in answer["payload"]["inventorySummaries"]:
                counts[each["sellerSku"]] = int(each["inventoryDetails"]["fulfillableQuantity"])
        except UNREADABLE as error:
            raise ProtocolBroken(f"the FBA inventory cannot be read: {error!r}") from None
        token = (answer.get("pagination") or {}).get("nextToken")
        if not token:
            return counts
        query["nextToken"] = token
