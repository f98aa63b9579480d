from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mercer.core.errors import ProtocolBroken, Rejected
from mercer.core.listing import DeductAt, ListingStatus
from mercer.core.money import Money
from mercer.core.stock import StockReading
from mercer.plugins.beijing import moment
from mercer.plugins.taobao.mapping import listing, options
from mercer.plugins.values import whole
from mercer.plugins.yuan import money, yuan

ITEM: dict[str, Any] = {
    "num_iid": 730000000000000001,
    "title": "陶瓷花瓶",
    "price": "58.00",
    "num": 12,
    "outer_id": "VASE",
    "approve_status": "onsale",
    "sub_stock": 2,
    "modified": "2026-03-01 08:30:00",
    "skus": {
        "sku": [
            {
                "sku_id": 510000000000000001,
                "properties": "1:2",
                "properties_name": "1:2:颜色:白#cln#哑光",
                "quantity": 9,
                "with_hold_quantity": 2,
                "price": "58.00",
                "outer_id": "VASE-W",
                "barcode": "6900000000012",
                "status": "normal",
            },
            {"sku_id": 510000000000000002, "properties": "1:3", "price": "60.00"},
            {"sku_id": 510000000000000003, "properties": "1:4", "status": "delete"},
        ]
    },
}


def test_an_item_becomes_a_listing_with_ids_as_text() -> None:
    found = listing(ITEM, "B")
    assert found.listing == "730000000000000001"
    assert found.code == "VASE"
    assert found.updated_at == datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    assert found.refs == {"price": "58.00", "sub_stock": "2"}
    first = found.offers[0]
    assert first.offer == "510000000000000001"
    assert first.merchant_code == "VASE-W"
    assert first.barcode == "6900000000012"
    assert first.options == (("颜色", "白:哑光"),)
    assert first.stock == (StockReading("", 9, held=2),)
    assert first.refs == {"properties": "1:2"}


def test_a_deleted_sku_is_no_offer() -> None:
    assert [each.offer[-1] for each in listing(ITEM, "B").offers] == ["1", "2"]


def test_a_quantity_that_was_not_told_is_unknown_and_not_zero() -> None:
    second = listing(ITEM, "B").offers[1]
    assert second.stock == ()
    assert second.merchant_code is None


def test_an_item_whose_skus_are_all_deleted_has_no_offer() -> None:
    gone = [sku | {"status": "delete"} for sku in ITEM["skus"]["sku"]]
    assert listing(ITEM | {"skus": {"sku": gone}}, "B").offers == ()


@pytest.mark.parametrize(
    ("sub_stock", "seller", "expected"),
    [
        (1, "B", DeductAt.ORDER),
        (2, "C", DeductAt.PAYMENT),
        (None, "C", DeductAt.ORDER),
        (None, "B", DeductAt.PAYMENT),
        (9, "B", DeductAt.PAYMENT),
    ],
)
def test_sub_stock_tells_when_stock_is_taken_and_else_the_sellers_usual(
    sub_stock: int | None, seller: Any, expected: DeductAt
) -> None:
    found = listing(ITEM | {"sub_stock": sub_stock}, seller)
    assert {offer.deduct_at for offer in found.offers} == {expected}


@pytest.mark.parametrize(
    ("status", "num", "expected"),
    [
        ("onsale", 3, ListingStatus.LISTED),
        ("instock", 3, ListingStatus.DELISTED),
        ("instock", 0, ListingStatus.SOLD_OUT),
        ("instock", None, ListingStatus.DELISTED),
    ],
)
def test_the_status_tells_sold_out_from_delisted(
    status: str, num: int | None, expected: ListingStatus
) -> None:
    assert listing(ITEM | {"approve_status": status, "num": num}, "C").status is expected


@pytest.mark.parametrize(
    "change",
    [
        {"approve_status": "hidden"},
        {"approve_status": None},
        {"title": ""},
        {"num_iid": None},
        {"modified": "yesterday"},
        {"skus": {"sku": [{"sku_id": 1, "properties": "1:2", "price": "1,000.00"}]}},
        {"skus": {"sku": [{"sku_id": 1, "properties": "1:2", "quantity": "many"}]}},
        {"skus": {"sku": [{"sku_id": 1}]}},
    ],
)
def test_an_item_outside_the_platforms_contract_says_so(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolBroken):
        listing(ITEM | change, "C")


def test_yuan_text_and_money_are_each_others_inverse() -> None:
    assert money({"price": "5.00"}, "price") == Money(500, "CNY")
    assert yuan(Money(500, "CNY")) == "5.00"
    assert money({}, "price") is None


def test_another_currency_is_never_sent() -> None:
    with pytest.raises(Rejected, match="USD"):
        yuan(Money(500, "USD"))


def test_what_is_absent_or_empty_is_unknown() -> None:
    assert whole({"num": ""}, "num") is None
    assert moment({}, "modified") is None


def test_odd_properties_are_passed_over() -> None:
    assert options("1:2:颜色:黑;;oops;3:4:尺码:M") == (("颜色", "黑"), ("尺码", "M"))
