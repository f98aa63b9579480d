"""Writing stock and putting wares on and off the shelf through SP-API."""

from __future__ import annotations

from collections.abc import Sequence

from mercer.core.contract import ItemOutcome, StatusWrite, StockWrite
from mercer.core.errors import Rejected
from mercer.core.listing import ListingStatus
from mercer.plugins.jd.sp.wire import Call, SpApi
from mercer.plugins.jd.stock import FULL, OFF_SHELF, ON_SHELF
from mercer.plugins.outcomes import accepted, in_turn, refused
from mercer.plugins.values import text


async def write_stock(
    sp: SpApi, store_id: int, key: str, writes: Sequence[StockWrite]
) -> list[ItemOutcome]:
    """One outcome for each offer. How SP-API tells a failure of one SKU is UNVERIFIED, so where it
    refuses a call each SKU is sent alone. That it takes the classic `updateModel` is UNVERIFIED.
    """

    async def alone(write: StockWrite) -> list[ItemOutcome]:
        return await write_stock(sp, store_id, f"{key}-{write.offer.offer}", [write])

    stocks = [
        {"skuId": int(write.offer.offer), "storeId": store_id, "stockNum": write.quantity}
        for write in writes
    ]
    body = {"updateModel": FULL, "stockRfID": key, "putSkuStockList": stocks}
    try:
        await sp.call(Call("PUT", "/sp-product/v0/sku-stocks/batch", body=body), write=True)
    except Rejected as error:
        if len(writes) > 1:
            return await in_turn(writes, alone)
        return [refused(write.listing.listing, write.offer.offer, error) for write in writes]
    return [accepted(write.listing.listing, write.offer.offer) for write in writes]


async def stores_of(sp: SpApi, sku: str) -> list[str]:
    """The warehouses that hold a SKU."""
    call = Call("GET", "/sp-product/v0/sku-stocks", query={"skuIdList": sku})
    return [text(row, "storeId") or "0" for row in (await sp.call(call)).rows()]


async def write_status(sp: SpApi, write: StatusWrite) -> list[ItemOutcome]:
    """The values of `statusType` are taken to be those of the classic `opType` (UNVERIFIED)."""
    ware = write.listing.listing
    up = write.status is ListingStatus.LISTED
    body = {"statusType": ON_SHELF if up else OFF_SHELF, "productIdList": [int(ware)]}
    try:
        await sp.call(Call("PUT", "/sp-product/v0/product-states/batch", body=body), write=True)
    except Rejected as error:
        return [refused(ware, "", error)]
    return [accepted(ware)]
