"""The buyer of an order. Nothing of it is ever shown by `repr`, logged or put into a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, repr=False)
class Customer:
    """Who ordered and where it goes, as far as the platform tells.

    `key` is the platform's own opaque id of the buyer, the same in all orders of that buyer in one
    shop (Taobao: `buyer_open_uid`, JD: `open_id_buyer` or encrypted pin, Shopify: the customer's id).
    `seal` is what the platform wants back when it ships a masked address (Taobao: OAID). `masked`:
    the platform hides parts of name, phone or address, so that nothing may be concluded from them.
    """

    key: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    seal: str | None = None
    masked: bool = False

    def __repr__(self) -> str:
        return "Customer(…)"

    @property
    def reachable(self) -> bool:
        """Something is told of who it is or where it goes, masked or not."""
        return any((self.name, self.phone, self.email, self.address))

    def renewed(self, newer: Customer) -> Customer:
        """What is known once a newer version of the order has told of its buyer, or nothing of it.

        What was told plainly is neither wiped by silence nor replaced by masks.
        """
        key, seal = newer.key or self.key, newer.seal or self.seal
        if not newer.reachable or (newer.masked and self.reachable and not self.masked):
            return replace(self, key=key, seal=seal)
        if newer.masked != self.masked:
            return replace(newer, key=key, seal=seal)
        return Customer(
            key,
            newer.name or self.name,
            newer.phone or self.phone,
            newer.email or self.email,
            newer.address or self.address,
            seal,
            newer.masked,
        )
