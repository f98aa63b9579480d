"""Item APIs: lists, details, prices, stock, the shelf."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from mercer.plugins.beijing import beijing
from mercer.plugins.gateway import within
from mercer.plugins.taobao.simulator.fields import picked, wrapped
from mercer.plugins.taobao.simulator.goods import (
    found,
    put_on_shelf,
    set_prices,
    set_stock,
    sku_of,
    take_off_shelf,
)
from mercer.plugins.taobao.simulator.protocol import Api, Call, business, fen, invalid
from mercer.plugins.taobao.simulator.shop import Item, Shop, Sku
from mercer.plugins.yuan import in_yuan

_LISTED_FIELDS: Final = frozenset(
    {
        "approve_status",
        "num_iid",
        "title",
        "nick",
        "type",
        "num",
        "list_time",
        "price",
        "modified",
        "outer_id",
    }
)
_ORDERS: Final = {
    "list_time": lambda item: item.list_time,
    "num": lambda item: item.num,
    "modified": lambda item: item.modified,
}
_DEEPEST: Final = 100_000


# ---------------------------------------------------------------- lists


def _onsale(shop: Shop, call: Call) -> dict[str, Any]:
    return _listed(shop, call, (item for item in shop.items.values() if item.onsale))


def _inventory(shop: Shop, call: Call) -> dict[str, Any]:
    banner = call.text("banner", "for_shelved")
    off = (item for item in shop.items.values() if not item.onsale)
    return _listed(shop, call, (item for item in off if banner in _banners(item)))


def _banners(item: Item) -> tuple[str, ...]:
    """Which tabs of the warehouse show the item; the default one hides what is sold out."""
    if item.violation:
        return ("violation_off_shelf",)
    if item.num == 0:
        return ("sold_out",)
    return ("for_shelved", "off_shelf")


def _listed(shop: Shop, call: Call, items: Iterable[Item]) -> dict[str, Any]:
    """Sorted at the moment of the call, so that a change between two pages shifts rows."""
    first, size = call.page(40, 200)
    if first + size > _DEEPEST:
        raise invalid("page_no")
    since, until = call.moment("start_modified"), call.moment("end_modified")
    rows = [item for item in items if within(item.modified, since, until)]
    column, _, direction = call.text("order_by", "list_time:desc").partition(":")
    if column not in _ORDERS:
        raise invalid("order_by")
    rows.sort(key=lambda item: (_ORDERS[column](item), item.num_iid), reverse=direction != "asc")
    fields = ",".join(name for name in call.text("fields").split(",") if name in _LISTED_FIELDS)
    page = [picked(_item_row(shop, item), fields) for item in rows[first : first + size]]
    return wrapped("items", "item", page) | {"total_results": len(rows)}


# ---------------------------------------------------------------- details


def _one(shop: Shop, call: Call) -> dict[str, Any]:
    item = found(shop, call.whole("num_iid"))
    return {"item": picked(_item_row(shop, item), call.text("fields"))}


def _several(shop: Shop, call: Call) -> dict[str, Any]:
    """Unknown ids are left out without a word."""
    items = [shop.items[each] for each in call.ids("num_iids", 20) if each in shop.items]
    rows = [picked(_item_row(shop, item), call.text("fields")) for item in items]
    return wrapped("items", "item", rows)


def _skus(shop: Shop, call: Call) -> dict[str, Any]:
    items = [shop.items[each] for each in call.ids("num_iids", 40) if each in shop.items]
    rows = [_sku_row(item, sku) for item in items if not item.plain for sku in item.skus]
    return wrapped("skus", "sku", [picked(row, call.text("fields")) for row in rows])


def _item_row(shop: Shop, item: Item) -> dict[str, Any]:
    return {
        "num_iid": item.num_iid,
        "nick": shop.nick,
        "title": item.title,
        "desc": item.desc or None,
        "type": "fixed",
        "price": in_yuan(item.price),
        "num": item.num,
        "outer_id": item.outer_id or None,
        "barcode": (item.skus[0].barcode or None) if item.plain else None,
        "approve_status": "onsale" if item.onsale else "instock",
        "sub_stock": item.sub_stock,
        "with_hold_quantity": sum(sku.held for sku in item.live),
        "created": beijing(item.created),
        "modified": beijing(item.modified),
        "list_time": beijing(item.list_time),
        "skus": [] if item.plain else [_sku_row(item, sku) for sku in item.skus],
    }


def _sku_row(item: Item, sku: Sku) -> dict[str, Any]:
    return {
        "sku_id": sku.sku_id,
        "num_iid": item.num_iid,
        "properties": sku.properties,
        "properties_name": sku.properties_name,
        "quantity": sku.quantity,
        "with_hold_quantity": sku.held,
        "price": in_yuan(sku.price),
        "outer_id": sku.outer_id or None,
        "barcode": sku.barcode or None,
        "status": "delete" if sku.deleted else "normal",
    }


# ---------------------------------------------------------------- writes


def _sku_price(shop: Shop, call: Call) -> dict[str, Any]:
    item = found(shop, call.whole("num_iid"))
    wanted = call.text("properties")
    matches = [sku for sku in item.live if not item.plain and sku.properties == wanted]
    if not matches:
        raise business("isv.mismatch-parameters:sku", "该宝贝没有这个SKU")
    item_price = call.fen("item_price") if "item_price" in call.params else None
    set_prices(shop, item, item_price, {matches[0].sku_id: call.fen("price")}, call.now)
    sku = {"num_iid": item.num_iid, "sku_id": matches[0].sku_id, "modified": beijing(call.now)}
    return {"sku": sku}


def _tmall_prices(shop: Shop, call: Call) -> dict[str, Any]:
    if shop.seller_type != "B":
        raise business("isv.invalid-permission:update-item", "只有天猫商家可以调用")
    item = found(shop, call.whole("item_id"))
    item_price = call.fen("item_price") if "item_price" in call.params else None
    skus = {sku_of(item, sku_id).sku_id: price for sku_id, price in _sku_prices(call)}
    set_prices(shop, item, item_price, skus, call.now)
    return {"price_update_result": str(item.num_iid)}


def _sku_prices(call: Call) -> list[tuple[int, int]]:
    try:
        rows = json.loads(call.text("sku_prices", "[]"))
        return [(int(row["sku_id"]), fen(str(row["price"]), "sku_prices")) for row in rows]
    except (ValueError, TypeError, KeyError, OverflowError):
        raise invalid("sku_prices") from None


def _skus_quantity(shop: Shop, call: Call) -> dict[str, Any]:
    """Increments are clamped at 0 here, and refused below 0 by the item's own call."""
    item = found(shop, call.whole("num_iid"))
    pairs = [pair.partition(":") for pair in call.text("skuid_quantities").split(";") if pair]
    if not 0 < len(pairs) <= 20:
        raise invalid("skuid_quantities")
    numbers: dict[int, int] = {}
    for name, _, number in pairs:
        one = Call({"skuid_quantities": number, "sku_id": name}, call.now)
        sku = sku_of(item, one.whole("sku_id"))
        quantity = one.whole("skuid_quantities")
        added = max(sku.quantity + quantity, 0)
        numbers[sku.sku_id] = added if call.text("type") == "2" else quantity
    return _stocked(shop, call, item, numbers)


