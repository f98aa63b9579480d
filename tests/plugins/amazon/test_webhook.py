from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mercer.core.contract import Event, EventKind
from mercer.plugins.amazon.webhook import event, opened

SELLER = "A3TH9S8BH6GOGM"
US = "ATVPDKIKX0DER"
AT = datetime(2026, 1, 11, 0, 9, 50, tzinfo=UTC)


def order_change(**parts: Any) -> dict[str, Any]:
    """Of a young order that the seller ships."""
    change: dict[str, Any] = {
        "SellerId": SELLER,
        "AmazonOrderId": "903-8868176-2219830",
        "OrderChangeType": "OrderStatusChange",
        "OrderChangeTrigger": {"TimeOfOrderChange": "2026-01-11T00:09:50Z"},
        "Summary": {
            "MarketplaceId": US,
            "OrderStatus": "Unshipped",
            "FulfillmentType": "MFN",
            "OrderItems": [
                {"OrderItemId": "1", "SellerSKU": "A", "Quantity": 2, "QuantityShipped": 0},
                {"OrderItemId": "2", "SellerSKU": "B/1", "Quantity": 1, "QuantityShipped": 0},
            ],
        },
    }
    return {"OrderChangeNotification": change | parts}


def summary(**parts: Any) -> dict[str, Any]:
    whole: dict[str, Any] = order_change()["OrderChangeNotification"]["Summary"]
    return whole | parts


def body(topic: str, payload: Any) -> str:
    return json.dumps(
        {
            "NotificationType": topic,
            "EventTime": "2026-01-11T00:10:00.000Z",
            "Payload": payload,
            "NotificationMetadata": {"NotificationId": "n-1"},
        }
    )


def read(text: str, seller: str = SELLER) -> Event | None:
    notification = opened(text)
    return event(notification, seller) if notification else None


def order_event(**parts: Any) -> Event:
    found = read(body("ORDER_CHANGE", order_change(**parts)))
    assert found is not None
    return found


def test_an_order_change_names_the_order_by_the_notifications_own_id() -> None:
    found = order_event()
    assert (found.kind, found.id) == (EventKind.ORDER, "903-8868176-2219830")
    assert (found.key, found.at) == ("n-1", AT)


def test_a_young_order_tells_what_was_bought() -> None:
    assert order_event().took == (("A", 2), ("B/1", 1))


@pytest.mark.parametrize(
    "part", [{"OrderStatus": "Canceled"}, {"OrderStatus": "Shipped"}, {"FulfillmentType": "AFN"}]
)
def test_what_is_not_the_sellers_to_hold_is_not_told_as_bought(part: dict[str, str]) -> None:
    assert order_event(Summary=summary(**part)).took == ()


def test_lines_that_cannot_be_read_leave_the_order_named_all_the_same() -> None:
    found = order_event(Summary=summary(OrderItems=[{"SellerSKU": "A", "Quantity": "some"}]))
    assert (found.id, found.took) == ("903-8868176-2219830", ())


def test_a_buyer_who_wants_to_cancel_opens_a_case() -> None:
    found = order_event(OrderChangeType="BuyerRequestedChange")
    assert (found.kind, found.id) == (EventKind.CASE, "cancellation-903-8868176-2219830")


def test_the_marketplace_is_told_where_the_notification_has_one() -> None:
    order = opened(body("ORDER_CHANGE", order_change()))
    stock = opened(body("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", {"SellerId": SELLER, "Sku": "A"}))
    assert order is not None
    assert stock is not None
    assert (order.marketplace, stock.marketplace) == (US, "")


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("LISTINGS_ITEM_STATUS_CHANGE", EventKind.LISTING),
        ("LISTINGS_ITEM_ISSUES_CHANGE", EventKind.LISTING),
        ("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", EventKind.STOCK),
    ],
)
def test_a_listings_notification_names_the_sku(topic: str, kind: EventKind) -> None:
    found = read(body(topic, {"SellerId": SELLER, "Sku": "A/B"}))
    assert found is not None
    assert (found.kind, found.id) == (kind, "A/B")
    assert found.at == datetime(2026, 1, 11, 0, 10, tzinfo=UTC)


def test_an_envelope_of_eventbridge_is_opened() -> None:
    inner = json.loads(body("ORDER_CHANGE", order_change()))
    wrapped = {"source": "aws.partner/sellingpartnerapi", "detail": inner}
    assert read(json.dumps(wrapped)) == order_event()


def test_names_in_the_other_spelling_are_read_alike() -> None:
    camel = {
        "notificationType": "ORDER_CHANGE",
        "payload": {"orderChangeNotification": {"sellerId": SELLER, "amazonOrderId": "1"}},
        "notificationMetadata": {"notificationId": "n-2"},
    }
    found = read(json.dumps(camel))
    assert found is not None
    assert (found.key, found.id, found.at) == ("n-2", "1", None)


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "null",
        body("ANY_OFFER_CHANGED", {"SellerId": SELLER}),
        body("ORDER_CHANGE", None),
        body("ORDER_CHANGE", {"OrderChangeNotification": {"SellerId": SELLER}}),
        json.dumps({"NotificationType": "ORDER_CHANGE", "Payload": order_change()}),
    ],
)
def test_what_names_nothing_is_no_event(text: str) -> None:
    assert read(text) is None


def test_a_notification_about_another_seller_is_dropped() -> None:
    assert read(body("ORDER_CHANGE", order_change()), "ASOMEBODYELSE") is None
