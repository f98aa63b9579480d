"""Orders as every platform's are told: status, lines, totals, parcels, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mercer.core.customer import Customer
from mercer.core.listing import DeductAt, FulfilledBy
from mercer.core.money import Money
from mercer.core.shipping import Parcel


class OrderStatus(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    HELD = "held"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """`quantity` is what the buyer still gets of it: ordered, less cancelled or removed. `shipped` is
    what has left the house, whatever of it was sent back since.

    `unit_price` is `None` where the platform does not tell it yet, as before a payment is settled.
    """

    line: str
    listing: str | None
    offer: str | None
    merchant_code: str | None
    title: str
    ordered: int
    quantity: int
    unit_price: Money | None
    total: Money | None = None
    shipped: int = 0
    fulfilled_by: FulfilledBy = FulfilledBy.SELLER


@dataclass(frozen=True, slots=True)
class Totals:
    """The platform's own figures, kept as received. `tax` is only what comes on top of the goods.

    `None` is unknown, even the grand total: Amazon tells none while a payment is pending.
    """

    grand: Money | None
    goods: Money | None = None
    discount: Money | None = None
    shipping: Money | None = None
    tax: Money | None = None

    def difference(self) -> Money | None:
        """Grand total less what its parts come to; `None` where a part is not known."""
        grand, goods, discount, shipping = self.grand, self.goods, self.discount, self.shipping
        if grand is None or goods is None or discount is None or shipping is None:
            return None
        parts = goods - discount + shipping
        return grand - (parts + self.tax if self.tax else parts)


@dataclass(frozen=True, slots=True)
class Order:
    """`root` is the order that a split-off child came from, else the order itself.

    `ship_by` is until when the platform wants it shipped. `customer` is personal data: the engine
    puts it into its encrypted table and nowhere else.
    """

    order: str
    number: str
    status: OrderStatus
    created_at: datetime
    updated_at: datetime
    currency: str
    totals: Totals
    lines: tuple[OrderLine, ...]
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    root: str = field(default="")
    ship_by: datetime | None = None
    parcels: tuple[Parcel, ...] = ()
    customer: Customer | None = None

    def deducted_at(self, deduct_at: DeductAt) -> datetime | None:
        """When the platform took the units off its own number, if it has."""
        return self.created_at if deduct_at is DeductAt.ORDER else self.paid_at
