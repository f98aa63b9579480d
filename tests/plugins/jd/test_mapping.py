from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from mercer.core.errors import ProtocolBroken
from mercer.core.listing import DeductAt, ListingStatus
from mercer.core.money import Money
from mercer.core.stock import StockReading
from mercer.plugins.jd.mapping import listing, moment, status

WARE: dict[str, Any] = {
    "wareId": 10020665903516,
    "title": "纯棉T恤",
    "wareStatus": 8,
    "outerId": "SPU-1",
    "introduction": "<p>好</p>",
    "modified": 1767294245000,
}
SKU: dict[str, Any] = {
    "skuId": 10054887745652,
    "wareId": 10020665903516,
    "status": 1,
    "outerId": "TS-WHT-L",
    "barCode": "6900000000000",
    "jdPrice": Decimal("19.9"),
    "stockNum": 12,
    "saleAttrs": [
        {"attrId": "1000012349", "attrValues": ["1625601"], "attrValueAlias": ["白色"]},
        {"attrId": "1000012350", "attrValues": ["7"]},
    ],
}


def test_a_ware_with_its_skus_is_a_listing() -> None:
    read = listing(WARE, [SKU])
    (offer,) = read.offers
    assert (read.listing, read.title, read.code) == ("10020665903516", "纯棉T恤", "SPU-1")
    assert read.status is ListingStatus.LISTED
    assert read.description == "<p>好</p>"
    assert read.updated_at == datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)
    assert (offer.offer, offer.merchant_code) == ("10054887745652", "TS-WHT-L")
    assert offer.price == Money.of("19.90", "CNY")
    assert offer.stock == (StockReading("", 12),)
    assert offer.options == (("1000012349", "白色"), ("1000012350", "7"))
    assert offer.deduct_at is DeductAt.ORDER
    assert offer.barcode == "6900000000000"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("1", ListingStatus.DELISTED),
        ("2", ListingStatus.DELISTED),
        ("4", ListingStatus.DELISTED),
        ("8", ListingStatus.LISTED),
        ("514", ListingStatus.DELISTED),
        ("520", ListingStatus.LISTED),
        ("1028", ListingStatus.DELISTED),
        ("1032", ListingStatus.LISTED),
    ],
)
def test_an_audit_does_not_hide_whether_a_ware_is_on_the_shelf(
    code: str, expected: ListingStatus
) -> None:
    assert status(code) is expected


@pytest.mark.parametrize("code", ["-1", "0", "16", "上架", "³"])
def test_a_status_out_of_range_is_not_guessed_at(code: str) -> None:
    with pytest.raises(ProtocolBroken, match="wareStatus"):
        status(code)


def test_what_is_not_told_is_unknown_and_not_zero() -> None:
    bare = {"skuId": 1, "wareId": 2}
    offer = listing({"wareId": 2, "title": "x", "wareStatus": 2}, [bare]).offers[0]
    assert (offer.price, offer.stock, offer.merchant_code) == (None, (), None)


def test_deleted_skus_are_left_out() -> None:
    assert (
        listing(WARE, [SKU, SKU | {"skuId": 5, "status": 4}]).offers == listing(WARE, [SKU]).offers
    )


@pytest.mark.parametrize(
    ("ware", "sku", "named"),
    [
        ({"title": ""}, {}, "title"),
        ({"wareStatus": None}, {}, "wareStatus"),
        ({"modified": "yesterday"}, {}, "modified"),
        ({"modified": 10**20}, {}, "modified"),
        ({}, {"jdPrice": "19.999"}, "jdPrice"),
        ({}, {"jdPrice": {"price": 1}}, "jdPrice"),
        ({}, {"stockNum": "many"}, "stockNum"),
        ({}, {"saleAttrs": ["白色"]}, "saleAttrs"),
    ],
)
def test_a_value_out_of_range_names_its_field(
    ware: dict[str, Any], sku: dict[str, Any], named: str
) -> None:
    with pytest.raises(ProtocolBroken, match=named):
        listing(WARE | ware, [SKU | sku])


def test_a_time_that_is_not_there_is_none() -> None:
    assert moment({"offlineTime": None}, "offlineTime") is None
