"""Writing prices. Always: lowest SKU price <= item price <= highest SKU price.

Tmall takes an item and its SKUs in one call. Taobao takes one SKU a call, with the item price beside
it, so the calls are ordered and each leaves a valid item behind. The item price ends up as the
lowest SKU price.
"""

from __future__ import annotations

import json

from mercer.core.contract import ItemOutcome, PriceWrite
from mercer.core.errors import Rejected, Unsupported
from mercer.core.listing import Listing
from mercer.core.money import Money
from mercer.plugins.outcomes import accepted, in_turn, refused
from mercer.plugins.taobao.content import edited
from mercer.plugins.taobao.itemrule import PRICE
from mercer.plugins.taobao.settings import SellerType
from mercer.plugins.taobao.wire import Top
from mercer.plugins.yuan import yuan


async def write_prices(top: Top, seller_type: SellerType, write: PriceWrite) -> list[ItemOutcome]:
    """One outcome for each offer, in the order of the write."""
    if any(each.compare_at is not None for each in write.offers):
        raise Unsupported("Taobao has no strike-through price (划线价) on these APIs")
    wanted = {each.offer.offer: each.price for each in write.offers if each.price is not None}
    if not wanted:
        done = []
    elif seller_type == "B":
        done = await _tmall(top, write.listing, wanted)
    elif _without_skus(write.listing):
        done = await _taobao_item(top, write.listing, wanted)
    else:
        done = await _taobao_skus(top, write.listing, wanted)
    outcomes = {outcome.offer: outcome for outcome in done}
    offers = [each.offer.offer for each in write.offers]
    return [outcomes.get(offer, accepted(write.listing.listing, offer)) for offer in offers]


async def _tmall(top: Top, listing: Listing, wanted: dict[str, Money]) -> list[ItemOutcome]:
    """All or nothing: the platform judges the item's final state."""
    item = listing.listing
    try:
        final = _known_prices(listing) | wanted
        params = {"item_id": item, "item_price": yuan(min(final.values()))}
        if not _without_skus(listing):
            params["sku_prices"] = json.dumps(
                [{"sku_id": int(sku), "price": yuan(price)} for sku, price in wanted.items()]
            )
        await top.call("tmall.item.price.update", params, write=True)
    except Rejected as error:
        return [refused(item, offer, error) for offer in wanted]
    return [accepted(item, offer) for offer in wanted]


async def _taobao_item(top: Top, listing: Listing, wanted: dict[str, Money]) -> list[ItemOutcome]:
    (offer, price), *_ = wanted.items()
    try:
        values = {PRICE: yuan(price)}
    except Rejected as error:
        return [refused(listing.listing, offer, error)]
    return await edited(top, "C", listing.listing, values, offer=offer)


async def _taobao_skus(top: Top, listing: Listing, wanted: dict[str, Money]) -> list[ItemOutcome]:
    item = listing.listing
    try:
        prices = _known_prices(listing)
    except Rejected as error:
        return [refused(item, offer, error) for offer in wanted]

    async def send(sku: str) -> list[ItemOutcome]:
        after = prices | {sku: wanted[sku]}
        try:
            params = {
                "num_iid": item,
                "properties": _properties(listing, sku),
                "price": yuan(wanted[sku]),
                "item_price": yuan(min(after.values())),
            }
            await top.call("taobao.item.sku.price.update", params, write=True)
        except Rejected as error:
            return [refused(item, sku, error)]
        prices[sku] = wanted[sku]
        return [accepted(item, sku)]

    return await in_turn(_raises_first(prices, wanted), send)


def _raises_first(prices: dict[str, Money], wanted: dict[str, Money]) -> list[str]:
    """Should the work stop half-way, no SKU is left cheaper than it was and than it shall be."""

    def rise(sku: str) -> int:
        return wanted[sku].minor - prices.get(sku, wanted[sku]).minor

    return sorted(wanted, key=rise, reverse=True)


def _known_prices(listing: Listing) -> dict[str, Money]:
    """Raise `Rejected` where one is unknown: the item price cannot be computed without it."""
    prices = {}
    for offer in listing.offers:
        if offer.price is None:
            raise Rejected(
                f"the price of SKU {offer.offer} is not known, and the item's rests on it"
            )
        prices[offer.offer] = offer.price
    return prices


def _properties(listing: Listing, sku: str) -> str:
    """This call knows a SKU by its properties, not by its id."""
    offer = listing.offer(sku)
    if offer is None or "properties" not in offer.refs:
        raise Rejected(f"item {listing.listing} has no SKU {sku}")
    return offer.refs["properties"]


def _without_skus(listing: Listing) -> bool:
    return [offer.offer for offer in listing.offers] == [listing.listing]
