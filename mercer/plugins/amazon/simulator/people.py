"""What an order tells of its buyer: an address in clear, an e-mail address that Amazon relays."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from mercer.plugins.amazon.simulator.shop import Order
from mercer.plugins.simulation import Buyer


def told(order: Order, data: Collection[str], now: datetime) -> dict[str, Any]:
    """The parts that were asked for. Amazon keeps e-mail and phone of what it ships to itself."""
    ours = order.fulfilled_by == "MERCHANT"
    found: dict[str, Any] = {}
    if "BUYER" in data:
        found["buyer"] = {"buyerName": order.buyer.name}
        if ours:
            found["buyer"]["buyerEmail"] = relay(order.buyer)
    if "RECIPIENT" in data:
        address = _address(order.buyer)
        if ours and now <= order.deliver_by:
            address["phone"] = order.buyer.phone
        found["recipient"] = {"deliveryAddress": address}
    return found


def relay(buyer: Buyer) -> str:
    """The same for a buyer's every order (UNVERIFIED)."""
    alias = hashlib.sha256(buyer.key.encode()).hexdigest()[:14]
    return f"{alias}@marketplace.amazon.test"


def _address(buyer: Buyer) -> dict[str, Any]:
    return {
        "name": buyer.name,
        "addressLine1": buyer.street,
        "city": buyer.city,
        "stateOrRegion": buyer.region,
        "postalCode": buyer.postcode,
        "countryCode": buyer.country,
        "addressType": "RESIDENTIAL",
    }
