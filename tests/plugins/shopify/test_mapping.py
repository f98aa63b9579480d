from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mercer.core.cell import NOTHING
from mercer.core.listing import ListingStatus
from mercer.core.money import Money
from mercer.core.order import OrderStatus
from mercer.core.shipping import Packed, Parcel
from mercer.plugins.aside import UNREADABLE
from mercer.plugins.shopify import order_mapping
from mercer.plugins.shopify.mapping import handle, listing, moment, offer, tail

PRODUCT = {
    "id": "gid://shopify/Product/10243923018034",
    "handle": "mug",
    "title": "Mug",
    "status": "ACTIVE",
    "descriptionHtml": "",
    "updatedAt": "2026-06-22T22:34:00Z",
}


def variant(**changes: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/ProductVariant/51488052412722",
        "sku": "MUG",
        "barcode": "",
        "price": "19.99",
        "compareAtPrice": None,
        "selectedOptions": [{"name": "Title", "value": "Default Title"}],
        "inventoryItem": {
            "id": "gid://shopify/InventoryItem/53593648759090",
            "tracked": True,
            "inventoryLevel": {
                "id": "gid://shopify/InventoryLevel/1?inventory_item_id=53593648759090",
                "isActive": True,
                "quantities": [{"name": "available", "quantity": -2}],
            },
        },
    } | changes


def bag(amount: str, currency: str = "EUR") -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": currency}}


def order(**changes: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/Order/8017484906823",
        "name": "#24364",
        "createdAt": "2026-08-02T08:17:13Z",
        "updatedAt": "2026-08-03T04:03:50Z",
        "cancelledAt": None,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "taxesIncluded": False,
        "totalPriceSet": bag("31.98"),
        "subtotalPriceSet": bag("25.98"),
        "totalDiscountsSet": bag("4.0"),
        "totalShippingPriceSet": bag("5.0"),
        "totalTaxSet": bag("1.0"),
        "lineItems": {"nodes": []},
        "fulfillments": [],
    } | changes


def sent(quantity: int, *numbers: str, status: str = "SUCCESS") -> dict[str, Any]:
    """A fulfillment of so many units of `line()`."""
    row = {"quantity": quantity, "lineItem": {"id": line()["id"]}}
    return {
        "id": "gid://shopify/Fulfillment/7987144655154",
        "status": status,
        "trackingInfo": [{"company": "UPS", "number": each} for each in numbers],
        "fulfillmentLineItems": {"nodes": [row]},
    }


def line(**changes: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/LineItem/19635972571463",
        "sku": "ABC",
        "title": "Shirt",
        "quantity": 3,
        "currentQuantity": 2,
        "unfulfilledQuantity": 1,
        "product": {"id": "gid://shopify/Product/10283599298887"},
        "variant": {"id": "gid://shopify/ProductVariant/52057334350151"},
        "originalUnitPriceSet": bag("14.99"),
        "discountedTotalSet": bag("40.0"),
    } | changes


@pytest.mark.parametrize(
    ("status", "mapped"),
    [
        ("ACTIVE", ListingStatus.LISTED),
        ("UNLISTED", ListingStatus.LISTED),
        ("DRAFT", ListingStatus.DELISTED),
        ("ARCHIVED", ListingStatus.DELISTED),
        ("SOMETHING_NEW", ListingStatus.DELISTED),
    ],
)
def test_a_product_is_listed_while_somebody_can_buy_it(status: str, mapped: ListingStatus) -> None:
    assert listing({**PRODUCT, "status": status}, [], "EUR", "1").status is mapped


def test_a_product_without_options_shows_none_and_oversold_stock_is_negative() -> None:
    mapped = offer(variant(), "EUR", "1")

    assert mapped.options == ()
    assert mapped.compare_at is NOTHING
    assert mapped.barcode is None
    assert mapped.stock[0].quantity == -2


def test_a_variant_without_sku_has_no_merchant_code() -> None:
    assert offer(variant(sku=""), "EUR", "1").merchant_code is None
    assert offer(variant(sku=None), "EUR", "1").merchant_code is None


def test_amounts_are_the_same_whatever_their_zeros() -> None:
    assert offer(variant(price="20.0"), "EUR", "1").price == Money.of("20.00", "EUR")
    assert offer(variant(price="1500.00"), "JPY", "1").price == Money(1500, "JPY")


@pytest.mark.parametrize(
    "changes", [{"price": None}, {"price": "free"}, {"price": "1.999"}, {"inventoryItem": None}]
)
def test_a_variant_that_is_not_as_the_schema_says_is_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(UNREADABLE):
        offer(variant(**changes), "EUR", "1")


def test_the_number_of_a_gid_leaves_its_query_string_out() -> None:
    assert tail("gid://shopify/InventoryLevel/905684977?inventory_item_id=808950810") == "905684977"


