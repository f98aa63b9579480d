"""The shop's orders with their indexes: by last change, and every part by its own id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import takewhile
from typing import TypeVar

from mercer.plugins.shopify.simulator.order_state import Order, Part, parts

P = TypeVar("P")


class OrderBook:
    """`orders` is the state's own dict. `now` is in whole seconds."""

    def __init__(self, orders: dict[int, Order], now: Callable[[], datetime]) -> None:
        self._orders = orders
        self._now = now
        ordered = sorted(orders.values(), key=lambda order: order.updated_at)
        self._by_change = {order.id: order for order in ordered}
        self._parts: dict[int, tuple[Order, Part]] = {}
        for order in ordered:
            self._index(order)

    def add(self, order: Order) -> None:
        self._orders[order.id] = self._by_change[order.id] = order
        self._index(order)

    def touch(self, order: Order) -> None:
        """The order has changed: it is the last that did, and its new parts can be found."""
        order.updated_at = self._now()
        self._by_change[order.id] = self._by_change.pop(order.id)
        self._index(order)

    def changed_since(self, moment: datetime) -> Iterator[Order]:
        """Latest first, without a look at the older ones."""
        latest = reversed(self._by_change.values())
        return takewhile(lambda order: order.updated_at >= moment, latest)

    def part(self, id: int, kind: type[P]) -> P | None:
        found = self._parts.get(id)
        return found[1] if found and isinstance(found[1], kind) else None

    def _index(self, order: Order) -> None:
        for part in parts(order):
            self._parts[part.id] = (order, part)
