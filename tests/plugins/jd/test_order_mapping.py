from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from mercer.core.errors import ProtocolBroken
from mercer.core.listing import FulfilledBy
from mercer.core.money import Money
from mercer.core.order import OrderStatus
from mercer.core.shipping import Packed, Parcel
from mercer.plugins.jd.order_mapping import ORDER_FIELDS, STATUSES, order
from mercer.plugins.jd.sp import orders as sp_orders

ITEM: dict[str, Any] = {
    "id": 228886533499,
    "skuId": "10054887745652",
    "outerSkuId": "TS-WHT-L",
    "skuName": "纯棉T恤 白色",
    "wareId": "10020665903516",
    "jdPrice": "58.00",
    "itemTotal": "2",
}
INFO: dict[str, Any] = {
    "orderId": "249786309732",
    "orderState": "WAIT_SELLER_STOCK_OUT",
    "orderStartTime": "2026-03-01 08:00:00",
    "paymentConfirmTime": "2026-03-01 08:05:00",
    "orderEndTime": "0001-01-01 00:00:00",
    "modified": "2026-03-01 08:05:00",
    "parentOrderId": "0",
    "shouldPay": "110.00",
    "orderPayment": "1.00",
    "orderTotalPrice": "116.00",
    "sellerDiscount": "16.00",
    "freightPrice": "10.00",
    "storeOrder": "",
    "itemInfoList": [ITEM],
}
ROW: dict[str, Any] = {
    "orderId": 249786309732,
    "orderStatus": "WAIT_SELLER_STOCK_OUT",
    "createdTime": 1772323200000,
    "modifiedTime": 1772323500000,
    "rootOrderId": 0,
    "paymentInfo": {
        "shouldPayAmount": Decimal("110.0"),
        "freightFee": 10,
        "paymentConfirmTime": 1772323500000,
    },
    "skuItemInfoList": [
        {
            "skuUuid": "1012_x",
            "skuId": 10054887745652,
            "productId": 10020665903516,
            "outerSkuId": "TS-WHT-L",
            "skuName": "纯棉T恤 白色",
            "num": 2,
            "jdPrice": 58,
        }
    ],
}


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def test_an_order_keeps_what_the_platform_says() -> None:
    read = order(INFO)
    (line,) = read.lines
    assert (read.order, read.root, read.status) == (
        "249786309732",
        "249786309732",
        OrderStatus.PAID,
    )
    assert read.created_at == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
    assert read.paid_at == datetime(2026, 3, 1, 0, 5, tzinfo=UTC)
    assert (line.line, line.listing, line.offer) == (
        "228886533499",
        "10020665903516",
        "10054887745652",
    )
    assert (line.ordered, line.quantity, line.unit_price) == (2, 2, cny("58.00"))
    assert line.total is None
    assert read.totals.grand == cny("110.00")
    assert read.totals.difference() == cny("0.00")


def test_both_gateways_tell_the_same_order() -> None:
    classic, newer = order(INFO), sp_orders.order(ROW)
    for name in ("order", "status", "created_at", "updated_at", "paid_at", "root", "currency"):
        assert getattr(newer, name) == getattr(classic, name)
    mine, theirs = newer.lines[0], classic.lines[0]
    assert (mine.offer, mine.listing, mine.quantity) == (theirs.offer, theirs.listing, 2)
    assert mine.unit_price == theirs.unit_price
    assert newer.totals.grand == classic.totals.grand


