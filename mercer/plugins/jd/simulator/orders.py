"""Order APIs: what changed, what is unpaid, one order in full, shipping."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.plugins.beijing import beijing
from mercer.plugins.gateway import within
from mercer.plugins.jd.simulator import checkout
from mercer.plugins.jd.simulator.people import classic_consignee, masked_pin, open_id
from mercer.plugins.jd.simulator.protocol import (
    Api,
    Call,
    business,
    invalid,
    milliseconds,
    picked,
)
from mercer.plugins.jd.simulator.shop import Item, Order, Package, Shop
from mercer.plugins.yuan import in_yuan

_LONGEST_WINDOW: Final = timedelta(days=31)
_CHANGES_KEPT: Final = timedelta(days=90)
_PICK_UP: Final = timedelta(hours=48)
"""After the payment: what JD promises buyers, here the same for all goods."""
_NO_TIME: Final = "0001-01-01 00:00:00"
_PINYIN: Final = {
    "WAIT_SELLER_STOCK_OUT": "DengDaiChuKu",
    "WAIT_GOODS_RECEIVE_CONFIRM": "DengDaiQueRenShouHuo",
    "FINISHED_L": "WanCheng",
    "PAUSE": "ZanTing",
}


def _search(shop: Shop, call: Call) -> dict[str, Any]:
    """Sorted at the moment of the call. Unpaid orders are not among them."""
    names = _fields(call)
    states = set(call.names("order_state"))
    if not states:
        raise invalid("order_state")
    since, until = _window(call, "start_date", "end_date")
    first, size = call.page("page", "page_size", 10, 100)
    by_creation = call.whole("dateType", 0) == 1
    found = [
        order
        for order in shop.orders.values()
        if order.state != checkout.UNPAID
        and ("ALL" in states or order.state in states)
        and within(order.created if by_creation else order.modified, since, until)
        and (by_creation or call.now - order.modified <= _CHANGES_KEPT)
    ]
    found.sort(
        key=lambda order: (order.created if by_creation else order.modified, order.order_id),
        reverse=call.whole("sortType", 0) == 1,
    )
    rows = [picked(_row(shop, order), names) for order in found[first : first + size]]
    total = call.rng.choice((len(found), str(len(found))))
    return {
        "searchorderinfo_result": {
            "apiResult": _went_well(call),
            "orderTotal": total,
            "orderInfoList": rows,
        }
    }


def _get(shop: Shop, call: Call) -> dict[str, Any]:
    names = _fields(call)
    order = shop.orders.get(call.whole("order_id"))
    if order is None:
        failed = {
            "success": call.rng.choice((False, "false")),
            "numberCode": 10400001,  # made up
            "chineseErrCode": "订单不存在",
            "englishErrCode": "The order does not exist",
        }
        return {"orderDetailInfo": {"apiResult": failed}}
    info = picked(_row(shop, order), names)
    return {"orderDetailInfo": {"apiResult": _went_well(call), "orderInfo": info}}


def _unpaid(shop: Shop, call: Call) -> dict[str, Any]:
    """By creation. No amounts: `payment` is how the buyer will pay."""
    since, until = _window(call, "startDate", "endDate")
    first, size = call.page("page", "pageSize", 10, 100)
    found = [
        order
        for order in shop.orders.values()
        if order.state == checkout.UNPAID and within(order.created, since, until)
    ]
    found.sort(key=lambda order: (order.created, order.order_id))
    rows = [
        {
            "id": order.order_id,
            "orderId": order.order_id,
            "venderId": shop.vender_id,
            "payment": 4,
            "orderCreated": beijing(order.created),
            "created": milliseconds(order.created),
            "modified": milliseconds(order.modified),
            "itemList": [
                {"id": item.id, "skuId": item.sku_id, "skuName": item.name, "num": item.count}
                for item in order.items
            ],
        }
        for order in found[first : first + size]
    ]
    page = {"index": first // size + 1, "pageSize": size, "totalItem": len(found)}
    return {"paginatedInfo": page | {"pageList": rows}}


def _ship(shop: Shop, call: Call) -> dict[str, Any]:
    order = shop.orders.get(call.whole("orderId"))
    words = "" if order else "订单不存在"
    if order:
        if not call.text("logiCoprId"):
            raise invalid("logiCoprId")
        try:
            carrier, waybill = call.text("logiCoprId"), call.text("logiNo")
            checkout.ship(shop, order, call.now, carrier, waybill)
        except ValueError:
            words = "订单状态不允许出库"
    result = {
        "success": not words if words else call.yes(),
        "errorCode": "10400002" if words else "",  # made up
        "chineseErrCode": words,
        "englishErrCode": words,
    }
    return {"sopjosshipment_result": result}


def _fields(call: Call) -> list[str]:
    names = call.names("optional_fields")
    if not names:
        raise business("optional_fields不能为空")
    return ["orderId", *names]


def _window(call: Call, start: str, end: str) -> tuple[datetime, datetime]:
    since, until = call.moment(start), call.moment(end)
    if since is None or until is None or until < since:
        raise invalid(start)
    if until - since > _LONGEST_WINDOW:
        raise business("查询的时间跨度不能超过一个月")
    return since, until


def _went_well(call: Call) -> dict[str, Any]:
    return {"success": call.yes(), "englishErrCode": "", "chineseErrCode": "", "numberCode": 0}


def _row(shop: Shop, order: Order) -> dict[str, Any]:
    """Nearly every scalar is text."""
    total = in_yuan(order.total)
    parent = str(order.parent)
    state = _PINYIN.get(order.state, order.state) if shop.pinyin else order.state
    return {
        "orderId": str(order.order_id),
        "venderId": str(shop.vender_id),
        "orderType": "22",
        "payType": "4-在线支付",
        "orderState": state,
        "orderTotalPrice": total,
        "orderSellerPrice": total,
        "orderPayment": total,
        "shouldPay": total,
        "actualPay": total if order.paid else "0.00",
        "freightPrice": "0.00",
        "sellerDiscount": "0.00",
        "balanceUsed": "0.00",
        "orderStartTime": beijing(order.created),
        "paymentConfirmTime": _time(order.paid),
        "orderEndTime": _time(order.ended),
        "outBoundDate": _time(order.shipped),
        "modified": beijing(order.modified),
        "parentOrderId": parent,
        "directParentOrderId": parent,
        "storeOrder": "",
        "storeId": str(shop.store_id),
        "returnOrder": "0",
        "waybill": order.waybill if order.shipped else "",
        "logisticsId": order.carrier if order.shipped else "",
        "partialLogisticsInfoModel": parts(order),
        "promisePickDate": _time(pick_up(order)),
        "pin": masked_pin(order.buyer),
        "open_id_buyer": open_id(shop, order.buyer),
        "consigneeInfo": classic_consignee(shop, order.buyer),
        "itemInfoList": [_item(shop, item) for item in order.items],
        "couponDetailList": [],
        "vatInfo": {},
    }


def _item(shop: Shop, item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "skuId": str(item.sku_id),
        "outerSkuId": item.outer_sku_id,
        "skuName": item.name,
        "wareId": str(item.ware_id),
        "jdPrice": in_yuan(item.price),
        "itemTotal": str(item.count),
        "giftPoint": "0",
        "newStoreId": str(shop.store_id),
        "itemExt": json.dumps({"skuUuid": item.uuid, "isVMI": 0}),
    }


def parts(order: Order) -> list[dict[str, Any]] | None:
    """The packages of an order that left in parts; JD does not name the others' goods."""
    uuids = {item.id: item for item in order.items}
    return [_part(package, uuids) for package in order.packages] if order.in_parts else None


def _part(package: Package, items: dict[int, Item]) -> dict[str, Any]:
    return {
        "shipmentId": package.id,
        "logicId": package.carrier,
        "waybillId": package.waybill,
        "packageNum": 1,
        "shipmentTime": milliseconds(package.at),
        "skus": [
            {"skuUuid": items[item].uuid, "skuId": items[item].sku_id, "num": units}
            for item, units in package.goods.items()
        ],
    }


def pick_up(order: Order) -> datetime | None:
    return order.paid + _PICK_UP if order.paid else None


def _time(moment: datetime | None) -> str:
    return _NO_TIME if moment is None else beijing(moment)


APIS: Final = {
    "jingdong.pop.order.search": Api(_search),
    "jingdong.pop.order.enSearch": Api(_search),
    "jingdong.pop.order.get": Api(_get),
    "jingdong.pop.order.enGet": Api(_get),
    "jingdong.pop.order.notPayOrderInfo": Api(_unpaid),
    "jingdong.pop.order.shipment": Api(_ship, write=True),
}
