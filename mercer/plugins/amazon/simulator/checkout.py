"""What a buyer's order does: units are taken when it is placed, paid or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from mercer.plugins.amazon.simulator.notices import order_changed
from mercer.plugins.amazon.simulator.shop import Item, Line, Order, Shop
from mercer.plugins.simulation import Buyer

_TO_SHIP: Final = timedelta(days=2)
_TO_DELIVER: Final = timedelta(days=7)


def place(
    shop: Shop, wanted: Sequence[tuple[Item, int]], buyer: Buyer, now: datetime, *, paid: bool
) -> Order:
    """Raise `ValueError` where too few are on sale, or where the lines have two fulfillers.

    Amazon makes an order of each fulfiller's lines.
    """
    counts: Counter[str] = Counter()
    for item, units in wanted:
        counts[item.sku] += units
        if item.newest.closed or shop.stock(item.sku).available < counts[item.sku]:
            raise ValueError(f"{item.sku}: fewer than {counts[item.sku]} are on sale")
    by = {
        "MERCHANT" if shop.stock(item.sku).fulfillable is None else "AMAZON" for item, _ in wanted
    }
    if len(by) != 1:
        raise ValueError("one order is fulfilled by one party")
    order = Order(
        id=f"{_digits(shop, 3)}-{_digits(shop, 7)}-{_digits(shop, 7)}",
        created=now,
        updated=now,
        status="UNSHIPPED" if paid else "PENDING",
        fulfilled_by=by.pop(),
        lines=[_line(shop, item, units, now) for item, units in wanted],
        buyer=buyer,
        ship_by=now + _TO_SHIP,
        deliver_by=now + _TO_DELIVER,
        paid=paid,
    )
    for item, units in wanted:
        shop.stock(item.sku).take(units)
    shop.orders[order.id] = order
    order_changed(shop, order, now)
    return order


def pay(shop: Shop, order: Order, now: datetime) -> None:
    """Twice is once. Raise `ValueError` for an order that was cancelled."""
    if order.paid:
        return
    if order.status != "PENDING":
        raise ValueError(f"order {order.id} is {order.status}")
    order.paid, order.status, order.updated = True, "UNSHIPPED", now
    order_changed(shop, order, now)


def cancel(
    shop: Shop, order: Order, now: datetime, *, by: str, lines: Collection[str] | None = None
) -> None:
    """Of some lines, or all. Units come back, for the seller too. Twice is once.

    Raise `ValueError` where something of them is in a parcel.
    """
    chosen = [line for line in order.lines if lines is None or line.id in lines]
    if all(line.cancelled_by for line in chosen):
        return
    if any(order.packed(line.id) for line in chosen):
        raise ValueError(f"order {order.id} is {order.status}, with parcels on their way")
    for line in chosen:
        if line.sku in shop.seller.stock:
            shop.stock(line.sku).take(-line.unfulfilled)
        line.unfulfilled, line.cancelled_by = 0, by
    advance(order)
    order.updated = now
    order_changed(shop, order, now)


def advance(order: Order) -> None:
    """The status that its lines have come to."""
    fulfilled = sum(line.fulfilled for line in order.lines)
    if any(line.unfulfilled for line in order.lines):
        order.status = "PARTIALLY_SHIPPED" if fulfilled else order.status
    else:
        order.status = "SHIPPED" if fulfilled else "CANCELLED"


def _line(shop: Shop, item: Item, units: int, now: datetime) -> Line:
    """Item ids may begin with a zero."""
    return Line(
        id=f"0{_digits(shop, 13)}",
        sku=item.sku,
        asin=item.asin,
        title=item.newest.text("item_name"),
        quantity=units,
        price=item.newest.asked(now),
        unfulfilled=units,
    )


def _digits(shop: Shop, count: int) -> str:
    return f"{shop.new_id() * 2_654_435_761 % 10**count:0{count}d}"
