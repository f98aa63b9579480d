"""Reading refunds (退款): which changed, then each with its deadline and its sub-order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.core.after_sales import Case
from mercer.core.contract import CasePage, OrderReads, Unreadable
from mercer.core.errors import ProtocolBroken, Rejected
from mercer.plugins.aside import set_aside
from mercer.plugins.taobao import changes, orders
from mercer.plugins.taobao.after_sales_mapping import OTHER_DISPUTES, case
from mercer.plugins.taobao.wire import Top, rows
from mercer.plugins.values import needed, text

CASE_READS: Final = OrderReads(
    overlap=timedelta(seconds=30), lag=timedelta(minutes=2), span=timedelta(days=1)
)
"""TOP documents no longest window for refunds and no horizon: both are UNVERIFIED."""

_CHANGED: Final = changes.ChangeList(
    "taobao.refunds.receive.get",
    "refunds",
    "refund",
    "refund_id",
    "refund_id,tid,oid,status,created,modified,refund_fee,has_good_return,reason,dispute_type",
)
_DETAILS: Final = "refund_id,status,refund_fee,has_good_return,reason,num,refund_remind_timeout"
"""Only the list tells `dispute_type` and `modified`, only the details the deadline."""

_LINE: Final = "tid,orders"


async def changed(top: Top, since: datetime, until: datetime) -> AsyncIterator[CasePage]:
    """Refunds modified in [since, until]. The buyer's own words (`desc`) are never asked for."""
    async for page in changes.changed(top, _CHANGED, since, until):
        yield await _understood(top, page)


async def _understood(top: Top, page: Sequence[Mapping[str, Any]]) -> CasePage:
    cases: list[Case] = []
    unreadable: list[Unreadable] = []
    for row in page:
        if text(row, "dispute_type") in OTHER_DISPUTES:
            continue
        refund = dict(row)
        try:
            refund |= await _details(top, needed(row, "refund_id"))
            cases.append(case(refund, await _line(top, refund)))
        except (ProtocolBroken, Rejected) as error:
            unreadable.append(set_aside(needed(row, "refund_id"), refund, error))
    return CasePage(tuple(cases), tuple(unreadable))


async def _details(top: Top, refund_id: str) -> dict[str, Any]:
    body = await top.call("taobao.refund.get", {"fields": _DETAILS, "refund_id": refund_id})
    refund = body.get("refund")
    if not isinstance(refund, dict):
        raise ProtocolBroken("an answer without the refund")
    return refund


async def _line(top: Top, refund: Mapping[str, Any]) -> dict[str, Any] | None:
    trade = await orders.trade(top, needed(refund, "tid"), _LINE)
    lines = rows(trade or {}, "orders", "order")
    return next((line for line in lines if text(line, "oid") == text(refund, "oid")), None)
