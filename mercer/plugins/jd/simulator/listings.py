"""Ware, SKU and price APIs of the classic gateway."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from mercer.plugins.gateway import within
from mercer.plugins.jd.simulator.goods import (
    put_on_shelf,
    set_price,
    set_stock,
    set_text,
    sku_of,
    take_off_shelf,
    ware_of,
)
from mercer.plugins.jd.simulator.protocol import (
    Api,
    Call,
    business,
    fen,
    invalid,
    milliseconds,
    picked,
    whole,
)
from mercer.plugins.jd.simulator.shop import ON_SHELF, Shop, Sku, Ware

_MOST_WARES: Final = 20
_DEEPEST_PAGE: Final = 100
_WARE_DEFAULTS: Final = ["wareId", "title", "wareStatus"]
_SKU_DEFAULTS: Final = ["skuId", "wareId", "status"]
"""What comes without asking is UNVERIFIED."""


# ---------------------------------------------------------------- reads


def _search_wares(shop: Shop, call: Call) -> dict[str, Any]:
    first, size = call.page("pageNo", "pageSize", 20, 50)
    ids = set(call.ids("wareId", _MOST_WARES))
    statuses = set(call.names("wareStatusValue"))
    created = call.moment("startCreatedTime"), call.moment("endCreatedTime")
    modified = call.moment("startModifiedTime"), call.moment("endModifiedTime")
    found = [
        ware
        for ware in shop.wares.values()
        if (not ids or ware.ware_id in ids)
        and (not statuses or str(ware.shown_status(call.now)) in statuses)
        and within(ware.created, *created)
        and within(ware.modified, *modified)
    ]
    by_change = call.text("orderField") == "modified"
    found.sort(
        key=lambda ware: (ware.modified if by_change else ware.created, ware.ware_id),
        reverse=call.text("orderType", "desc") != "asc",
    )
    names = call.names("field") or _WARE_DEFAULTS
    page = [] if first // size >= _DEEPEST_PAGE else found[first : first + size]
    rows = [picked(ware_row(ware, call.now), names) for ware in page]
    return _page(first, size, len(found), rows)


def _one_ware(shop: Shop, call: Call) -> dict[str, Any]:
    ware = ware_of(shop, call.whole("wareId"))
    return {"ware": picked(ware_row(ware, call.now), call.names("field") or _WARE_DEFAULTS)}


def _search_skus(shop: Shop, call: Call) -> dict[str, Any]:
    first, size = call.page("pageNo", "page_size", 30, 100)
    wares, ids = set(call.ids("wareId", _MOST_WARES)), set(call.ids("skuId", _MOST_WARES))
    codes = set(call.names("outId"))
    statuses = set(call.names("skuStatuValue") or ["1", "2"])
    found = [
        (ware, sku)
        for ware, sku in shop.skus()
        if (not wares or ware.ware_id in wares)
        and (not ids or sku.sku_id in ids)
        and (not codes or sku.outer_id in codes)
        and str(_sku_status(ware, sku)) in statuses
    ]
    by_stock = "stockNum" in call.names("orderFiled")
    found.sort(
        key=lambda each: (each[1].stock_num if by_stock else 0, each[1].sku_id),
        reverse=call.text("orderType", "desc") != "asc",
    )
    names = call.names("field") or _SKU_DEFAULTS
    rows = [picked(sku_row(*each), names) for each in found[first : first + size]]
    return _page(first, size, len(found), rows)


def _one_sku(shop: Shop, call: Call) -> dict[str, Any]:
    row = sku_row(*sku_of(shop, call.whole("skuId")))
    return {"sku": picked(row, call.names("field") or _SKU_DEFAULTS)}


def _page(first: int, size: int, total: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "page": {"pageNo": first // size + 1, "pageSize": size, "totalItem": total, "data": rows}
    }


def ware_row(ware: Ware, now: datetime) -> dict[str, Any]:
    """Prices are numbers and times epoch milliseconds here, unlike in orders."""
    return {
        "wareId": ware.ware_id,
        "title": ware.title,
        "wareStatus": ware.shown_status(now),
        "outerId": ware.outer_id or None,
        "introduction": ware.introduction or None,
        "mobileDesc": ware.mobile_desc or None,
        "jdPrice": min((sku.price for sku in ware.live), default=0) / 100,
        "stockNum": sum(sku.stock_num for sku in ware.live),
        "created": milliseconds(ware.created),
        "modified": milliseconds(ware.modified),
    }


def sku_row(ware: Ware, sku: Sku) -> dict[str, Any]:
    attributes = [
        {
            "attrId": str(attribute),
            "attrValues": [str(value)],
            "attrValueAlias": [alias],
            "index": index,
        }
        for index, (attribute, value, alias) in enumerate(sku.attributes, start=1)
    ]
    return {
        "skuId": sku.sku_id,
        "wareId": ware.ware_id,
        "status": _sku_status(ware, sku),
        "outerId": sku.outer_id or None,
        "barCode": sku.barcode or None,
        "jdPrice": sku.price / 100,
        "stockNum": sku.stock_num,
        "skuName": ware.title,
        "wareTitle": ware.title,
        "saleAttrs": attributes,
        "created": milliseconds(sku.created),
        "modified": milliseconds(sku.modified),
    }


def _sku_status(ware: Ware, sku: Sku) -> int:
    if sku.deleted:
        return 4
    return 1 if ware.status == ON_SHELF else 2


# ---------------------------------------------------------------- writes


def _price(shop: Shop, call: Call) -> dict[str, Any]:
    ware, sku = sku_of(shop, call.whole("skuId"))
    set_price(ware, sku, fen(call.params.get("jdPrice"), "jdPrice"), call.now)
    return {"success": call.yes()}


def _title(shop: Shop, call: Call) -> dict[str, Any]:
    ware = ware_of(shop, call.whole("wareId"))
    set_text(shop, ware, call.text("title"), None, call.now)
    return {"success": call.yes()}


def _update(shop: Shop, call: Call) -> dict[str, Any]:
    """Only what was sent changes; SKUs are not touched."""
    sent = call.inner("ware")
    ware = ware_of(shop, sent.whole("wareId"))
    values = [
        sent.text(name) if name in sent.params else None for name in ("title", "introduction")
    ]
    set_text(shop, ware, values[0], values[1], call.now)
    return {"success": call.yes()}


def _up_or_down(shop: Shop, call: Call) -> dict[str, Any]:
    ware = ware_of(shop, call.whole("wareId"))
    match call.whole("opType"):
        case 1:
            put_on_shelf(shop, ware, call.now)
        case 2:
            take_off_shelf(ware, call.now)
        case _:
            raise invalid("opType")
    return {"success": call.yes()}


def _save_skus(shop: Shop, call: Call) -> dict[str, Any]:
    """A full replacement: SKUs that are not in the list are deleted."""
    ware = ware_of(shop, call.whole("wareId"))
    sent = {whole(row.get("skuId"), "skuId"): row for row in call.rows("skus", 2000)}
    known = {sku.sku_id: sku for sku in ware.live}
    if not sent.keys() <= known.keys():
        raise business("SKU不存在")
    for sku_id, sku in known.items():
        row = sent.get(sku_id)
        if row is None:
            sku.deleted = True
            continue
        set_price(ware, sku, fen(row.get("jdPrice"), "jdPrice"), call.now)
        set_stock(ware, sku, whole(row.get("stockNum"), "stockNum"), call.now)
    ware.modified = call.now
    return {"success": call.yes()}


def _api(answer: Callable[[Shop, Call], dict[str, Any]]) -> Api:
    return Api(answer, write=True)


APIS: Final = {
    "jingdong.ware.read.searchWare4Valid": Api(_search_wares),
    "jingdong.ware.read.findWareById": Api(_one_ware),
    "jingdong.sku.read.searchSkuList": Api(_search_skus),
    "jingdong.sku.read.findSkuById": Api(_one_sku),
    "jingdong.price.write.updateSkuJdPrice": _api(_price),
    "jingdong.ware.write.updateWareTitle": _api(_title),
    "jingdong.ware.write.updateWare": _api(_update),
    "jingdong.ware.write.upOrDown": _api(_up_or_down),
    "jingdong.sku.write.saveWareSkus": _api(_save_skus),
}
