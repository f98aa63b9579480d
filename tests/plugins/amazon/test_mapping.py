from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mercer.core.cell import NOTHING
from mercer.core.listing import FulfilledBy, ListingStatus
from mercer.core.stock import StockReading
from mercer.plugins.amazon.mapping import (
    Market,
    listing,
    price_patch,
    stock_patch,
    text_patch,
)
from mercer.plugins.aside import UNREADABLE

from .conftest import usd

US = Market("ATVPDKIKX0DER", "USD")


def purchasable(price: str, **more: Any) -> dict[str, Any]:
    schedule = [{"value_with_tax": Decimal(price)}]
    here = {"marketplace_id": US.id, "currency": "USD"}
    return {**here, "our_price": [{"schedule": schedule}], **more}


def offer(amount: str, marketplace: str = US.id, type: str = "B2C") -> dict[str, Any]:
    price = {"currencyCode": "USD", "amount": amount}
    return {"marketplaceId": marketplace, "offerType": type, "price": price}


def item(**parts: Any) -> dict[str, Any]:
    summary = {
        "marketplaceId": US.id,
        "asin": "B071VG5N9D",
        "productType": "LUGGAGE",
        "status": ["BUYABLE"],
        "itemName": "Carry-On",
        "createdDate": "2021-02-01T00:00:00Z",
        "lastUpdatedDate": "2021-03-01T00:00:00.123Z",
    }
    whole: dict[str, Any] = {
        "sku": "GM-1",
        "summaries": [summary],
        "attributes": {"purchasable_offer": [purchasable("100.00")]},
        "offers": [offer("100.00")],
        "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 7}],
        "issues": [],
    }
    return whole | parts


def issue(**more: Any) -> dict[str, Any]:
    refused = {"code": "18155", "message": "The minimum price is greater.", "severity": "ERROR"}
    return {**refused, "categories": ["INVALID_PRICE"], "marketplaceIds": [US.id], **more}


def test_a_sku_is_a_listing_with_one_offer_of_the_same_id() -> None:
    read = listing(item(), US)
    (only,) = read.offers
    assert (read.listing, only.offer, only.merchant_code) == ("GM-1", "GM-1", "GM-1")
    assert (read.title, read.status, read.code) == ("Carry-On", ListingStatus.LISTED, "B071VG5N9D")
    assert (only.price, only.stock) == (usd("100.00"), (StockReading("DEFAULT", 7),))
    assert read.updated_at is not None
    assert read.updated_at.utcoffset() is not None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param({}, "100.00", id="both agree"),
        pytest.param({"offers": [offer("90.00")]}, "90.00", id="the offer still shows another"),
        pytest.param({"offers": []}, "100.00", id="nothing is on offer and nothing is wrong"),
        pytest.param({"offers": [], "issues": [issue()]}, None, id="refused and not on offer"),
        pytest.param(
            {"offers": [offer("90.00")], "issues": [issue()]},
            "90.00",
            id="refused, and the old holds",
        ),
        pytest.param(
            {"offers": [], "issues": [issue(marketplaceIds=["A1PA6795UKMFR9"])]},
            "100.00",
            id="refused elsewhere",
        ),
        pytest.param({"attributes": {}}, "100.00", id="only the offer tells"),
        pytest.param({"attributes": {}, "offers": []}, None, id="nobody tells"),
        pytest.param({"offers": [offer("80.00", type="B2B")]}, "100.00", id="business offer"),
        pytest.param({"offers": [offer("80.00", "A1PA6795UKMFR9")]}, "100.00", id="elsewhere"),
    ],
)
def test_the_price_is_what_holds_and_never_only_what_was_submitted(
    parts: dict[str, Any], expected: str | None
) -> None:
    (only,) = listing(item(**parts), US).offers
    assert only.price == (usd(expected) if expected else None)


def test_an_offer_that_shows_a_sale_price_does_not_disagree() -> None:
    sale = purchasable("100.00", discounted_price=[{"schedule": [{"value_with_tax": Decimal(75)}]}])
    parts = {"attributes": {"purchasable_offer": [sale]}, "offers": [offer("75.00")]}
    (only,) = listing(item(**parts), US).offers
    assert only.price == usd("100.00")


