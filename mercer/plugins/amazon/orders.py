"""Orders by when they last changed, and one order by its id."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.core.clock import Clock
from mercer.core.contract import OrderPage, OrderReads, Unreadable
from mercer.core.errors import ProtocolBroken
from mercer.core.order import Order
from mercer.plugins.amazon.mapping import UNREADABLE
from mercer.plugins.amazon.order_mapping import Node, is_ours, order
from mercer.plugins.amazon.wire import Call, Wire, moment, part

ORDER_READS: Final = OrderReads(
    overlap=timedelta(minutes=5),
    lag=timedelta(minutes=2),
    horizon=timedelta(days=730),
)
"""Amazon lists no change that is younger than two minutes."""

_BASE: Final = "/orders/2026-01-01/orders"
_DATA: Final = ("PROCEEDS", "CANCELLATION", "FULFILLMENT")
"""Without FULFILLMENT an order has no status, without PROCEEDS no total. None of it is personal."""

_ID: Final = re.compile(r"[0-9]{3}-[0-9]{7}-[0-9]{7}")
_MARGIN: Final = timedelta(minutes=1)
"""For clocks that differ: a bound that is too young is refused, and none at all is not."""


async def changed(
    wire: Wire, clock: Clock, since: datetime, until: datetime
) -> AsyncIterator[OrderPage]:
    """Orders changed in [since, until]. A hundred a call, which are scarce: one in three minutes."""
    query: dict[str, Any] = {
        "lastUpdatedAfter": moment(since),
        "marketplaceIds": wire.settings.marketplace_id,
        "includedData": _DATA,
        "maxResultsPerPage": "100",
    }
    if until <= clock.now() - ORDER_READS.lag - _MARGIN:
        query["lastUpdatedBefore"] = moment(until + timedelta(seconds=1))
    while True:
        answer = await wire.run(Call("searchOrders", "GET", _BASE, query, answers=("orders",)))
        yield _page(answer["orders"], wire.settings.marketplace.currency)
        token = (answer.get("pagination") or {}).get("nextToken")
        if not token:
            return
        query["paginationToken"] = token


async def one(wire: Wire, id: str) -> Order | None:
    if not _ID.fullmatch(id):
        return None
    query = {"includedData": _DATA}
    call = Call("getOrder", "GET", f"{_BASE}/{part(id)}", query, answers=("order",))
    found = await wire.find(call)
    if found is None:
        return None
    try:
        return order(found["order"], wire.settings.marketplace.currency)
    except UNREADABLE as error:
        raise ProtocolBroken(f"order {id} cannot be read: {error}") from None


def _page(nodes: list[Node], currency: str) -> OrderPage:
    orders: list[Order] = []
    unreadable: list[Unreadable] = []
    for node in nodes:
        try:
            if is_ours(node):
                orders.append(order(node, currency))
        except UNREADABLE as error:
            reason = f"{type(error).__name__}: {error}"
            unreadable.append(Unreadable(str(node.get("orderId")), reason))
    return OrderPage(tuple(orders), tuple(unreadable))
