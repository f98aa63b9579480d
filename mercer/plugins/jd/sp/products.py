"""Products and SKUs as SP-API hands them out. Its page limits are UNVERIFIED."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from mercer.plugins.jd.reads import PAGE, Page, Shelf
from mercer.plugins.jd.sp.mapping import sku, ware
from mercer.plugins.jd.sp.wire import Call, SpApi
from mercer.plugins.values import needed

_PRODUCTS: Final = "/sp-product/v0/products"
_SKUS: Final = "/sp-product/v0/skus"


def shelf(sp: SpApi) -> Shelf:
    async def created(since: datetime, until: datetime, page: int) -> Page:
        query = {"createStartTime": milliseconds(since), "createEndTime": milliseconds(until)}
        return await _products(sp, query, page)

    async def named(ids: Sequence[str], page: int) -> Page:
        return await _products(sp, {"productIdList": ",".join(ids)}, page)

    async def skus(wares: Sequence[str], page: int) -> Page:
        query = {"productIdList": ",".join(wares)} | _paged(page, PAGE)
        found, total = (await sp.call(Call("GET", _SKUS, query=query))).page()
        return [sku(row) for row in found], total

    return Shelf(created, named, skus)


async def some_sku(sp: SpApi) -> str | None:
    """The id of a SKU of the shop, if it has any."""
    found = (await sp.call(Call("GET", _SKUS, query=_paged(1, 1)))).rows()
    return needed(found[0], "skuId") if found else None


def milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


async def _products(sp: SpApi, query: Mapping[str, str], page: int) -> Page:
    call = Call("GET", _PRODUCTS, query={**query, **_paged(page, PAGE)})
    found, total = (await sp.call(call)).page()
    return [ware(row) for row in found], total


def _paged(page: int, size: int) -> dict[str, str]:
    return {"page": str(page), "pageSize": str(size)}
