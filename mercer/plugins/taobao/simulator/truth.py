"""What the shop itself knows, without lag, for the back door."""

from __future__ import annotations

from collections import Counter

from mercer.core.listing import ListingStatus
from mercer.core.money import Money
from mercer.plugins.simulation import OrderTruth, Truth
from mercer.plugins.taobao.simulator import checkout
from mercer.plugins.taobao.simulator.shop import Item, Sku, Trade
from mercer.plugins.yuan import CURRENCY


def offer_truth(item: Item, sku: Sku) -> Truth:
    off = ListingStatus.DELISTED if item.num else ListingStatus.SOLD_OUT
    return Truth(
        merchant_code=sku.outer_id,
        listing=str(item.num_iid),
        offer=str(sku.sku_id),
        title=item.title,
        price=Money(sku.price, CURRENCY),
        compare_at=None,
        quantity=sku.quantity,
        status=(ListingStatus.LISTED if item.onsale else off).value,
    )


def order_truth(trade: Trade) -> OrderTruth:
    """What had shipped before it was refunded did reach its buyer."""
    closed = (checkout.CLOSED, checkout.CLOSED_UNPAID)
    units: Counter[str] = Counter()
    shipped: Counter[str] = Counter()
    for line in trade.lines:
        left = line.consign_time is not None
        units[line.code] += line.num if left or line.status not in closed else 0
        shipped[line.code] += line.num if left else 0
    return OrderTruth(
        order=str(trade.tid),
        created_at=trade.created,
        paid=trade.pay_time is not None,
        cancelled=trade.status in closed and not any(shipped.values()),
        units=dict(units),
        shipped=dict(shipped),
        parcels=tuple(trade.told),
    )
