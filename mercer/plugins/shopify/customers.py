"""Whose an order is: names, addresses and the like, none of which an order needs to be valid.

What the shop's app is not approved for comes as null (protected customer data); what a null shows
instead in other cases is UNVERIFIED, so every part may be absent.
"""

from __future__ import annotations

from mercer.core.customer import Customer
from mercer.plugins.shopify.mapping import Node, tail


def customer(node: Node) -> Customer | None:
    """Of an order; `None` where Shopify tells nothing of its buyer. Guests have no `key`."""
    account = node.get("customer")
    address = node.get("shippingAddress") or {}
    found = Customer(
        key=tail(account["id"]) if account else None,
        name=address.get("name") or None,
        phone=address.get("phone") or node.get("phone") or None,
        email=node.get("email") or None,
        address=", ".join(address.get("formatted") or ()) or None,
    )
    return None if found == Customer() else found