@pytest.mark.parametrize(
    ("status", "quantity", "expected"),
    [
        (["BUYABLE", "DISCOVERABLE"], 7, ListingStatus.LISTED),
        (["DISCOVERABLE"], 0, ListingStatus.SOLD_OUT),
        (["DISCOVERABLE"], 7, ListingStatus.DELISTED),
        ([], 7, ListingStatus.DELISTED),
    ],
)
def test_what_cannot_be_bought_is_sold_out_only_where_nothing_is_left(
    status: list[str], quantity: int, expected: ListingStatus
) -> None:
    whole = item(
        fulfillmentAvailability=[{"fulfillmentChannelCode": "DEFAULT", "quantity": quantity}]
    )
    whole["summaries"][0]["status"] = status
    assert listing(whole, US).status is expected


def test_an_unknown_quantity_is_not_zero() -> None:
    (only,) = listing(item(fulfillmentAvailability=[]), US).offers
    assert only.stock == ()


@pytest.mark.parametrize("code", ["AMAZON_NA", "AMAZON_EU", "AMAZON_JP"])
def test_what_amazon_fulfils_is_told_from_what_the_seller_ships(code: str) -> None:
    channels = [{"fulfillmentChannelCode": code}]
    (only,) = listing(item(fulfillmentAvailability=channels), US).offers
    assert (only.fulfilled_by, only.stock) == (FulfilledBy.PLATFORM, ())


def test_the_parent_of_a_variation_family_has_no_offer() -> None:
    parent = {"parentage_level": [{"value": "parent", "marketplace_id": US.id}]}
    assert listing(item(attributes=parent), US).offers == ()


def test_an_unfinished_listing_is_named_by_its_sku() -> None:
    read = listing(item(summaries=[], attributes={}, offers=[]), US)
    assert (read.title, read.status) == ("GM-1", ListingStatus.DELISTED)


@pytest.mark.parametrize("amount", ["100", 100.0, True, None])
def test_a_price_that_is_no_exact_number_is_never_guessed(amount: object) -> None:
    odd = {"marketplace_id": US.id, "our_price": [{"schedule": [{"value_with_tax": amount}]}]}
    with pytest.raises(UNREADABLE):
        listing(item(attributes={"purchasable_offer": [odd]}), US)


def test_prices_and_stock_are_merged_so_that_what_they_do_not_name_survives() -> None:
    assert price_patch(usd("30"), US) == {
        "op": "merge",
        "path": "/attributes/purchasable_offer",
        "value": [
            {
                "marketplace_id": US.id,
                "audience": "ALL",
                "currency": "USD",
                "our_price": [{"schedule": [{"value_with_tax": Decimal("30.00")}]}],
            }
        ],
    }
    assert stock_patch(5)["op"] == "merge"
    assert stock_patch(5)["value"] == [{"fulfillment_channel_code": "DEFAULT", "quantity": 5}]


def test_a_text_names_its_language() -> None:
    (value,) = text_patch("item_name", "Koffer", "de_DE", US)["value"]
    assert value == {"value": "Koffer", "language_tag": "de_DE", "marketplace_id": US.id}


def test_a_sale_price_is_read_with_its_dates_and_without_them() -> None:
    step = {"value_with_tax": Decimal(75)}
    dates = {"start_at": "2026-11-20T00:00:00Z", "end_at": "2026-11-30T23:59:59Z"}
    found = []
    for said in (step | dates, step, step | {"start_at": "2026-11-20"}):
        sale = purchasable("100.00", discounted_price=[{"schedule": [said]}])
        (only,) = listing(item(attributes={"purchasable_offer": [sale]}), US).offers
        found.append(str(only.scheduled))
    always = "75.00 USD 1970-01-01T00:00:00Z/9999-12-31T00:00:00Z"
    assert found == ["75.00 USD 2026-11-20T00:00:00Z/2026-11-30T23:59:59Z", always, always]


def test_an_offer_without_a_sale_price_has_none_and_one_without_a_price_tells_nothing() -> None:
    (without,) = listing(item(), US).offers
    (unknown,) = listing(item(attributes={}), US).offers
    assert (without.scheduled, unknown.scheduled) == (NOTHING, None)


def test_a_sale_price_that_amazon_has_an_issue_with_does_not_hold() -> None:
    step = {"value_with_tax": Decimal(75)}
    sale = purchasable("100.00", discounted_price=[{"schedule": [step]}])
    issue = {"code": "18155", "severity": "ERROR", "message": "", "categories": ["INVALID_PRICE"]}
    parts = {"attributes": {"purchasable_offer": [sale]}, "issues": [issue]}
    (only,) = listing(item(**parts), US).offers
    assert only.scheduled is NOTHING
