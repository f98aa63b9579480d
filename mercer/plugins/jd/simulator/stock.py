"""Stock APIs: the present set and query, and the old call that is being withdrawn (推下线)."""

from __future__ import annotations

from typing import Any, Final

from mercer.plugins.jd.simulator.goods import set_stock, sku_of, stock_number
from mercer.plugins.jd.simulator.protocol import Api, Call, JdError, business, invalid, whole
from mercer.plugins.jd.simulator.shop import Shop, Sku, Ware

MOST_SKUS: Final = 30


def set_many(shop: Shop, call: Call, key: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The account of each SKU. A key that was taken before changes nothing (UNVERIFIED)."""
    if key and key in shop.stock_keys:
        return [_told(row, "") for row in rows]
    if key:
        shop.stock_keys.add(key)
    return [_told(row, _set(shop, call, row)) for row in rows]


def _set(shop: Shop, call: Call, row: dict[str, Any]) -> str:
    """Why not; empty where it was set."""
    try:
        ware, sku, number = wanted(shop, row)
        set_stock(ware, sku, number, call.now)
    except JdError as error:
        return error.zh
    return ""


def wanted(shop: Shop, row: dict[str, Any]) -> tuple[Ware, Sku, int]:
    ware, sku = sku_of(shop, whole(row.get("skuId"), "skuId"))
    _in_store(shop, row.get("storeId"))
    return ware, sku, stock_number(whole(row.get("stockNum"), "stockNum"))


def _told(row: dict[str, Any], words: str) -> dict[str, Any]:
    """`data` is the SKU's id."""
    return {
        "data": row.get("skuId"),
        "storeId": row.get("storeId", 0),
        "success": not words,
        "message": words or None,
    }


def _in_store(shop: Shop, store_id: object) -> None:
    if store_id is not None and whole(store_id, "storeId") != shop.store_id:
        raise business("仓库不存在")


def _stock_set(shop: Shop, call: Call) -> dict[str, Any]:
    """A failed SKU stands inside an outer success."""
    request = call.inner("req")
    if request.text("updateModel") != "fullStockIn":
        raise invalid("updateModel")
    try:
        rows = request.rows("skuStocks", MOST_SKUS)
    except JdError:
        words = f"skuStocks最多{MOST_SKUS}条"
        return {"returnType": {"success": False, "errorMessage": words, "obj": None}}
    done = set_many(shop, call, request.text("stockRfId"), rows)
    failed = [row for row in done if not row["success"]]
    shown = call.rng.choice((done, failed))
    result = {"updateStockResult": shown}
    return {"returnType": {"success": call.yes(), "errorMessage": None, "obj": result}}


def _stock_query(shop: Shop, call: Call) -> dict[str, Any]:
    _, sku = sku_of(shop, call.whole("skuId"))
    obj = {"skuId": sku.sku_id, "stockModel": None, "skuStockInfos": [store_row(shop, sku)]}
    return {"returnType": {"success": call.yes(), "errorMessage": None, "obj": obj}}


def store_row(shop: Shop, sku: Sku) -> dict[str, Any]:
    """Usable is `stockNum` less the bookings."""
    beside = 0 if shop.stock_holds_bookings else sku.locked + sku.booked
    return {
        "skuId": sku.sku_id,
        "storeId": shop.store_id,
        "stockNum": sku.stock_num + beside,
        "orderBookingNum": sku.booked,
        "appBookingNum": sku.locked,
        "orderTransferNum": 0,
    }


def _retired(shop: Shop, call: Call) -> dict[str, Any]:
    ware, sku = sku_of(shop, call.whole("skuId"))
    _in_store(shop, call.params.get("storeId"))
    set_stock(ware, sku, call.whole("stockNum"), call.now)
    return {"success": call.yes()}


APIS: Final = {
    "jingdong.ware.stock.sku.set": Api(_stock_set, write=True),
    "jingdong.ware.stock.sku.query": Api(_stock_query),
    "jingdong.stock.write.updateSkuStock": Api(_retired, write=True),
}
