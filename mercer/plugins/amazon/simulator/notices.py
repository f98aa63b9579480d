"""Notifications, as they lie in the seller's queue: at least once, in no order."""

from __future__ import annotations

import json
import random
from datetime import datetime
from typing import Any, Final

from mercer.plugins.amazon.simulator.protocol import iso
from mercer.plugins.amazon.simulator.shop import Order, Shop

_V0_STATUS: Final = {"PENDING": "Pending", "UNSHIPPED": "Unshipped", "CANCELLED": "Canceled"}


def order_changed(shop: Shop, order: Order, now: datetime) -> None:
    """Statuses are in the words of Orders v0."""
    items = [
        {
            "OrderItemId": line.id,
            "SellerSKU": line.sku,
            "SupplySourceId": None,
            "Quantity": line.quantity,
            "QuantityShipped": line.fulfilled,
        }
        for line in order.lines
    ]
    change = {
        "NotificationLevel": "OrderLevel",
        "SellerId": shop.seller,
        "AmazonOrderId": order.id,
        "OrderChangeType": "OrderStatusChange",
        "OrderChangeTrigger": {"TimeOfOrderChange": iso(now), "ChangeReason": "Status"},
        "Summary": {
            "MarketplaceId": shop.marketplace,
            "OrderStatus": _V0_STATUS[order.status],
            "PurchaseDate": iso(order.created),
            "DestinationPostalCode": None,
            "OrderType": "StandardOrder",
            "FulfillmentType": "MFN" if order.fulfilled_by == "MERCHANT" else "AFN",
            "OrderItems": items,
        },
    }
    _put(shop, "ORDER_CHANGE", {"OrderChangeNotification": change}, now)


def quantity_changed(shop: Shop, sku: str, quantity: int, now: datetime) -> None:
    payload = {
        "SellerId": shop.seller,
        "FulfillmentChannelCode": "DEFAULT",
        "Sku": sku,
        "Quantity": quantity,
    }
    _put(shop, "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", payload, now)


def received(shop: Shop, rng: random.Random) -> list[dict[str, Any]]:
    """All that lies there, shuffled, some of it twice."""
    twice = [each for each in shop.notices if rng.random() < 0.2]
    messages = [*shop.notices, *twice]
    rng.shuffle(messages)
    return [dict(each) for each in messages]


def _put(shop: Shop, topic: str, payload: dict[str, Any], now: datetime) -> None:
    id = f"{shop.new_id():032x}"
    notification = {
        "NotificationVersion": "1.0",
        "NotificationType": topic,
        "PayloadVersion": "1.0",
        "EventTime": iso(now),
        "Payload": payload,
        "NotificationMetadata": {
            "ApplicationId": shop.client_id,
            "SubscriptionId": "sub-1",
            "PublishTime": iso(now),
            "NotificationId": id,
        },
    }
    shop.notices.append(
        {"MessageId": id, "ReceiptHandle": f"receipt-{id}", "Body": json.dumps(notification)}
    )
