"""After-sales: buyers' cancellations, which are within orders, and returns, which only a report tells.

Amazon lets no app answer a case. A cancellation is granted in Seller Central, or refused by shipping.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from mercer.core.clock import Clock
from mercer.core.contract import CasePage, OrderReads
from mercer.plugins.amazon import reports
from mercer.plugins.amazon.after_sales_mapping import CANCELLATION, Row, cancellation, returned
from mercer.plugins.amazon.order_mapping import Node, is_ours
from mercer.plugins.amazon.orders import ORDER_READS, searched
from mercer.plugins.amazon.wire import Wire
from mercer.plugins.aside import understood

AFTER_SALES: Final = OrderReads(
    overlap=timedelta(minutes=5),
    lag=ORDER_READS.lag,
    span=reports.LONGEST_RETURNS,
    horizon=ORDER_READS.horizon,
    every=timedelta(minutes=30),
)
"""A look takes one of the scarce order searches, and a report."""

_DATA: Final = ("CANCELLATION", "FULFILLMENT")


async def changed(
    wire: Wire, clock: Clock, since: datetime, until: datetime
) -> AsyncIterator[CasePage]:
    """Cases changed in [since, until], and every return asked for in the sixty days before `until`.

    The report knows returns by when they were asked for, so older ones are told again each time.
    """
    here = wire.settings.marketplace
    async for nodes in searched(wire, clock, since, until, _DATA):
        ours = [node for node in nodes if is_ours(node, here.id)]
        yield CasePage(*understood(ours, cancellation, _cancellation_id))
    rows = await reports.returns(wire, clock, until - reports.LONGEST_RETURNS, until)
    by_return: dict[str, list[Row]] = {}
    for row in rows:
        by_return.setdefault(row["Amazon RMA ID"], []).append(row)
    yield CasePage(
        *understood(
            by_return.values(),
            lambda found: returned(found, here.currency),
            lambda found: found[0]["Amazon RMA ID"],
        )
    )


def _cancellation_id(node: Node) -> str:
    return f"{CANCELLATION}{node.get('orderId')}"