def test_times_are_utc() -> None:
    assert moment("2026-06-22T22:34:00Z") == datetime(2026, 6, 22, 22, 34, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "made"), [("TEE 01/b", "tee-01-b"), ("Mug_01", "mug-01"), ("--a--", "a"), ("茶", "茶")]
)
def test_a_handle_is_made_of_a_code(code: str, made: str) -> None:
    assert handle(code) == made
    assert handle(made) == made


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, OrderStatus.PAID),
        ({"cancelledAt": "2026-08-03T04:03:50Z"}, OrderStatus.CANCELLED),
        ({"displayFulfillmentStatus": "FULFILLED"}, OrderStatus.SHIPPED),
        ({"displayFulfillmentStatus": "PARTIALLY_FULFILLED"}, OrderStatus.PARTLY_SHIPPED),
        ({"displayFulfillmentStatus": "ON_HOLD"}, OrderStatus.HELD),
        ({"displayFulfillmentStatus": "SCHEDULED"}, OrderStatus.HELD),
        ({"displayFulfillmentStatus": "RESTOCKED"}, OrderStatus.PAID),
        ({"displayFinancialStatus": "PARTIALLY_REFUNDED"}, OrderStatus.PAID),
        ({"displayFinancialStatus": "PENDING"}, OrderStatus.AWAITING_PAYMENT),
        ({"displayFinancialStatus": "AUTHORIZED"}, OrderStatus.AWAITING_PAYMENT),
        ({"displayFinancialStatus": None}, OrderStatus.AWAITING_PAYMENT),
    ],
)
def test_an_orders_status_is_the_furthest_that_is_known(
    changes: dict[str, Any], status: OrderStatus
) -> None:
    assert order_mapping.order(order(**changes)).status is status


@pytest.mark.parametrize("which", ["displayFulfillmentStatus", "displayFinancialStatus"])
def test_a_status_that_is_not_known_is_unreadable(which: str) -> None:
    with pytest.raises(UNREADABLE, match="SOMETHING_NEW"):
        order_mapping.order(order(**{which: "SOMETHING_NEW"}))


def test_totals_are_the_platforms_own_and_add_up() -> None:
    totals = order_mapping.order(order()).totals

    assert totals.grand == Money.of("31.98", "EUR")
    assert totals.goods == Money.of("29.98", "EUR")
    assert totals.difference() == Money.zero("EUR")


def test_tax_inside_the_prices_is_not_counted_twice() -> None:
    mapped = order_mapping.order(order(taxesIncluded=True, totalPriceSet=bag("30.98")))

    assert mapped.totals.tax is None
    assert mapped.totals.difference() == Money.zero("EUR")


def lines(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"lineItems": {"nodes": list(rows)}}


def test_a_line_tells_ordered_left_and_shipped_apart() -> None:
    (mapped,) = order_mapping.order(order(**lines(line()), fulfillments=[sent(1)])).lines

    assert (mapped.ordered, mapped.quantity, mapped.shipped) == (3, 2, 1)
    assert (mapped.listing, mapped.offer) == ("10283599298887", "52057334350151")
    assert (mapped.unit_price, mapped.total) == (
        Money.of("14.99", "EUR"),
        Money.of("40", "EUR"),
    )


def test_what_came_back_after_it_had_shipped_still_left_the_shelf() -> None:
    (mapped,) = order_mapping.order(order(**lines(line()), fulfillments=[sent(2)])).lines

    assert (mapped.ordered, mapped.quantity, mapped.shipped) == (3, 3, 2)


def test_what_was_taken_off_before_it_shipped_is_no_longer_the_buyers() -> None:
    removed = line(currentQuantity=0, unfulfilledQuantity=0)
    (mapped,) = order_mapping.order(order(**lines(removed))).lines

    assert (mapped.ordered, mapped.quantity, mapped.shipped) == (3, 0, 0)


def test_a_parcel_has_its_number_its_carrier_and_what_is_in_it() -> None:
    mapped = order_mapping.order(order(fulfillments=[sent(2, "1Z1"), sent(1, "1Z2", "1Z3")]))

    packed = (Packed("19635972571463", 2),)
    assert mapped.parcels == (
        Parcel("1Z1", "UPS", packed),
        Parcel("1Z2", "UPS"),
        Parcel("1Z3", "UPS"),
    )


@pytest.mark.parametrize("status", ["CANCELLED", "ERROR", "FAILURE"])
def test_a_fulfillment_that_did_not_happen_is_no_parcel(status: str) -> None:
    undone = sent(1, "1Z1", status=status)
    mapped = order_mapping.order(order(**lines(line()), fulfillments=[undone]))

    assert mapped.parcels == ()
    assert mapped.lines[0].shipped == 0


def test_a_line_of_a_deleted_product_keeps_its_code() -> None:
    deleted = line(product=None, variant=None)
    (mapped,) = order_mapping.order(order(**lines(deleted))).lines

    assert (mapped.listing, mapped.offer, mapped.merchant_code) == (None, None, "ABC")
