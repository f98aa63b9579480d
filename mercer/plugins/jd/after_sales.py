"""Reading after-sales: refund slips before shipment, service orders after it, and what was paid."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from mercer.core.after_sales import Case, CaseStatus
from mercer.core.contract import CasePage, OrderReads
from mercer.core.errors import ProtocolBroken
from mercer.core.money import Money
from mercer.plugins.aside import understood
from mercer.plugins.beijing import beijing
from mercer.plugins.jd.after_sales_mapping import (
    OTHER_SERVICES,
    SERVICE_STATUSES,
    SLIP,
    refunded,
    service,
    slip,
)
from mercer.plugins.jd.orders import lines_of
from mercer.plugins.jd.wire import Jos, node, rows
from mercer.plugins.paging import Row, backwards
from mercer.plugins.values import needed, text, whole

CASE_READS: Final = OrderReads(
    overlap=timedelta(minutes=5),
    lag=timedelta(minutes=1),
    span=timedelta(days=1),
    horizon=timedelta(days=90),
)
"""Ours: how long a window may be, how far it reaches and how far the lists trail are UNVERIFIED."""

_SLIPS: Final = "jingdong.pop.afs.soa.refundapply.queryPageList"
_SERVICES: Final = "jingdong.asc.sync.list"
_REFUNDS: Final = "jingdong.asc.serviceAndRefund.view"

_PAGE: Final = 50
_DEEPEST: Final = 100 * _PAGE
"""Slips: no page after the hundredth is given."""

_SLIP_LIFE: Final = timedelta(days=3)
"""A slip tells when it was asked for and when it was reviewed, and not when it was withdrawn or paid:

all that were asked for in this time are read every time.
"""

_OPERATOR: Final = "mercer"
"""Who asks: JD wants a name, and any will do."""


async def changed(jos: Jos, since: datetime, until: datetime) -> AsyncIterator[CasePage]:
    """Slips asked for or reviewed, then service orders changed, in [since, until]."""
    async for found in _slips(jos, "apply", since - _SLIP_LIFE, until):
        yield CasePage(*understood(found, slip, _slip_case))
    async for found in _slips(jos, "check", since, until):
        yield CasePage(*understood(found, slip, _slip_case))
    vender = await _vender(jos)
    async for found in backwards(partial(_services, jos, vender, since, until), _PAGE):
        yield await _served(jos, vender, found)


async def _slips(jos: Jos, step: str, since: datetime, until: datetime) -> AsyncIterator[list[Row]]:
    """Slips whose step was in [since, until]; a list too long to be walked is cut in two."""

    async def page(number: int) -> tuple[list[Row], int]:
        params = {
            f"{step}TimeStart": beijing(since),
            f"{step}TimeEnd": beijing(until),
            "pageIndex": number,
            "pageSize": _PAGE,
        }
        result = node(await jos.call(_SLIPS, params, verdict="queryResult"), "queryResult")
        return rows(result, "result"), _total(result)

    first, total = await page(1)
    if total <= _PAGE:
        yield first
    elif total > _DEEPEST and until - since > timedelta(seconds=1):
        middle = since + (until - since) / 2
        for half in ((since, middle), (middle, until)):
            async for found in _slips(jos, step, *half):
                yield found
    else:
        async for found in backwards(page, _PAGE):
            yield found


async def _services(
    jos: Jos, vender: str, since: datetime, until: datetime, page: int
) -> tuple[list[Row], int]:
    """Its answer's form is taken to be that of `asc.query.list` (UNVERIFIED)."""
    window = {"updateTimeBegin": beijing(since), "updateTimeEnd": beijing(until)}
    return await _asked(jos, vender, _SERVICES, window, page)


async def _served(jos: Jos, vender: str, found: Sequence[Row]) -> CasePage:
    """With the lines of each order, and with what was paid for those that are done."""
    kept = [row for row in found if text(row, "customerExpect") not in OTHER_SERVICES]
    lines = {order: await lines_of(jos, order) for order in _orders(kept)}
    paid: dict[str, Money] = {}
    for order in _orders(filter(_is_done, kept)):
        with suppress(ProtocolBroken):  # a refund that cannot be understood is an amount not known
            paid |= refunded(await _refunds(jos, vender, order))

    def read(row: Mapping[str, Any]) -> Case:
        return service(row, lines.get(needed(row, "orderId"), {}), paid)

    return CasePage(*understood(kept, read, lambda row: text(row, "serviceId") or ""))


def _slip_case(row: Mapping[str, Any]) -> str:
    return SLIP + (text(row, "id") or "")


def _orders(found: Iterable[Row]) -> list[str]:
    """Each once; a row that names none is told as unreadable later."""
    named = (text(row, "orderId") or "" for row in found)
    return [order for order in dict.fromkeys(named) if order.isdecimal()]


def _is_done(row: Mapping[str, Any]) -> bool:
    return SERVICE_STATUSES.get(text(row, "serviceStatus") or "") is CaseStatus.DONE


async def _refunds(jos: Jos, vender: str, order: str) -> list[Row]:
    async def page(number: int) -> tuple[list[Row], int]:
        return await _asked(jos, vender, _REFUNDS, {"orderId": int(order)}, number)

    return [row async for found in backwards(page, _PAGE) for row in found]


async def _asked(
    jos: Jos, vender: str, method: str, params: Mapping[str, Any], page: int
) -> tuple[list[Row], int]:
    """A page of one of the service orders' lists (`jingdong.asc.*`)."""
    who = {"buId": vender, "operatePin": _OPERATOR, "operateNick": _OPERATOR}
    sent = {**params, **who, "pageNumber": page, "pageSize": _PAGE}
    result = node(await jos.call(method, sent, verdict="pageResult"), "pageResult")
    return rows(result, "data"), _total(result)


async def _vender(jos: Jos) -> str:
    """Whose service orders: the lists want it said, though the token knows."""
    return needed(
        node(await jos.call("jingdong.vender.shop.query"), "shop_jos_result"), "vender_id"
    )


def _total(result: Mapping[str, Any]) -> int:
    total = whole(result, "totalCount")
    if total is None:
        raise ProtocolBroken("a list without totalCount")
    return total