@pytest.mark.parametrize(
    ("state", "status", "left", "shipped"),
    [
        ("NOT_PAY", OrderStatus.AWAITING_PAYMENT, 2, 0),
        ("DengDaiChuKu", OrderStatus.PAID, 2, 0),
        ("LOCKED", OrderStatus.HELD, 2, 0),
        ("POP_ORDER_PAUSE", OrderStatus.HELD, 2, 0),
        ("ZanTing", OrderStatus.HELD, 2, 0),
        ("WAIT_GOODS_RECEIVE_CONFIRM", OrderStatus.SHIPPED, 2, 2),
        ("DengDaiQueRenShouHuo", OrderStatus.SHIPPED, 2, 2),
        ("PeiSongTuiHuo", OrderStatus.SHIPPED, 2, 2),
        ("FINISHED_L", OrderStatus.COMPLETED, 2, 2),
        ("WanCheng", OrderStatus.COMPLETED, 2, 2),
        ("TRADE_CANCELED", OrderStatus.CANCELLED, 0, 0),
    ],
)
def test_each_state_in_english_or_pinyin_has_its_meaning(
    state: str, status: OrderStatus, left: int, shipped: int
) -> None:
    read = order(INFO | {"orderState": state})
    assert read.status is status
    assert (read.lines[0].quantity, read.lines[0].shipped) == (left, shipped)
    assert (read.cancelled_at is not None) is (status is OrderStatus.CANCELLED)


@pytest.mark.parametrize("state", ["ON_THE_MOON", ""])
def test_an_unknown_state_is_never_shippable(state: str) -> None:
    with pytest.raises(ProtocolBroken):
        order(INFO | {"orderState": state})


def test_a_child_names_the_order_it_was_split_off() -> None:
    assert order(INFO | {"parentOrderId": "245752632275"}).root == "245752632275"


def test_a_parent_that_was_split_has_no_lines_of_its_own() -> None:
    for read in (
        order(INFO | {"orderState": "PARENT_TRADE_CANCELED", "itemInfoList": []}),
        sp_orders.order(ROW | {"orderStatus": "PARENT_TRADE_CANCELED"}),
    ):
        assert (read.status, read.lines) == (OrderStatus.CANCELLED, ())


@pytest.mark.parametrize("sentinel", ["0001-01-01 00:00:00", "1970-01-01 00:00:00", "", None])
def test_a_moment_long_ago_is_none(sentinel: str | None) -> None:
    assert order(INFO | {"paymentConfirmTime": sentinel}).paid_at is None


def test_the_older_total_stands_in_where_the_newer_is_not_told() -> None:
    assert order(INFO | {"shouldPay": None}).totals.grand == cny("1.00")


def test_goods_out_of_jds_own_warehouse_are_not_the_sellers() -> None:
    assert order(INFO).lines[0].fulfilled_by is FulfilledBy.SELLER
    assert order(INFO | {"storeOrder": "京仓订单"}).lines[0].fulfilled_by is FulfilledBy.PLATFORM


def test_a_line_without_codes_is_still_a_line() -> None:
    item = ITEM | {"outerSkuId": "", "wareId": None, "id": None}
    (line,) = order(INFO | {"itemInfoList": item}).lines
    assert (line.merchant_code, line.listing, line.line) == (None, None, "10054887745652")


@pytest.mark.parametrize(
    "change",
    [
        {"orderId": ""},
        {"orderStartTime": "0001-01-01 00:00:00"},
        {"modified": None},
        {"modified": "2026-03-01T08:05:00"},
        {"shouldPay": None, "orderPayment": None},
        {"shouldPay": "free"},
        {"itemInfoList": []},
        {"itemInfoList": [ITEM | {"itemTotal": None}]},
        {"itemInfoList": [ITEM | {"jdPrice": None}]},
        {"itemInfoList": [ITEM | {"skuId": None}]},
    ],
)
def test_an_order_that_cannot_be_understood_breaks_the_contract(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolBroken):
        order(INFO | change)


@pytest.mark.parametrize(
    "change",
    [
        {"orderStatus": "ON_THE_MOON"},
        {"createdTime": None},
        {"paymentInfo": None},
        {"paymentInfo": {}},
        {"skuItemInfoList": []},
        {"skuItemInfoList": [{"skuId": 1}]},
    ],
)
def test_the_newer_gateways_order_is_judged_as_strictly(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolBroken):
        sp_orders.order(ROW | change)


def test_of_the_buyer_only_what_a_parcel_needs_is_asked_for() -> None:
    asked = set(ORDER_FIELDS.split(","))
    assert {"open_id_buyer", "consigneeInfo"} < asked
    assert asked.isdisjoint({"pin", "realPin", "invoiceInfo", "orderRemark", "venderRemark"})


