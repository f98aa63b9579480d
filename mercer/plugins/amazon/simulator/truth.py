"""What the marketplace itself knows, without lag, for the back door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from mercer.core.listing import ListingStatus
from mercer.plugins.amazon.simulator.shop import Item, Line, Order, Shop
from mercer.plugins.simulation import OrderTruth, Truth


def offer_truth(shop: Shop, item: Item, now: datetime) -> Truth:
    version, available = item.newest, shop.stock(item.sku).available
    status = ListingStatus.LISTED if available else ListingStatus.SOLD_OUT
    if version.closed and available:
        status = ListingStatus.DELISTED
    return Truth(
        merchant_code=item.sku,
        listing=item.sku,
        offer=item.sku,
        title=version.text("item_name"),
        price=version.asked(now),
        compare_at=None,
        quantity=available,
        status=status.value,
    )


def order_truth(order: Order) -> OrderTruth:
    return OrderTruth(
        order=order.id,
        created_at=order.created,
        paid=order.paid,
        cancelled=order.status == "CANCELLED",
        units=_by_code(order, lambda line: 0 if line.cancelled_by else line.quantity),
        shipped=_by_code(order, lambda line: order.packed(line.id)),
        parcels=tuple(order.told),
    )


def _by_code(order: Order, count: Callable[[Line], int]) -> dict[str, int]:
    units: Counter[str] = Counter()
    for line in order.lines:
        units[line.sku] += count(line)
    return dict(units)
