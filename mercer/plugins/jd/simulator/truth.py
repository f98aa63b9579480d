"""What the shop itself knows, without lag, for the back door."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from mercer.core.money import Money
from mercer.plugins.jd.mapping import status
from mercer.plugins.jd.simulator import checkout
from mercer.plugins.jd.simulator.shop import Order, Sku, Ware
from mercer.plugins.simulation import OrderTruth, Truth
from mercer.plugins.yuan import CURRENCY


def offer_truth(ware: Ware, sku: Sku, now: datetime) -> Truth:
    return Truth(
        merchant_code=sku.outer_id,
        listing=str(ware.ware_id),
        offer=str(sku.sku_id),
        title=ware.title,
        price=Money(sku.price, CURRENCY),
        compare_at=None,
        quantity=sku.stock_num,
        status=status(str(ware.shown_status(now))).value,
    )


def order_truth(order: Order) -> OrderTruth:
    """A split order is cancelled itself: its lines go on in its children."""
    units: Counter[str] = Counter()
    shipped: Counter[str] = Counter()
    cancelled = order.state in (checkout.CANCELLED, checkout.SPLIT)
    for item in order.items:
        units[item.outer_sku_id] += 0 if cancelled else item.count
        shipped[item.outer_sku_id] += item.shipped
    return OrderTruth(
        order=str(order.order_id),
        created_at=order.created,
        paid=order.paid is not None,
        cancelled=cancelled,
        units=dict(+units),
        shipped=dict(+shipped),
        parcels=tuple(each.waybill for each in order.packages for _ in range(each.told)),
    )
