"""Writing prices: one SKU a call, the JD price (京东价) and nothing beside it."""

from __future__ import annotations

from mercer.core.contract import ItemOutcome, OfferPrice, PriceWrite
from mercer.core.errors import Rejected, Unsupported
from mercer.plugins.jd.wire import Jos
from mercer.plugins.outcomes import accepted, in_turn, refused
from mercer.plugins.yuan import yuan

OFFERS_A_BATCH = 20
"""Ours: where one call of a batch is in doubt, so many are read again."""


async def write_prices(jos: Jos, write: PriceWrite) -> list[ItemOutcome]:
    """One outcome for each offer, in the order of the write."""
    if any(each.compare_at is not None for each in write.offers):
        raise Unsupported("JD's strike-through price (市场价) belongs to the ware, not to a SKU")

    async def send(each: OfferPrice) -> list[ItemOutcome]:
        return [await _write(jos, write.listing.listing, each)]

    return await in_turn(write.offers, send)


async def _write(jos: Jos, ware: str, each: OfferPrice) -> ItemOutcome:
    sku = each.offer.offer
    try:
        if each.price is not None:
            params = {"skuId": int(sku), "jdPrice": yuan(each.price)}
            await jos.call("jingdong.price.write.updateSkuJdPrice", params, write=True)
    except Rejected as error:
        return refused(ware, sku, error)
    return accepted(ware, sku)
