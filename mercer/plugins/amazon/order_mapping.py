"""Orders 2026-01-01 -> ours. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mercer.core.listing import FulfilledBy
from mercer.core.money import Money
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.core.shipping import Packed, Parcel
from mercer.plugins.amazon.customers import customer
from mercer.plugins.amazon.mapping import moment, money

Node = Mapping[str, Any]

STATUSES: Final[Mapping[str, OrderStatus]] = {
    "PENDING_AVAILABILITY": OrderStatus.AWAITING_PAYMENT,
    "PENDING": OrderStatus.AWAITING_PAYMENT,
    "INVOICE_UNCONFIRMED": OrderStatus.HELD,  # Brazil; not in the model's list, UNVERIFIED
    "UNSHIPPED": OrderStatus.PAID,
    "PARTIALLY_SHIPPED": OrderStatus.PARTLY_SHIPPED,
    "SHIPPED": OrderStatus.SHIPPED,
    "CANCELLED": OrderStatus.CANCELLED,
    "UNFULFILLABLE": OrderStatus.HELD,
}
"""`fulfillmentStatus` -> ours. What is not here is not guessed."""

_AMAZON: Final = "AMAZON"


def is_ours(order: Node, marketplace: str) -> bool:
    """Amazon lists what it fulfils for other shops too; those orders are told by the other shops.

    One order by its id may also be of another marketplace of the seller.
    """
    channel = order["salesChannel"]
    here = channel.get("marketplaceId", marketplace) == marketplace
    return bool(channel["channelName"] == _AMAZON and here)


def order(node: Node, currency: str) -> Order:
    """`currency` is the marketplace's, for orders whose prices Amazon does not tell yet.

    Raise `ValueError` for a status that is not known.
    """
    fulfilment = node["fulfillment"]
    status = STATUSES.get(fulfilment["fulfillmentStatus"])
    if status is None:
        raise ValueError(f"fulfillmentStatus {fulfilment['fulfillmentStatus']!r} is not known")
    cancelled = status is OrderStatus.CANCELLED
    updated = moment(node["lastUpdatedTime"])
    by_amazon = fulfilment.get("fulfilledBy") == _AMAZON
    totals = _totals(node)
    ship_by = (fulfilment.get("shipByWindow") or {}).get("latestDateTime")
    return Order(
        order=node["orderId"],
        number=node["orderId"],
        status=status,
        created_at=moment(node["createdTime"]),
        updated_at=updated,
        currency=totals.grand.currency if totals.grand else currency,
        totals=totals,
        lines=tuple(
            _line(each, cancelled=cancelled, by_amazon=by_amazon) for each in node["orderItems"]
        ),
        cancelled_at=updated if cancelled else None,
        root=node["orderId"],
        ship_by=moment(ship_by) if ship_by else None,
        parcels=tuple(_parcel(each) for each in node.get("packages") or ()),
        customer=customer(node),
    )


def _parcel(package: Node) -> Parcel:
    items = package.get("packageItems") or ()
    return Parcel(
        tracking=package.get("trackingNumber") or "",
        carrier=package.get("carrier") or "",
        lines=tuple(Packed(each["orderItemId"], int(each["quantity"])) for each in items),
    )


def _line(node: Node, *, cancelled: bool, by_amazon: bool) -> OrderLine:
    product, fulfilment = node["product"], node.get("fulfillment") or {}
    ordered = int(node["quantityOrdered"])
    shipped = int(fulfilment.get("quantityFulfilled", 0))
    sku = product.get("sellerSku") or None
    price = (product.get("price") or {}).get("unitPrice")
    total = (node.get("proceeds") or {}).get("proceedsTotal")
    return OrderLine(
        line=node["orderItemId"],
        listing=sku,
        offer=sku,
        merchant_code=sku,
        title=product.get("title") or "",
        ordered=ordered,
        quantity=shipped if cancelled else _left(fulfilment, ordered),
        unit_price=money(price) if price else None,
        total=money(total) if total else None,
        shipped=shipped,
        fulfilled_by=FulfilledBy.PLATFORM if by_amazon else FulfilledBy.SELLER,
    )


def _left(fulfilment: Node, ordered: int) -> int:
    """What was cancelled of a line is in neither count."""
    if "quantityFulfilled" not in fulfilment or "quantityUnfulfilled" not in fulfilment:
        return ordered
    left = int(fulfilment["quantityFulfilled"]) + int(fulfilment["quantityUnfulfilled"])
    return min(left, ordered)


def _totals(node: Node) -> Totals:
    """What the seller receives. Parts are told line by line, and only if Amazon tells all of them.

    The sign of discounts is UNVERIFIED, so a discount is known only where there is none.
    """
    proceeds = node.get("proceeds") or {}
    grand = money(proceeds["grandTotal"]) if proceeds.get("grandTotal") else None
    parts = [each.get("proceeds", {}).get("breakdowns") for each in node["orderItems"]]
    if grand is None or not all(parts):
        return Totals(grand)
    sums = _by_type([part for line in parts for part in line], grand.currency)
    zero = Money.zero(grand.currency)
    told = sums.keys() - {"ITEM", "SHIPPING", "TAX"}
    return Totals(
        grand,
        goods=sums.get("ITEM"),
        discount=None if told else zero,
        shipping=sums.get("SHIPPING", zero),
        tax=sums.get("TAX"),
    )


def _by_type(breakdowns: Iterable[Node], currency: str) -> dict[str, Money]:
    sums: dict[str, Money] = {}
    for each in breakdowns:
        sums[each["type"]] = sums.get(each["type"], Money.zero(currency)) + money(each["subtotal"])
    return sums
