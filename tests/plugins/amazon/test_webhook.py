from __future__ import annotations

import json
from typing import Any

import pytest

from mercer.core.contract import EventKind
from mercer.plugins.amazon.webhook import deliveries

from .conftest import Rig, listings, product, stock_write

SELLER = "A3TH9S8BH6GOGM"


def message(topic: str, payload: dict[str, Any], id: str = "n-1") -> dict[str, Any]:
    body = {
        "NotificationType": topic,
        "Payload": payload,
        "NotificationMetadata": {"NotificationId": id},
    }
    return {"MessageId": "m-1", "ReceiptHandle": f"receipt-{id}", "Body": json.dumps(body)}


ORDER = message(
    "ORDER_CHANGE",
    {"OrderChangeNotification": {"SellerId": SELLER, "AmazonOrderId": "903-8868176-2219830"}},
)


def test_an_order_change_names_the_order_by_the_notifications_own_id() -> None:
    (delivery,) = deliveries([ORDER], SELLER)
    assert delivery.event is not None
    assert (delivery.event.kind, delivery.event.id) == (EventKind.ORDER, "903-8868176-2219830")
    assert (delivery.event.key, delivery.receipt) == ("n-1", "receipt-n-1")


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("LISTINGS_ITEM_STATUS_CHANGE", EventKind.LISTING),
        ("LISTINGS_ITEM_ISSUES_CHANGE", EventKind.LISTING),
        ("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", EventKind.STOCK),
    ],
)
def test_a_listings_notification_names_the_sku(topic: str, kind: EventKind) -> None:
    (delivery,) = deliveries([message(topic, {"SellerId": SELLER, "Sku": "A/B"})], SELLER)
    assert delivery.event is not None
    assert (delivery.event.kind, delivery.event.id) == (kind, "A/B")


def test_an_envelope_of_eventbridge_is_opened() -> None:
    inner = json.loads(ORDER["Body"])
    wrapped = {
        **ORDER,
        "Body": json.dumps({"source": "aws.partner/sellingpartnerapi", "detail": inner}),
    }
    (delivery,) = deliveries([wrapped], SELLER)
    assert delivery.event is not None


def test_names_in_the_other_spelling_are_read_alike() -> None:
    body = {
        "notificationType": "ORDER_CHANGE",
        "payload": {"orderChangeNotification": {"sellerId": SELLER, "amazonOrderId": "1"}},
        "notificationMetadata": {"notificationId": "n-2"},
    }
    (delivery,) = deliveries([{"ReceiptHandle": "r", "Body": json.dumps(body)}], SELLER)
    assert delivery.event is not None
    assert delivery.event.key == "n-2"


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "[]",
        "null",
        json.dumps({"NotificationType": "ANY_OFFER_CHANGED", "Payload": {}}),
        json.dumps({"NotificationType": "ORDER_CHANGE", "Payload": None}),
    ],
)
def test_what_names_nothing_is_there_to_be_deleted(body: str) -> None:
    (delivery,) = deliveries([{"ReceiptHandle": "r", "Body": body}], SELLER)
    assert (delivery.receipt, delivery.event) == ("r", None)


def test_a_notification_about_another_seller_is_dropped() -> None:
    (delivery,) = deliveries([ORDER], "ASOMEBODYELSE")
    assert delivery.event is None


async def test_the_simulated_queue_delivers_at_least_once_and_ids_tell_repeats(rig: Rig) -> None:
    rig.simulator.seed([product("A", quantity=50)])
    ids = {rig.simulator.order([("A", 1)]) for _ in range(20)}
    adapter = rig.adapter()
    await adapter.write_stock([stock_write((await listings(adapter))["A"], 9)], "key")
    found = deliveries(rig.simulator.messages(), rig.simulator.shop.seller)
    events = {each.event.key: each.event for each in found if each.event}
    assert len(found) > len(events) == 21
    assert {each.id for each in events.values() if each.kind is EventKind.ORDER} == ids
    assert [each.id for each in events.values() if each.kind is EventKind.STOCK] == ["A"]
