"""Reading orders: which trades changed, then each trade in full."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.core.contract import Event, EventKind, Glimpse, IsKnown, OrderPage, OrderReads
from mercer.core.errors import ProtocolBroken, Rejected
from mercer.core.order import Order
from mercer.plugins.aside import fetched
from mercer.plugins.beijing import beijing, moment
from mercer.plugins.taobao import changes
from mercer.plugins.taobao.order_mapping import CLOSED, TRADE_FIELDS, TRADE_TYPES, order, units
from mercer.plugins.taobao.wire import Top, rows
from mercer.plugins.values import needed, text

ORDER_READS: Final = OrderReads(
    overlap=timedelta(seconds=30),
    lag=timedelta(minutes=2),
    span=timedelta(minutes=30),
    horizon=timedelta(days=90),
    every=timedelta(seconds=15),
    glimpse=timedelta(seconds=1.5),
    apart=True,
)
"""TOP allows a day at once and advises half an hour. How far the list trails is UNVERIFIED."""

_CHANGED: Final = changes.ChangeList(
    "taobao.trades.sold.increment.get", "trades", "trade", "tid", "tid,modified"
)
_LATEST: Final = (
    "tid,status,created,modified,orders.oid,orders.status,orders.num,orders.sku_id,"
    "orders.outer_iid,orders.outer_sku_id"
)
_MOST: Final = 100
_NOT_THERE: Final = "isv.trade-not-exist"


def _nothing(tid: str, modified: datetime) -> bool:
    del tid, modified
    return False


async def changed(
    top: Top, since: datetime, until: datetime, known: IsKnown = _nothing
) -> AsyncIterator[OrderPage]:
    """Trades modified in [since, until]. Those that are `known` are listed, and not read again."""
    async for page in changes.changed(top, _CHANGED, since, until):
        yield await _in_full(top, [needed(row, "tid") for row in page if not _is_known(row, known)])


def _is_known(row: dict[str, Any], known: IsKnown) -> bool:
    """A row that does not tell when it was modified is read."""
    try:
        modified = moment(row, "modified")
    except ProtocolBroken:
        return False
    return modified is not None and known(needed(row, "tid"), modified)


async def latest(top: Top, since: datetime, until: datetime, known: IsKnown) -> Glimpse:
    """One page of the list, the newest changes first, each with its lines. That the list trails for
    less than a message takes is UNVERIFIED; what it does not show yet is found later.
    """
    window = {"start_modified": beijing(since), "end_modified": beijing(until)}
    fields = {
        "fields": _LATEST,
        "type": TRADE_TYPES,
        "page_size": str(_MOST),
        "use_has_next": "true",
    }
    body = await top.call(_CHANGED.api, window | fields)
    found = rows(body, _CHANGED.plural, _CHANGED.singular)
    named = tuple(_named(row) for row in found if not _is_known(row, known))
    return Glimpse(OrderPage(()), named)


def _named(row: dict[str, Any]) -> Event:
    """What the trade took, by merchant code; nothing where it is closed."""
    tid = needed(row, "tid")
    took = () if text(row, "status") in CLOSED else tuple(units(row).items())
    key = f"{tid}/{text(row, 'modified') or ''}"
    return Event(key, EventKind.ORDER, tid, _CHANGED.api, took, moment(row, "created"))


async def one(top: Top, tid: str) -> Order | None:
    """`None` for a trade that does not exist, which is also what TOP says after three months."""
    found = await trade(top, tid, TRADE_FIELDS)
    return None if found is None else order(found)


async def trade(top: Top, tid: str, fields: str) -> dict[str, Any] | None:
    """As `one`, in TOP's own words and with only these fields."""
    try:
        body = await top.call("taobao.trade.fullinfo.get", {"fields": fields, "tid": tid})
    except Rejected as error:
        if error.code == _NOT_THERE:
            return None
        raise
    found = body.get("trade")
    if not isinstance(found, dict):
        raise ProtocolBroken("an answer without the trade")
    return found


async def _in_full(top: Top, tids: Sequence[str]) -> OrderPage:
    async def listed(tid: str) -> dict[str, Any]:
        found = await trade(top, tid, TRADE_FIELDS)
        if found is None:
            raise ProtocolBroken("TOP lists the trade and then does not know it")
        return found

    return OrderPage(*await fetched(tids, listed, order))
