"""Checks that look at a new order before it ships, and say why a person should look too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol, runtime_checkable

from mercer.core.money import Money
from mercer.core.order import Order, OrderLine


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What is known beside a new order itself. No personal data: buyers and addresses are counted.

    `by_buyer` and `by_address`: orders of the last hour, this one among them, of the same buyer and
    to the same address; 0 where the platform does not tell who or where. `usual`: units of a SKU in
    one order, the median of the last 30 days, for SKUs that sold often enough to tell. `listed`: what
    a line's SKU should cost on this channel now, where the price book knows. `skus`: line -> SKU.
    """

    order: Order
    skus: Mapping[str, str] = field(default_factory=dict)
    by_buyer: int = 0
    by_address: int = 0
    usual: Mapping[str, int] = field(default_factory=dict)
    listed: Mapping[str, Money] = field(default_factory=dict)


@runtime_checkable
class OrderCheck(Protocol):
    """`name` is stable: an order that a person released is not held again by the same check."""

    @property
    def name(self) -> str: ...

    def reason_to_hold(self, facts: OrderFacts) -> str | None:
        """One sentence without personal data, or `None`. Pure: no I/O."""


@dataclass(frozen=True, slots=True)
class ManyOrders:
    """Many orders from one buyer, or to one address, in an hour."""

    most: int = 5
    name: str = "many-orders"

    def reason_to_hold(self, facts: OrderFacts) -> str | None:
        if facts.by_buyer > self.most:
            return f"{facts.by_buyer} orders of one buyer within an hour"
        if facts.by_address > self.most:
            return f"{facts.by_address} orders to one address within an hour"
        return None


@dataclass(frozen=True, slots=True)
class LargeQuantity:
    """Far more units of a SKU than an order usually takes."""

    times: int = 5
    least: int = 10
    name: str = "large-quantity"

    def reason_to_hold(self, facts: OrderFacts) -> str | None:
        for line in facts.order.lines:
            if line.quantity < self.least:
                continue
            sku = facts.skus.get(line.line, "")
            usual = facts.usual.get(sku)
            if usual and line.quantity > usual * self.times:
                return f"{line.quantity} of {sku}, where {usual} is usual"
        return None


@dataclass(frozen=True, slots=True)
class LowPrice:
    """A line sold for far less than the price book says."""

    below_percent: int = 50
    name: str = "low-price"

    def reason_to_hold(self, facts: OrderFacts) -> str | None:
        for line in facts.order.lines:
            sku = facts.skus.get(line.line, "")
            listed, paid = facts.listed.get(sku), _paid_each(line)
            if listed is None or paid is None or listed.currency != paid.currency:
                continue
            if paid < listed.scaled(Decimal(self.below_percent) / 100):
                return f"{sku} was sold at {paid}, where the price book says {listed}"
        return None


def _paid_each(line: OrderLine) -> Money | None:
    """What one unit really cost, after the line's own discounts where they are told."""
    if line.total is not None and line.ordered > 0:
        return line.total.scaled(Decimal(1) / line.ordered)
    return line.unit_price
