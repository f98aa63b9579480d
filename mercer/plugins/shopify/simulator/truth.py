"""What the shop itself knows, without lag, for the back door."""

from __future__ import annotations

from collections import Counter

from mercer.plugins.shopify.simulator.order_state import Order
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.shopify.simulator.state import ProductVariant
from mercer.plugins.simulation import OrderTruth, Truth


def offer_truth(shop: Shop, variant: ProductVariant) -> Truth:
    product = shop.state.products[variant.product]
    return Truth(
        merchant_code=variant.sku,
        listing=str(product.id),
        offer=str(variant.id),
        title=product.title,
        price=variant.price,
        compare_at=variant.compare_at_price,
        quantity=shop.available(variant),
        status="listed" if product.status in ("ACTIVE", "UNLISTED") else "delisted",
    )


def order_truth(order: Order) -> OrderTruth:
    units: Counter[str] = Counter()
    shipped: Counter[str] = Counter()
    codes = {line.id: line.sku for line in order.lines}
    for each in order.fulfillments:
        for sent in each.lines:
            shipped[codes[sent.line]] += sent.quantity
    for line in order.lines:
        units[line.sku] += line.unfulfilled_quantity
    return OrderTruth(
        order=str(order.id),
        created_at=order.created_at,
        paid=order.paid,
        cancelled=order.cancelled_at is not None,
        units=units + shipped,
        shipped=dict(shipped),
        parcels=tuple(number for each in order.fulfillments for number in each.numbers),
    )
