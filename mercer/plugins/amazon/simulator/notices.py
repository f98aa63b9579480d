"""Notifications, put into the seller's queue as they happen."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from mercer.plugins.amazon.simulator import queue
from mercer.plugins.amazon.simulator.protocol import iso
from mercer.plugins.amazon.simulator.shop import Line, Order, Shop

_V0_STATUS: Final = {
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
}


def order_changed(shop: Shop, order: Order, now: datetime) -> None:
    _order(shop, order, now, "OrderStatusChange", "Status")


def cancellation_asked(shop: Shop, order: Order, now: datetime) -> None:
    _order(shop, order, now, "BuyerRequestedChange", "Buyer Requested Cancel")


def quantity_changed(shop: Shop, sku: str, quantity: int, now: datetime) -> None:
    payload = {
        "SellerId": shop.seller.id,
        "FulfillmentChannelCode": "DEFAULT",
        "Sku": sku,
        "Quantity": quantity,
    }
    _put(shop, "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", payload, now)


def _order(shop: Shop, order: Order, now: datetime, type: str, reason: str) -> None:
    """Statuses are in the words of Orders v0. Nothing here names the buyer."""
    change = {
        "NotificationLevel": "OrderLevel",
        "SellerId": shop.seller.id,
        "AmazonOrderId": order.id,
        "OrderChangeType": type,
        "OrderChangeTrigger": {"TimeOfOrderChange": iso(now), "ChangeReason": reason},
        "Summary": {
            "MarketplaceId": shop.marketplace,
            "OrderStatus": _V0_STATUS[order.status],
            "PurchaseDate": iso(order.created),
            "DestinationPostalCode": None,
            "OrderType": "StandardOrder",
            "FulfillmentType": "MFN" if order.fulfilled_by == "MERCHANT" else "AFN",
            "OrderItems": [_item(line) for line in order.lines],
        },
    }
    _put(shop, "ORDER_CHANGE", {"OrderChangeNotification": change}, now)


def _item(line: Line) -> dict[str, Any]:
    item: dict[str, Any] = {
        "OrderItemId": line.id,
        "SellerSKU": line.sku,
        "SupplySourceId": None,
        "Quantity": line.quantity,
        "QuantityShipped": line.fulfilled,
    }
    return {**item, "IsBuyerRequestedCancel": True} if line.wish else item


def _put(shop: Shop, topic: str, payload: dict[str, Any], now: datetime) -> None:
    notification = {
        "NotificationVersion": "1.0",
        "NotificationType": topic,
        "PayloadVersion": "1.0",
        "EventTime": iso(now),
        "Payload": payload,
        "NotificationMetadata": {
            "ApplicationId": shop.seller.client_id,
            "SubscriptionId": "sub-1",
            "PublishTime": iso(now),
            "NotificationId": f"{shop.new_id():032x}",
        },
    }
    queue.put(shop.seller, json.dumps(notification), now)
