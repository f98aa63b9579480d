"""Shopify's orders -> ours. Pure. Amounts are in the shop's currency (`shopMoney`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mercer.core.money import Money
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.plugins.shopify.mapping import Node, moment, tail

_BY_FULFILMENT: Final = {
    "FULFILLED": OrderStatus.SHIPPED,
    "PARTIALLY_FULFILLED": OrderStatus.PARTLY_SHIPPED,
    "ON_HOLD": OrderStatus.HELD,
}
_PAID: Final = frozenset({"PAID", "PARTIALLY_REFUNDED", "REFUNDED"})


def order(node: Node, lines: Iterable[Node]) -> Order:
    cancelled = node["cancelledAt"]
    totals = _totals(node)
    return Order(
        order=tail(node["id"]),
        number=node["name"],
        status=status(node),
        created_at=moment(node["createdAt"]),
        updated_at=moment(node["updatedAt"]),
        currency=node["totalPriceSet"]["shopMoney"]["currencyCode"],
        totals=totals,
        lines=tuple(_line(line) for line in lines),
        cancelled_at=moment(cancelled) if cancelled else None,
        root=tail(node["id"]),
    )


def status(node: Node) -> OrderStatus:
    """A value that this version does not know counts as unpaid and unshipped: it moves nothing."""
    if node["cancelledAt"]:
        return OrderStatus.CANCELLED
    fulfilment = _BY_FULFILMENT.get(node["displayFulfillmentStatus"])
    if fulfilment:
        return fulfilment
    paid = node["displayFinancialStatus"] in _PAID
    return OrderStatus.PAID if paid else OrderStatus.AWAITING_PAYMENT


def _totals(node: Node) -> Totals:
    """As placed. Shopify's subtotal has the discounts off already; `goods` has them on again."""
    subtotal = _money(node["subtotalPriceSet"])
    discount = _money(node["totalDiscountsSet"])
    grand = _money(node["totalPriceSet"])
    if grand is None:
        raise ValueError("an order without a total")
    return Totals(
        grand=grand,
        goods=subtotal + discount if subtotal and discount else subtotal,
        discount=discount,
        shipping=_money(node["totalShippingPriceSet"]),
        tax=None if node["taxesIncluded"] else _money(node["totalTaxSet"]),
    )


def _line(node: Node) -> OrderLine:
    """`currentQuantity` is what is left after refunds and removals. Deleted products are null."""
    product, variant = node["product"], node["variant"]
    unit_price = _money(node["originalUnitPriceSet"])
    if unit_price is None:
        raise ValueError("an order line without a price")
    current = int(node["currentQuantity"])
    return OrderLine(
        line=tail(node["id"]),
        listing=tail(product["id"]) if product else None,
        offer=tail(variant["id"]) if variant else None,
        merchant_code=node["sku"] or None,
        title=node["title"],
        ordered=int(node["quantity"]),
        quantity=current,
        unit_price=unit_price,
        total=_money(node["discountedTotalSet"]),
        shipped=max(current - int(node["unfulfilledQuantity"]), 0),
    )


def _money(bag: Node | None) -> Money | None:
    if bag is None:
        return None
    return Money.of(bag["shopMoney"]["amount"], bag["shopMoney"]["currencyCode"])
