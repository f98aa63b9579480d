"""Orders by when they last changed, and one order by its id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

from mercer.core.contract import OrderPage, Unreadable
from mercer.core.errors import ProtocolBroken
from mercer.core.order import Order
from mercer.plugins.aside import UNREADABLE, set_aside
from mercer.plugins.shopify import order_mapping
from mercer.plugins.shopify.connection import Connection
from mercer.plugins.shopify.mapping import Node, gid, named
from mercer.plugins.shopify.queries import query

_SECOND: Final = timedelta(seconds=1)


class ReadsOrders(Connection):
    async def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        """Shopify keeps whole seconds, so the window is widened to them."""
        async for page in self._pages("orders", query=window(since, until)):
            orders: list[Order] = []
            aside: list[Unreadable] = []
            for node in page["nodes"]:
                id = named(node, "an order")
                try:
                    whole = await self._whole_order(node)
                    orders.append(order_mapping.order(whole))
                except UNREADABLE as error:
                    aside.append(set_aside(id, node, error))
            yield OrderPage(tuple(orders), tuple(aside))

    async def read_order(self, order: str) -> Order | None:
        node = await self._wire.run(query("order"), {"id": gid("Order", order)})
        if node is None:
            return None
        try:
            whole = await self._whole_order(node)
            return order_mapping.order(whole)
        except UNREADABLE as error:
            raise ProtocolBroken(f"order {order} cannot be read: {error}") from None

    async def _whole_order(self, node: Node) -> Node:
        """The order with all of its lines and of its parcels' lines."""
        lines = await self._all(node["lineItems"], "order_lines", "lineItems", id=node["id"])
        parcels = []
        for each in node["fulfillments"]:
            inside = await self._all(
                each["fulfillmentLineItems"],
                "parcel_lines",
                "fulfillmentLineItems",
                id=each["id"],
            )
            parcels.append({**each, "fulfillmentLineItems": {"nodes": inside}})
        return {**node, "lineItems": {"nodes": lines}, "fulfillments": parcels}


def window(since: datetime, until: datetime) -> str:
    """Timestamps are quoted: without quotes Shopify cuts them at the colons, and does not say so."""
    start = since.astimezone(UTC).replace(microsecond=0)
    end = until.astimezone(UTC)
    if end.microsecond:
        end = end.replace(microsecond=0) + _SECOND
    return f"updated_at:>='{_text(start)}' AND updated_at:<='{_text(end)}'"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