def _item_quantity(shop: Shop, call: Call) -> dict[str, Any]:
    item = found(shop, call.whole("num_iid"))
    if "sku_id" in call.params:
        sku = sku_of(item, call.whole("sku_id"))
    elif item.plain:
        sku = item.skus[0]
    else:
        raise business("isv.item-quantity-item-update-service-error", "宝贝有SKU，请更新SKU的库存")
    quantity = call.whole("quantity")
    if call.text("type") == "2":
        quantity += sku.quantity
    return _stocked(shop, call, item, {sku.sku_id: quantity})


def _stocked(shop: Shop, call: Call, item: Item, numbers: dict[int, int]) -> dict[str, Any]:
    set_stock(shop, item, numbers, call.now)
    modified = beijing(call.now)
    skus = [
        {"sku_id": sku.sku_id, "quantity": sku.quantity, "modified": modified}
        for sku in item.live
        if sku.sku_id in numbers and not item.plain
    ]
    answer = {"num_iid": item.num_iid, "num": item.num, "modified": modified}
    return {"item": answer | wrapped("skus", "sku", skus)}


def _listing(shop: Shop, call: Call) -> dict[str, Any]:
    item = found(shop, call.whole("num_iid"))
    put_on_shelf(shop, item, call.whole("num"), call.now)
    return {"item": {"num_iid": item.num_iid, "modified": beijing(call.now)}}


def _delisting(shop: Shop, call: Call) -> dict[str, Any]:
    item = found(shop, call.whole("num_iid"))
    take_off_shelf(shop, item, call.now)
    return {"item": {"num_iid": item.num_iid, "modified": beijing(call.now)}}


APIS: Final = {
    "taobao.items.onsale.get": Api(_onsale, ("fields",)),
    "taobao.items.inventory.get": Api(_inventory, ("fields",)),
    "taobao.item.seller.get": Api(_one, ("fields", "num_iid")),
    "taobao.items.seller.list.get": Api(_several, ("fields", "num_iids")),
    "taobao.item.skus.get": Api(_skus, ("fields", "num_iids")),
    "taobao.item.sku.price.update": Api(_sku_price, ("num_iid", "properties", "price"), write=True),
    "tmall.item.price.update": Api(_tmall_prices, ("item_id",), write=True),
    "taobao.skus.quantity.update": Api(_skus_quantity, ("num_iid",), write=True),
    "taobao.item.quantity.update": Api(_item_quantity, ("num_iid", "quantity"), write=True),
    "taobao.item.update.listing": Api(_listing, ("num_iid", "num"), write=True),
    "taobao.item.update.delisting": Api(_delisting, ("num_iid",), write=True),
}
