"""Orders as a simulated shop keeps them, with all that comes after, named as the API names it.

Ids are the numbers in gids; parts name each other by them. Times are UTC in whole seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mercer.core.money import Money


@dataclass
class Customer:
    id: int
    first_name: str
    last_name: str
    email: str
    phone: str

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass
class MailingAddress:
    id: int
    name: str
    phone: str
    address1: str
    city: str
    province_code: str
    zip: str
    country_code_v2: str


@dataclass
class LineItem:
    """`variant` and `product` outlive what they name, and then show as null."""

    id: int
    product: int
    variant: int
    sku: str
    title: str
    quantity: int
    current_quantity: int
    unfulfilled_quantity: int
    unit_price: Money


@dataclass
class FulfillmentOrderLineItem:
    id: int
    line: int
    total_quantity: int
    remaining_quantity: int


@dataclass
class FulfillmentOrder:
    id: int
    order: int
    location: int
    lines: list[FulfillmentOrderLineItem]
    status: str = "OPEN"


@dataclass
class FulfillmentLineItem:
    id: int
    line: int
    quantity: int


@dataclass
class Fulfillment:
    id: int
    name: str
    created_at: datetime
    company: str | None
    numbers: list[str]
    lines: list[FulfillmentLineItem]
    status: str = "SUCCESS"


@dataclass
class RefundLineItem:
    id: int
    line: int
    quantity: int
    restock_type: str
    subtotal: Money


@dataclass
class Refund:
    """`return_id` names the return that it pays back, if one does."""

    id: int
    created_at: datetime
    updated_at: datetime
    return_id: int | None
    total: Money
    lines: list[RefundLineItem]


@dataclass
class ReturnLineItem:
    """`shipped` names the line of the fulfillment that is to come back."""

    id: int
    shipped: int
    quantity: int
    reason: str


@dataclass
class ExchangeLineItem:
    id: int
    variant: int
    quantity: int


@dataclass
class Return:
    id: int
    order: int
    name: str
    status: str
    created_at: datetime
    lines: list[ReturnLineItem]
    exchanged: list[ExchangeLineItem] = field(default_factory=list)
    request_approved_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass
class Order:
    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    location: int
    display_financial_status: str
    lines: list[LineItem]
    display_fulfillment_status: str = "UNFULFILLED"
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    customer: int | None = None
    email: str | None = None
    phone: str | None = None
    shipping_address: MailingAddress | None = None
    fulfillment_orders: list[FulfillmentOrder] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)

    def line(self, id: int) -> LineItem:
        return next(line for line in self.lines if line.id == id)

    @property
    def paid(self) -> bool:
        return self.display_financial_status in ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")


Part = LineItem | FulfillmentOrder | Fulfillment | FulfillmentLineItem | Return | Refund
"""What is found by its own id, wherever it lies."""


def parts(order: Order) -> list[Part]:
    found: list[Part] = [
        *order.lines,
        *order.fulfillment_orders,
        *order.fulfillments,
        *order.returns,
        *order.refunds,
    ]
    for each in order.fulfillments:
        found += each.lines
    return found
