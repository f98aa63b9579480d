"""Reading orders: which trades changed, then each trade in full."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from mercer.core.contract import OrderPage, OrderReads, Unreadable
from mercer.core.errors import ProtocolBroken, Rejected
from mercer.core.order import Order
from mercer.plugins.beijing import beijing
from mercer.plugins.taobao.order_mapping import TRADE_FIELDS, TRADE_TYPES, order
from mercer.plugins.taobao.wire import Top, rows
from mercer.plugins.values import needed, whole

ORDER_READS: Final = OrderReads(
    overlap=timedelta(seconds=30),
    lag=timedelta(minutes=2),
    span=timedelta(minutes=30),
    horizon=timedelta(days=90),
)
"""TOP allows a day at once and advises half an hour. How far the list trails is UNVERIFIED."""

_CHANGED: Final = "taobao.trades.sold.increment.get"
_PAGE: Final = 50
_NOT_THERE: Final = "isv.trade-not-exist"


async def changed(top: Top, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
    """Trades modified in [since, until], read from the last page to the first (倒序翻页).

    Rows are sorted by `modified`, newest first. A trade modified during the walk leaves the closed
    window, so all rows after it move up one place: walking backwards meets some row twice, walking
    forwards would miss one.
    """
    window = {
        "start_modified": beijing(since),
        "end_modified": beijing(until),
        "type": TRADE_TYPES,
    }
    total = await _count(top, window)
    newest: dict[str, str] = {}
    for page in range(-(-total // _PAGE), 0, -1):
        body = await top.call(
            _CHANGED,
            window
            | {
                "fields": "tid,modified",
                "page_no": str(page),
                "page_size": str(_PAGE),
                "use_has_next": "true",
            },
        )
        fresh = []
        for row in rows(body, "trades", "trade"):
            tid, modified = needed(row, "tid"), needed(row, "modified")
            if newest.get(tid, "") < modified:
                newest[tid] = modified
                fresh.append(tid)
        if fresh:
            yield await _in_full(top, fresh)


async def _count(top: Top, window: Mapping[str, str]) -> int:
    body = await top.call(_CHANGED, {**window, "fields": "tid", "page_size": "1"})
    total = whole(body, "total_results")
    if total is None:
        if rows(body, "trades", "trade"):
            raise ProtocolBroken("a list of trades without total_results")
        return 0
    return total


async def one(top: Top, tid: str) -> Order | None:
    """`None` for a trade that does not exist, which is also what TOP says after three months."""
    try:
        body = await top.call("taobao.trade.fullinfo.get", {"fields": TRADE_FIELDS, "tid": tid})
    except Rejected as error:
        if error.code == _NOT_THERE:
            return None
        raise
    trade = body.get("trade")
    if not isinstance(trade, dict):
        raise ProtocolBroken("an answer without the trade")
    return order(trade)


async def _in_full(top: Top, tids: Sequence[str]) -> OrderPage:
    orders: list[Order] = []
    unreadable: list[Unreadable] = []
    for tid in tids:
        try:
            found = await one(top, tid)
        except (ProtocolBroken, Rejected) as error:
            unreadable.append(Unreadable(tid, error.message))
            continue
        if found is None:
            unreadable.append(Unreadable(tid, "TOP lists the trade and then does not know it"))
        else:
            orders.append(found)
    return OrderPage(tuple(orders), tuple(unreadable))
