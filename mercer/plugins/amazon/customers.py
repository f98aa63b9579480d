"""Whose an order is, where the channel asks for it and the app has a role to be told.

Nothing is masked: what an app may not know is left out. Amazon tells the phone only until the order must
have arrived, and neither phone nor e-mail of what it ships itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mercer.core.customer import Customer

_ADDRESS: Final = (
    "companyName",
    "addressLine1",
    "addressLine2",
    "addressLine3",
    "districtOrCounty",
    "municipality",
    "city",
    "stateOrRegion",
    "postalCode",
    "countryCode",
)


def customer(order: Mapping[str, Any]) -> Customer | None:
    """`None` where Amazon tells nothing of the buyer.

    It tells no id, and no e-mail address but one of its own, from which it relays. That one stands
    for the id; that a buyer has the same in all orders is UNVERIFIED.
    """
    buyer = order.get("buyer") or {}
    address = (order.get("recipient") or {}).get("deliveryAddress") or {}
    lines = (address.get(name) for name in _ADDRESS)
    found = Customer(
        key=buyer.get("buyerEmail") or None,
        name=address.get("name") or buyer.get("buyerName") or None,
        phone=address.get("phone") or None,
        address=", ".join(str(each) for each in lines if each) or None,
    )
    return None if found == Customer() else found
