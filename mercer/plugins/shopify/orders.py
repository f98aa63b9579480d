"""Orders by when they last changed, and one order by its id."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from mercer.core.contract import Glimpse, IsKnown, OrderPage, Unreadable
from mercer.core.errors import ProtocolBroken
from mercer.core.order import Order
from mercer.plugins.aside import UNREADABLE, set_aside
from mercer.plugins.paging import chunks
from mercer.plugins.shopify import order_mapping
from mercer.plugins.shopify.connection import Connection
from mercer.plugins.shopify.mapping import Node, gid, named, tail
from mercer.plugins.shopify.queries import query

_SECOND: Final = timedelta(seconds=1)

_BY_ID: Final = 50
"""Orders that one request asks for: as many as a page of them, for about as many points."""


class ReadsOrders(Connection):
    async def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        """Shopify keeps whole seconds, so the window is widened to them."""
        async for page in self._pages("orders", query=window(since, until)):
            yield await self._understood(page["nodes"])

    async def read_unknown_orders(
        self, since: datetime, until: datetime, known: IsKnown
    ) -> AsyncIterator[OrderPage]:
        """Which orders changed is a fraction of the points that the orders themselves are."""
        async for page in self._pages("order_ids", query=window(since, until)):
            changed = [node["id"] for node in page["nodes"] if not _is_known(node, known)]
            for ids in chunks(changed, _BY_ID):
                nodes = await self._wire.run(query("orders_by_id"), {"ids": ids})
                yield await self._understood([node for node in nodes if node])

    async def glimpse_orders(self, since: datetime, known: IsKnown) -> Glimpse:
        """The newest changes first: one page of ids, and those that are not known yet."""
        text = f"updated_at:>='{_text(since.astimezone(UTC).replace(microsecond=0))}'"
        page = await self._wire.run(query("latest_order_ids"), {"query": text})
        ids = [node["id"] for node in page["nodes"] if not _is_known(node, known)]
        if not ids:
            return Glimpse(OrderPage(()))
        nodes = await self._wire.run(query("orders_by_id"), {"ids": ids[:_BY_ID]})
        return Glimpse(await self._understood([node for node in nodes if node]))

    async def _understood(self, nodes: Sequence[Node]) -> OrderPage:
        orders: list[Order] = []
        aside: list[Unreadable] = []
        for node in nodes:
            id = named(node, "an order")
            try:
                whole = await self._whole_order(node)
                orders.append(order_mapping.order(whole))
            except UNREADABLE as error:
                aside.append(set_aside(id, node, error))
        return OrderPage(tuple(orders), tuple(aside))

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


def _is_known(node: Node, known: IsKnown) -> bool:
    try:
        changed = datetime.fromisoformat(node["updatedAt"])
    except UNREADABLE:
        return False
    return known(tail(node["id"]), changed)


def window(since: datetime, until: datetime) -> str:
    """Timestamps are quoted: without quotes Shopify cuts them at the colons, and does not say so."""
    start = since.astimezone(UTC).replace(microsecond=0)
    end = until.astimezone(UTC)
    if end.microsecond:
        end = end.replace(microsecond=0) + _SECOND
    return f"updated_at:>='{_text(start)}' AND updated_at:<='{_text(end)}'"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
