"""Shopify's orders -> ours. Pure. Amounts are in the shop's currency (`shopMoney`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from mercer.core.money import Money
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.core.shipping import Packed, Parcel
from mercer.plugins.shopify.customers import customer
from mercer.plugins.shopify.mapping import Node, moment, tail

STATUSES: Final[Mapping[str, OrderStatus]] = {
    # displayFulfillmentStatus, where it decides
    "FULFILLED": OrderStatus.SHIPPED,
    "PARTIALLY_FULFILLED": OrderStatus.PARTLY_SHIPPED,
    "ON_HOLD": OrderStatus.HELD,
    "SCHEDULED": OrderStatus.HELD,
    # displayFinancialStatus, where the other is one of UNSHIPPED
    "PAID": OrderStatus.PAID,
    "PARTIALLY_REFUNDED": OrderStatus.PAID,
    "REFUNDED": OrderStatus.PAID,
    "AUTHORIZED": OrderStatus.AWAITING_PAYMENT,
    "EXPIRED": OrderStatus.AWAITING_PAYMENT,
    "PARTIALLY_PAID": OrderStatus.AWAITING_PAYMENT,
    "PENDING": OrderStatus.AWAITING_PAYMENT,
    "VOIDED": OrderStatus.AWAITING_PAYMENT,
}
"""Both of Shopify's statuses in one table, since they share no word.

An order with `cancelledAt` is cancelled, whatever these say.
"""

UNSHIPPED: Final = frozenset(
    {
        "FULFILLMENT_NOT_REQUIRED",
        "IN_PROGRESS",
        "OPEN",
        "PENDING_FULFILLMENT",
        "REQUEST_DECLINED",
        "RESTOCKED",
        "UNFULFILLED",
    }
)
"""Values of `displayFulfillmentStatus` that leave it to the payment."""

_NOT_SHIPPED: Final = frozenset({"CANCELLED", "ERROR", "FAILURE"})
"""Fulfillments that did not happen."""


def order(node: Node) -> Order:
    """`node` has all of its lines, and all lines of its fulfillments."""
    cancelled = node["cancelledAt"]
    sent = [each for each in node["fulfillments"] if each["status"] not in _NOT_SHIPPED]
    shipped = _shipped(sent)
    return Order(
        order=tail(node["id"]),
        number=node["name"],
        status=status(node),
        created_at=moment(node["createdAt"]),
        updated_at=moment(node["updatedAt"]),
        currency=node["totalPriceSet"]["shopMoney"]["currencyCode"],
        totals=_totals(node),
        lines=tuple(_line(line, shipped) for line in node["lineItems"]["nodes"]),
        cancelled_at=moment(cancelled) if cancelled else None,
        root=tail(node["id"]),
        parcels=tuple(parcel for each in sent for parcel in _parcels(each)),
        customer=customer(node),
    )


def status(node: Node) -> OrderStatus:
    """Raise `ValueError` for a word that is not known.

    An order whose payment status is null is not known to be paid; when it is null is UNVERIFIED.
    """
    if node["cancelledAt"]:
        return OrderStatus.CANCELLED
    fulfilment = node["displayFulfillmentStatus"]
    if fulfilment not in UNSHIPPED:
        return _known(fulfilment)
    return _known(node["displayFinancialStatus"] or "PENDING")


def _known(word: str) -> OrderStatus:
    if word not in STATUSES:
        raise ValueError(f"order status {word!r} is not known")
    return STATUSES[word]


def _shipped(fulfillments: Iterable[Node]) -> Counter[str]:
    """Units that have left, by line."""
    shipped: Counter[str] = Counter()
    for each in fulfillments:
        for packed in _packed(each):
            shipped[packed.line] += packed.quantity
    return shipped


def _parcels(fulfillment: Node) -> list[Parcel]:
    """One for each tracking number. With several, which holds what is not told."""
    numbered = [each for each in fulfillment["trackingInfo"] if each["number"]]
    lines = _packed(fulfillment) if len(numbered) == 1 else ()
    return [Parcel(each["number"], each["company"] or "", lines) for each in numbered]


def _packed(fulfillment: Node) -> tuple[Packed, ...]:
    return tuple(
        Packed(tail(each["lineItem"]["id"]), int(each["quantity"] or 0))
        for each in fulfillment["fulfillmentLineItems"]["nodes"]
    )


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


def _line(node: Node, shipped: Mapping[str, int]) -> OrderLine:
    """`currentQuantity` is what is left after refunds and removals, of shipped units too.

    What came back after it had shipped still left the shelf: only units that were taken off before
    they shipped are no longer the buyer's. Deleted products are null.
    """
    product, variant = node["product"], node["variant"]
    unit_price = _money(node["originalUnitPriceSet"])
    if unit_price is None:
        raise ValueError("an order line without a price")
    sent = shipped.get(tail(node["id"]), 0)
    waiting = min(int(node["unfulfilledQuantity"]), int(node["currentQuantity"]))
    return OrderLine(
        line=tail(node["id"]),
        listing=tail(product["id"]) if product else None,
        offer=tail(variant["id"]) if variant else None,
        merchant_code=node["sku"] or None,
        title=node["title"],
        ordered=int(node["quantity"]),
        quantity=sent + waiting,
        unit_price=unit_price,
        total=_money(node["discountedTotalSet"]),
        shipped=sent,
    )


def _money(bag: Node | None) -> Money | None:
    if bag is None:
        return None
    return Money.of(bag["shopMoney"]["amount"], bag["shopMoney"]["currencyCode"])