def test_every_state_that_jd_documents_has_a_status() -> None:
    documented = {
        "NOT_PAY",
        "WAIT_SELLER_STOCK_OUT",
        "WAIT_SELLER_DELIVERY",
        "WAIT_GOODS_RECEIVE_CONFIRM",
        "WAIT_SEND_CODE",
        "PAUSE",
        "POP_ORDER_PAUSE",
        "LOCKED",
        "FINISHED_L",
        "TRADE_CANCELED",
        "PARENT_TRADE_CANCELED",
        "DELIVERY_RETURN",
        "DengDaiChuKu",
        "DengDaiFaHuo",
        "DengDaiQueRenShouHuo",
        "WanCheng",
        "ZanTing",
        "PeiSongTuiHuo",
    }
    assert STATUSES.keys() == documented


def test_the_numbers_of_a_whole_order_are_parcels_of_their_carriers() -> None:
    told = {"logisticsId": "2100|4700", "waybill": "1200458628372,111232|468778814888"}
    read = order(INFO | told | {"orderState": "WAIT_GOODS_RECEIVE_CONFIRM"})
    assert read.parcels == (
        Parcel("1200458628372", "2100"),
        Parcel("111232", "2100"),
        Parcel("468778814888", "4700"),
    )


PART: dict[str, Any] = {
    "shipmentId": 1,
    "logicId": "467",
    "waybillId": "SF1",
    "skus": [{"skuUuid": "1012_x", "skuId": 10054887745652, "num": 1}],
}


@pytest.mark.parametrize("item", [{"itemExt": '{"skuUuid":"1012_x"}'}, {"itemExt": "broken"}, {}])
def test_a_paid_order_of_which_a_part_has_left_is_partly_shipped(item: dict[str, Any]) -> None:
    told = {"itemInfoList": [ITEM | item], "partialLogisticsInfoModel": [PART]}
    read = order(INFO | told)
    assert read.status is OrderStatus.PARTLY_SHIPPED
    assert read.lines[0].shipped == 1
    assert read.parcels == (Parcel("SF1", "467", (Packed("228886533499", 1),)),)


def test_a_locked_order_stays_held_though_a_part_has_left() -> None:
    read = order(INFO | {"orderState": "LOCKED", "partialLogisticsInfoModel": [PART]})
    assert (read.status, read.lines[0].shipped) == (OrderStatus.HELD, 1)


def test_a_part_of_several_numbers_tells_its_goods_once() -> None:
    read = order(INFO | {"partialLogisticsInfoModel": [PART | {"waybillId": "SF1,SF2"}]})
    assert [(each.tracking, len(each.lines)) for each in read.parcels] == [("SF1", 1), ("SF2", 0)]
    assert read.lines[0].shipped == 1


def test_both_gateways_tell_the_same_parts() -> None:
    transport = {
        "logisticsId": None,
        "waybillCode": None,
        "partialShipmentList": [
            {"logisticsId": "467", "waybillCode": "SF1", "skuList": PART["skus"]}
        ],
    }
    read = sp_orders.order(ROW | {"transportInfo": transport})
    assert (read.status, read.lines[0].shipped) == (OrderStatus.PARTLY_SHIPPED, 1)
    assert read.parcels == (Parcel("SF1", "467", (Packed("1012_x", 1),)),)


def test_a_promised_pick_up_is_the_time_to_ship_by_where_its_form_is_known() -> None:
    assert order(INFO | {"promisePickDate": "2026-03-03 08:05:00"}).ship_by == datetime(
        2026, 3, 3, 0, 5, tzinfo=UTC
    )
    assert order(INFO | {"promisePickDate": "in two days"}).ship_by is None
    assert order(INFO).ship_by is None
    promise = {"promiseCalendarInfo": {"promisePickTime": 1772496300000}}
    assert sp_orders.order(ROW | promise).ship_by == datetime(2026, 3, 3, 0, 5, tzinfo=UTC)
