"""Writing stock and putting wares on and off the shelf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mercer.core.answered import answered
from mercer.core.contract import ItemOutcome, StatusWrite, StockWrite
from mercer.core.errors import Rejected, Unsupported
from mercer.core.listing import ListingStatus
from mercer.core.outcome import Result
from mercer.plugins.jd.wire import Jos, node, rows, succeeded
from mercer.plugins.outcomes import accepted, in_turn, refused
from mercer.plugins.values import text

SKUS_A_CALL = 30

_SET = "jingdong.ware.stock.sku.set"
_SET_ONE = "jingdong.stock.write.updateSkuStock"
"""Being withdrawn (推下线); still the only one that some apps have."""

FULL = "fullStockIn"
"""The `updateModel` of an absolute number, the only value that is known."""

ON_SHELF, OFF_SHELF = 1, 2


async def write_stock(
    jos: Jos, store_id: int, key: str, writes: Sequence[StockWrite]
) -> list[ItemOutcome]:
    """One outcome for each offer. Each SKU succeeds or fails by itself inside an outer success; a
    call that is refused as a whole does not say for which SKU, so each is then sent alone. `key`
    goes along as JD's `stockRfId`; that JD sets a number only once for it is UNVERIFIED and not
    relied on.
    """

    async def alone(write: StockWrite) -> list[ItemOutcome]:
        return await write_stock(jos, store_id, f"{key}-{write.offer.offer}", [write])

    async def retired(write: StockWrite) -> list[ItemOutcome]:
        return [await _set_one(jos, store_id, write)]

    try:
        result = await _set(jos, store_id, key, writes)
    except Unsupported:
        return await in_turn(writes, retired)
    except Rejected as error:
        if len(writes) > 1:
            return await in_turn(writes, alone)
        return [refused(write.listing.listing, write.offer.offer, error) for write in writes]
    return _outcomes(result, writes)


async def _set(
    jos: Jos, store_id: int, key: str, writes: Sequence[StockWrite]
) -> Mapping[str, Any]:
    """JD's account of each SKU."""
    stocks = [
        {"skuId": int(write.offer.offer), "stockNum": write.quantity, "storeId": store_id}
        for write in writes
    ]
    request = {"updateModel": FULL, "stockRfId": key, "skuStocks": stocks}
    body = await jos.call(_SET, {"req": request}, verdict="returnType", write=True)
    result = body.get("returnType", {}).get("obj")
    return result if isinstance(result, dict) else {}


def _outcomes(result: Mapping[str, Any], writes: Sequence[StockWrite]) -> list[ItemOutcome]:
    """A SKU that is not named did not fail: the list may hold failures only."""
    failed = {
        text(row, "data"): text(row, "message") or "no reason given"
        for row in rows(result, "updateStockResult")
        if not succeeded(row)
    }
    outcomes = []
    for write in writes:
        ware, sku = write.listing.listing, write.offer.offer
        if words := failed.get(sku):
            outcomes.append(ItemOutcome(ware, sku, Result.REJECTED, "", words, answered()))
        else:
            outcomes.append(accepted(ware, sku))
    return outcomes


async def _set_one(jos: Jos, store_id: int, write: StockWrite) -> ItemOutcome:
    ware, sku = write.listing.listing, write.offer.offer
    params = {"skuId": int(sku), "stockNum": write.quantity, "storeId": store_id or None}
    try:
        await jos.call(_SET_ONE, params, write=True)
    except Rejected as error:
        return refused(ware, sku, error)
    return accepted(ware, sku)


async def stores_of(jos: Jos, sku: str) -> list[str]:
    """The warehouses that hold a SKU."""
    params = {"skuId": int(sku)}
    body = await jos.call("jingdong.ware.stock.sku.query", params, verdict="returnType")
    result = node(node(body, "returnType"), "obj")
    return [text(row, "storeId") or "0" for row in rows(result, "skuStockInfos")]


async def write_status(jos: Jos, write: StatusWrite) -> list[ItemOutcome]:
    """JD may audit a ware before it goes on the shelf."""
    ware = write.listing.listing
    up = write.status is ListingStatus.LISTED
    params = {"wareId": int(ware), "opType": ON_SHELF if up else OFF_SHELF}
    try:
        await jos.call("jingdong.ware.write.upOrDown", params, write=True)
    except Rejected as error:
        return [refused(ware, "", error)]
    return [accepted(ware)]
