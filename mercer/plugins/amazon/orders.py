"""Orders by when they last changed, and one order by its id."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.core.clock import Clock
from mercer.core.contract import OrderPage, OrderReads
from mercer.core.errors import ProtocolBroken
from mercer.core.order import Order
from mercer.plugins.amazon.marketplaces import Marketplace
from mercer.plugins.amazon.order_mapping import Node, is_ours, order
from mercer.plugins.amazon.wire import Call, Wire, moment, part
from mercer.plugins.aside import UNREADABLE, understood

ORDER_READS: Final = OrderReads(
    overlap=timedelta(minutes=5),
    lag=timedelta(minutes=2),
    horizon=timedelta(days=730),
    every=timedelta(minutes=3),
)
"""Amazon lists no change that is younger than two minutes."""

_BASE: Final = "/orders/2026-01-01/orders"
_DATA: Final = ("PROCEEDS", "CANCELLATION", "FULFILLMENT", "PACKAGES")
"""Without FULFILLMENT an order has no status, without PROCEEDS no total. None of it is personal."""

_PERSONAL: Final = ("BUYER", "RECIPIENT")
"""Told to apps with a restricted role. No restricted data token: only Orders v0 wants those."""

_ID: Final = re.compile(r"[0-9]{3}-[0-9]{7}-[0-9]{7}")
_MARGIN: Final = timedelta(minutes=1)
"""For clocks that differ: a bound that is too young is refused, and none at all is not."""


async def changed(
    wire: Wire, clock: Clock, since: datetime, until: datetime
) -> AsyncIterator[OrderPage]:
    """Orders changed in [since, until]. A hundred a call, which are scarce: one in three minutes."""
    async for nodes in searched(wire, clock, since, until, _data(wire)):
        yield _page(nodes, wire.settings.marketplace)


async def searched(
    wire: Wire, clock: Clock, since: datetime, until: datetime, data: Sequence[str]
) -> AsyncIterator[list[Node]]:
    """Orders as Amazon tells them, page by page, with the included data that is named."""
    query: dict[str, Any] = {
        "lastUpdatedAfter": moment(since),
        "marketplaceIds": wire.settings.marketplace_id,
        "includedData": data,
        "maxResultsPerPage": "100",
    }
    if until <= clock.now() - ORDER_READS.lag - _MARGIN:
        query["lastUpdatedBefore"] = moment(until + timedelta(seconds=1))
    while True:
        answer = await wire.run(Call("searchOrders", "GET", _BASE, query, answers=("orders",)))
        yield answer["orders"]
        token = (answer.get("pagination") or {}).get("nextToken")
        if not token:
            return
        query["paginationToken"] = token


async def one(wire: Wire, id: str) -> Order | None:
    """`None` for an order of another marketplace too."""
    if not _ID.fullmatch(id):
        return None
    here = wire.settings.marketplace
    query = {"includedData": _data(wire)}
    call = Call("getOrder", "GET", f"{_BASE}/{part(id)}", query, answers=("order",))
    found = await wire.find(call)
    if found is None:
        return None
    try:
        node = found["order"]
        return order(node, here.currency) if is_ours(node, here.id) else None
    except UNREADABLE as error:
        raise ProtocolBroken(f"order {id} cannot be read: {error}") from None


def _data(wire: Wire) -> tuple[str, ...]:
    return (*_DATA, *(_PERSONAL if wire.settings.personal_data == "yes" else ()))


def _page(nodes: list[Node], here: Marketplace) -> OrderPage:
    def read(node: Node) -> Order | None:
        return order(node, here.currency) if is_ours(node, here.id) else None

    return OrderPage(*understood(nodes, read, lambda node: str(node.get("orderId"))))
