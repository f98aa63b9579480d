"""What a buyer's order does: units are taken when it is placed, paid or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from mercer.plugins.amazon.simulator.notices import order_changed
from mercer.plugins.amazon.simulator.shop import Item, Line, Order, Shop


def place(shop: Shop, wanted: Sequence[tuple[Item, int]], now: datetime, *, paid: bool) -> Order:
    """Raise `ValueError` where too few are on sale, or where the lines have two fulfillers.

    Amazon makes an order of each fulfiller's lines.
    """
    counts: Counter[str] = Counter()
    for item, units in wanted:
        counts[item.sku] += units
        if item.newest.closed or item.available(item.newest) < counts[item.sku]:
            raise ValueError(f"{item.sku}: fewer than {counts[item.sku]} are on sale")
    by = {"MERCHANT" if item.fulfillable is None else "AMAZON" for item, _ in wanted}
    if len(by) != 1:
        raise ValueError("one order is fulfilled by one party")
    order = Order(
        id=f"{_digits(shop, 3)}-{_digits(shop, 7)}-{_digits(shop, 7)}",
        created=now,
        updated=now,
        status="UNSHIPPED" if paid else "PENDING",
        fulfilled_by=by.pop(),
        lines=[_line(shop, item, units) for item, units in wanted],
    )
    for item, units in wanted:
        item.take(units)
    shop.orders[order.id] = order
    order_changed(shop, order, now)
    return order


def cancel(shop: Shop, order: Order, now: datetime) -> None:
    """Units come back, for the seller too. Twice is once. Raise `ValueError` once it has shipped."""
    if order.status == "CANCELLED":
        return
    if order.status not in ("PENDING", "UNSHIPPED"):
        raise ValueError(f"order {order.id} is {order.status}")
    for line in order.lines:
        if line.sku in shop.items:
            shop.items[line.sku].take(-line.unfulfilled)
        line.unfulfilled = 0
    order.status, order.updated = "CANCELLED", now
    order_changed(shop, order, now)


def _line(shop: Shop, item: Item, units: int) -> Line:
    """Item ids may begin with a zero."""
    return Line(
        id=f"0{_digits(shop, 13)}",
        sku=item.sku,
        asin=item.asin,
        title=item.newest.text("item_name"),
        quantity=units,
        price=item.newest.price,
        unfulfilled=units,
    )


def _digits(shop: Shop, count: int) -> str:
    return f"{shop.new_id() * 2_654_435_761 % 10**count:0{count}d}"
