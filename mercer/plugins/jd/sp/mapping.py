"""SP-API's rows into the classic gateway's words.

Times are epoch milliseconds here, amounts yuan, and whatever belongs to a payment or a parcel lies one
level deeper. That statuses have the classic gateway's values is UNVERIFIED; one that has not is set
aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mercer.plugins.beijing import beijing
from mercer.plugins.jd.mapping import moment
from mercer.plugins.jd.parcel_mapping import PARTS
from mercer.plugins.jd.wire import node, rows
from mercer.plugins.paging import Row

_WARE: Final = {
    "wareId": "productId",
    "title": "productName",
    "wareStatus": "productStatus",
    "outerId": "outerId",
    "modified": "modifiedTime",
}
_SKU: Final = {
    "skuId": "skuId",
    "wareId": "productId",
    "status": "skuStatus",
    "outerId": "outerId",
    "barCode": "upc",
    "jdPrice": "jdPrice",
    "stockNum": "stockNum",
}
_ORDER: Final = {
    "orderId": "orderId",
    "orderState": "orderStatus",
    "parentOrderId": "rootOrderId",
    "open_id_buyer": "xidBuyer",
}
_TIMES: Final = {
    "orderStartTime": "createdTime",
    "modified": "modifiedTime",
    "orderEndTime": "finishedTime",
}
_ITEM: Final = {
    "id": "skuUuid",
    "skuUuid": "skuUuid",
    "skuId": "skuId",
    "wareId": "productId",
    "outerSkuId": "outerSkuId",
    "skuName": "skuName",
    "itemTotal": "num",
    "jdPrice": "jdPrice",
}
_CONSIGNEE: Final = {
    "fullname": "fullName",
    "mobile": "mobile",
    "telephone": "telephone",
    "province": "provinceName",
    "city": "cityName",
    "county": "countyName",
    "town": "townName",
    "fullAddress": "fullAddress",
    "oaid": "oaid",
}
_PARCEL: Final = {"logicId": "logisticsId", "waybillId": "waybillCode", "skus": "skuList"}


def ware(product: Row) -> Row:
    return _in_words(product, _WARE)


def sku(row: Row) -> Row:
    return _in_words(row, _SKU)


def order(row: Row) -> Row:
    """What the goods cost before discounts is not told. Raise `ProtocolBroken` for a broken time."""
    payment = node(row, "paymentInfo")
    return {
        **_in_words(row, _ORDER),
        **{name: _time(row, theirs) for name, theirs in _TIMES.items()},
        "paymentConfirmTime": _time(payment, "paymentConfirmTime"),
        "shouldPay": payment.get("shouldPayAmount"),
        "freightPrice": payment.get("freightFee"),
        "promisePickDate": _time(_part(row, "promiseCalendarInfo"), "promisePickTime"),
        "itemInfoList": [_in_words(item, _ITEM) for item in rows(row, "skuItemInfoList")],
        "consigneeInfo": _in_words(_part(row, "consigneeInfo"), _CONSIGNEE),
        **_transport(_part(row, "transportInfo")),
    }


def _transport(found: Row) -> Row:
    parcels = [_in_words(part, _PARCEL) for part in rows(found, "partialShipmentList")]
    return {
        "logisticsId": found.get("logisticsId"),
        "waybill": found.get("waybillCode"),
        PARTS: parcels,
    }


def _part(row: Row, name: str) -> Row:
    """Empty where it is not there, or nothing but a list."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def _in_words(row: Row, words: Mapping[str, str]) -> Row:
    return {name: row.get(theirs) for name, theirs in words.items()}


def _time(row: Row, name: str) -> str | None:
    """As the classic gateway writes it: Beijing's, in whole seconds."""
    at = moment(row, name)
    return None if at is None else beijing(at)
