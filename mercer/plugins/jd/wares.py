"""Wares and SKUs as the classic gateway hands them out, in the spelling of each of its calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from mercer.core.errors import ProtocolBroken
from mercer.plugins.beijing import beijing
from mercer.plugins.jd.mapping import SKU_FIELDS, WARE_FIELDS
from mercer.plugins.jd.reads import PAGE, Page, Shelf
from mercer.plugins.jd.wire import Jos, node, rows
from mercer.plugins.values import needed, whole

_WARES: Final = "jingdong.ware.read.searchWare4Valid"
_SKUS: Final = "jingdong.sku.read.searchSkuList"


def shelf(jos: Jos) -> Shelf:
    async def created(since: datetime, until: datetime, page: int) -> Page:
        params = {
            "startCreatedTime": beijing(since),
            "endCreatedTime": beijing(until),
            "orderField": "wareId",
            "orderType": "asc",
            "pageNo": page,
        }
        return await _wares(jos, params)

    async def named(ids: Sequence[str], page: int) -> Page:
        return await _wares(jos, {"wareId": ",".join(ids), "pageNo": page})

    async def skus(wares: Sequence[str], page: int) -> Page:
        params = {
            "wareId": ",".join(wares),
            "orderFiled": "skuId",
            "orderType": "asc",
            "pageNo": page,
            "page_size": PAGE,
            "field": SKU_FIELDS,
        }
        return _page(await jos.call(_SKUS, params))

    return Shelf(created, named, skus)


async def some_sku(jos: Jos) -> str | None:
    """The id of a SKU of the shop, if it has any."""
    body = await jos.call(_SKUS, {"pageNo": 1, "page_size": 1, "field": "skuId"})
    found, _ = _page(body)
    return needed(found[0], "skuId") if found else None


async def _wares(jos: Jos, params: dict[str, Any]) -> Page:
    return _page(await jos.call(_WARES, params | {"pageSize": PAGE, "field": WARE_FIELDS}))


def _page(body: dict[str, Any]) -> Page:
    page = node(body, "page")
    total = whole(page, "totalItem")
    if total is None:
        raise ProtocolBroken("a page without totalItem")
    return rows(page, "data"), total
