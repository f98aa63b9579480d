"""The calls of SP-API over the same shop: other paths and names, milliseconds, one envelope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from mercer.plugins.gateway import within
from mercer.plugins.jd.simulator import checkout, goods, stock
from mercer.plugins.jd.simulator.listings import sku_row, ware_row
from mercer.plugins.jd.simulator.orders import parts, pick_up
from mercer.plugins.jd.simulator.people import open_id, sp_consignee
from mercer.plugins.jd.simulator.protocol import (
    Api,
    Call,
    JdError,
    business,
    invalid,
    milliseconds,
)
from mercer.plugins.jd.simulator.shop import Item, Order, Shop, Sku, Ware

T = TypeVar("T")

_MOST_IDS: Final = 50


def _products(shop: Shop, call: Call) -> dict[str, Any]:
    ids = set(call.ids("productIdList", _MOST_IDS))
    created = call.epoch("createStartTime"), call.epoch("createEndTime")
    found = [
        ware
        for ware in shop.wares.values()
        if (not ids or ware.ware_id in ids) and within(ware.created, *created)
    ]
    return _page(call, found, lambda ware: _product(ware, call))


def _product(ware: Ware, call: Call) -> dict[str, Any]:
    row = ware_row(ware, call.now)
    return {
        "productId": row["wareId"],
        "productName": row["title"],
        "productStatus": row["wareStatus"],
        "outerId": row["outerId"],
        "stockNum": row["stockNum"],
        "createTime": row["created"],
        "modifiedTime": row["modified"],
    }


def _skus(shop: Shop, call: Call) -> dict[str, Any]:
    wares = set(call.ids("productIdList", _MOST_IDS))
    found = [
        (ware, sku)
        for ware, sku in shop.skus()
        if (not wares or ware.ware_id in wares) and not sku.deleted
    ]
    return _page(call, found, lambda each: _sku(*each))


def _sku(ware: Ware, sku: Sku) -> dict[str, Any]:
    row = sku_row(ware, sku)
    return {
        "skuId": row["skuId"],
        "productId": row["wareId"],
        "skuName": row["skuName"],
        "skuStatus": row["status"],
        "outerId": row["outerId"],
        "upc": row["barCode"],
        "jdPrice": row["jdPrice"],
        "stockNum": row["stockNum"],
        "modifiedTime": row["modified"],
    }


def _stocks(shop: Shop, call: Call) -> dict[str, Any]:
    skus = [goods.sku_of(shop, sku_id)[1] for sku_id in call.ids("skuIdList", _MOST_IDS)]
    return {"data": [stock.store_row(shop, sku) for sku in skus]}


def _set_stocks(shop: Shop, call: Call) -> dict[str, Any]:
    """All or nothing: how a part of it fails is UNVERIFIED."""
    rows = call.rows("putSkuStockList", stock.MOST_SKUS)
    for row in rows:
        stock.wanted(shop, row)
    stock.set_many(shop, call, call.text("stockRfID"), rows)
    return {"data": True}


def _states(shop: Shop, call: Call) -> dict[str, Any]:
    wares = [goods.ware_of(shop, ware) for ware in call.ids("productIdList", _MOST_IDS)]
    up = call.whole("statusType")
    if up not in (1, 2):
        raise invalid("statusType")
    for ware in wares:
        if up == 1:
            goods.put_on_shelf(shop, ware, call.now)
        else:
            goods.take_off_shelf(ware, call.now)
    return {"data": True}


def _orders(shop: Shop, call: Call) -> dict[str, Any]:
    """By change, oldest first, sorted at the moment of the call; unpaid ones too (UNVERIFIED)."""
    since, until = call.epoch("startTime"), call.epoch("endTime")
    if since is None or until is None:
        raise invalid("startTime")
    found = [order for order in shop.orders.values() if within(order.modified, since, until)]
    found.sort(key=lambda order: (order.modified, order.order_id))
    return _page(call, found, lambda order: _order(shop, order))


def _one_order(shop: Shop, call: Call) -> dict[str, Any]:
    order = shop.orders.get(call.whole("orderId"))
    if order is None:
        raise business("订单不存在")
    return {"data": _order(shop, order)}


def _order(shop: Shop, order: Order) -> dict[str, Any]:
    items = [
        {
            "skuUuid": item.uuid,
            "skuId": item.sku_id,
            "productId": item.ware_id,
            "outerSkuId": item.outer_sku_id,
            "skuName": item.name,
            "num": item.count,
            "jdPrice": item.price / 100,
        }
        for item in order.items
    ]
    payment = {
        "shouldPayAmount": order.total / 100,
        "actualPayAmount": order.total / 100 if order.paid else 0,
        "freightFee": 0,
        "paymentConfirmTime": milliseconds(order.paid),
    }
    return {
        "orderId": order.order_id,
        "orderStatus": order.state,
        "venderId": shop.vender_id,
        "createdTime": milliseconds(order.created),
        "modifiedTime": milliseconds(order.modified),
        "finishedTime": milliseconds(order.ended),
        "parentOrderId": order.parent,
        "rootOrderId": order.parent,
        "skuItemInfoList": items,
        "paymentInfo": payment,
        "xidBuyer": open_id(shop, order.buyer),
        "consigneeInfo": sp_consignee(shop, order.buyer),
        "promiseCalendarInfo": {"promisePickTime": milliseconds(pick_up(order))},
        "transportInfo": _transport(order),
    }


def _transport(order: Order) -> dict[str, Any]:
    shown = [
        {
            "shipmentId": part["shipmentId"],
            "logisticsId": part["logicId"],
            "waybillCode": part["waybillId"],
            "shipmentTime": part["shipmentTime"],
            "skuList": part["skus"],
        }
        for part in parts(order) or ()
    ]
    return {
        "logisticsId": order.carrier if order.shipped else None,
        "waybillCode": order.waybill if order.shipped else None,
        "partialShipmentList": shown,
    }


def _vender(shop: Shop, call: Call) -> dict[str, Any]:
    del call
    base = {"shopId": shop.shop_id, "shopName": shop.name}
    return {"data": {"venderId": shop.vender_id, "shopBaseInfo": base}}


def _ship(shop: Shop, call: Call) -> dict[str, Any]:
    """Each package by itself; goods that are not named are all that are left (UNVERIFIED)."""
    order = shop.orders.get(call.whole("orderId"))
    packages = call.inner("orderShipmentDTO").rows("packageInfoList", _MOST_IDS)
    if order is None:
        raise business("订单不存在")
    for row in packages:
        package = Call(row, call.now, call.rng)
        carrier, waybill = str(package.whole("companyId")), package.text("waybillCode")
        try:
            checkout.ship(shop, order, call.now, carrier, waybill, _goods(order, package))
        except ValueError:
            raise JdError("10400002", "订单状态不允许出库") from None
    return {"data": True}


def _goods(order: Order, package: Call) -> dict[int, int] | None:
    if package.params.get("outboundGoodsFacetDTOList") is None:
        return None
    goods: dict[int, int] = {}
    for row in package.rows("outboundGoodsFacetDTOList", _MOST_IDS):
        part = Call(row, package.now, package.rng)
        item = _item(order, part)
        goods[item.id] = goods.get(item.id, 0) + part.whole("skuNum")
    return goods


def _item(order: Order, part: Call) -> Item:
    uuid, sku = part.text("skuUuid"), part.whole("skuId")
    for item in order.items:
        if item.sku_id == sku and uuid in ("", item.uuid):
            return item
    raise business("商品不在订单中")


def _page(call: Call, found: Sequence[T], row: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    first, size = call.page("page", "pageSize", 20, 50)
    pages = {"currentPage": first // size + 1, "pageSize": size, "totalItems": len(found)}
    return {"data": [row(each) for each in found[first : first + size]], "paginationData": pages}


APIS: Final = {
    "GET /sp-seller/v0/venderinfo": Api(_vender),
    "GET /sp-product/v0/products": Api(_products),
    "GET /sp-product/v0/skus": Api(_skus),
    "GET /sp-product/v0/sku-stocks": Api(_stocks),
    "PUT /sp-product/v0/sku-stocks/batch": Api(_set_stocks, write=True),
    "PUT /sp-product/v0/product-states/batch": Api(_states, write=True),
    "GET /sp-order/v0/orders": Api(_orders),
    "GET /sp-order/v0/orders/{orderId}": Api(_one_order),
    "POST /sp-order/v0/orders/{orderId}/shipments": Api(_ship, write=True),
}
