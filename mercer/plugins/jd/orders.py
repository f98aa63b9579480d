"""Reading orders: those that changed, in full, and those that are not paid yet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from mercer.core.contract import Glimpse, IsKnown, OrderPage, OrderReads
from mercer.core.errors import ProtocolBroken, Rejected
from mercer.core.order import Order
from mercer.plugins.aside import fetched, understood
from mercer.plugins.beijing import beijing
from mercer.plugins.jd.order_mapping import ORDER_FIELDS, lines_by_sku, order
from mercer.plugins.jd.wire import Jos, node, rows
from mercer.plugins.paging import Row, backwards
from mercer.plugins.values import needed, text, whole

ORDER_READS: Final = OrderReads(
    overlap=timedelta(seconds=30),
    lag=timedelta(minutes=1),
    span=timedelta(days=1),
    horizon=timedelta(days=90),
    every=timedelta(seconds=15),
    glimpse=timedelta(seconds=2),
)
"""JD allows a month at once and advises short windows. Changes older than three months are not
told. How far the search trails is UNVERIFIED; a minute is what integrations leave.
"""

_PAGE: Final = 100
_ALL: Final = "ALL"
_BY_CHANGE: Final = 0
_ASCENDING: Final = 0
NOT_THERE: Final = ("不存在", "not exist")
"""In the words of a refusal; its code is UNVERIFIED."""


def _nothing(order_id: str, modified: datetime) -> bool:
    del order_id, modified
    return False


async def changed(
    jos: Jos, since: datetime, until: datetime, known: IsKnown = _nothing
) -> AsyncIterator[OrderPage]:
    """Orders modified in [since, until], then those placed in it and not yet paid for.

    An order that changes during the walk leaves the closed window, so it is walked backwards. Of
    those not yet paid for, the `known` ones are not read again.
    """
    newest: dict[str, str] = {}

    async def page(number: int) -> tuple[list[Row], int]:
        return await _searched(jos, since, until, number)

    async for infos in backwards(page, _PAGE):
        fresh = []
        for info in infos:
            order_id, modified = needed(info, "orderId"), text(info, "modified") or ""
            if newest.get(order_id, "") < modified or order_id not in newest:
                newest[order_id] = modified
                fresh.append(info)
        if fresh:
            yield page_of(fresh, order)

    async def unpaid(number: int) -> tuple[list[Row], int]:
        return await _unpaid(jos, since, until, number)

    async for found in backwards(unpaid, _PAGE):
        ids = dict.fromkeys(needed(row, "orderId") for row in found if not _is_known(row, known))
        if unread := [order_id for order_id in ids if order_id not in newest]:
            yield await _by_id(jos, unread)
        newest |= dict.fromkeys(unread, "")


async def latest(jos: Jos, since: datetime, until: datetime, known: IsKnown) -> Glimpse:
    """One page of the search, in full, and those not yet paid for, which are read one by one."""
    infos, _ = await _searched(jos, since, until, 1)
    page = page_of(infos, order)
    told = {needed(info, "orderId") for info in infos}
    waiting, _ = await _unpaid(jos, since, until, 1)
    ids = [needed(row, "orderId") for row in waiting if not _is_known(row, known)]
    unpaid = await _by_id(
        jos, [order_id for order_id in dict.fromkeys(ids) if order_id not in told]
    )
    return Glimpse(OrderPage(page.orders + unpaid.orders, page.unreadable + unpaid.unreadable))


def _is_known(row: Row, known: IsKnown) -> bool:
    """Of the list of those not yet paid for. One that does not tell when it changed is read."""
    changed = whole(row, "modified")
    if changed is None:
        return False
    return known(needed(row, "orderId"), datetime.fromtimestamp(changed / 1000, UTC))


async def one(jos: Jos, order_id: str) -> Order | None:
    info = await _info(jos, order_id)
    return None if info is None else order(info)


async def lines_of(jos: Jos, order_id: str) -> dict[str, str]:
    """The lines of an order by JD's `skuUuid` and `skuId`; nothing of its buyer is asked for.

    Of an order that JD does not hand out none is known.
    """
    try:
        info = await _info(jos, order_id, "itemInfoList")
    except Rejected:
        return {}
    return lines_by_sku(rows(info, "itemInfoList")) if info else {}


async def _searched(jos: Jos, since: datetime, until: datetime, page: int) -> tuple[list[Row], int]:
    body = await jos.call(
        "jingdong.pop.order.search",
        {
            "start_date": beijing(since),
            "end_date": beijing(until),
            "order_state": _ALL,
            "optional_fields": ORDER_FIELDS,
            "page": str(page),
            "page_size": str(_PAGE),
            "sortType": _ASCENDING,
            "dateType": _BY_CHANGE,
        },
        verdict="searchorderinfo_result.apiResult",
    )
    result = node(body, "searchorderinfo_result")
    total = whole(result, "orderTotal")
    if total is None:
        raise ProtocolBroken("a list of orders without orderTotal")
    return rows(result, "orderInfoList"), total


async def _unpaid(jos: Jos, since: datetime, until: datetime, page: int) -> tuple[list[Row], int]:
    """The list names no amounts, so each order is asked for by its id."""
    body = await jos.call(
        "jingdong.pop.order.notPayOrderInfo",
        {
            "startDate": beijing(since),
            "endDate": beijing(until),
            "page": page,
            "pageSize": _PAGE,
        },
    )
    result = node(body, "paginatedInfo")
    return rows(result, "pageList"), whole(result, "totalItem") or 0


async def _info(jos: Jos, order_id: str, fields: str = ORDER_FIELDS) -> Row | None:
    """`None` for an order that JD does not know. That it knows one before it is paid is UNVERIFIED;
    where it does not, the order is read once it is paid.
    """
    if not order_id.isdecimal():
        return None
    params = {"order_id": int(order_id), "optional_fields": fields}
    try:
        verdict = "orderDetailInfo.apiResult"
        body = await jos.call("jingdong.pop.order.get", params, verdict=verdict)
    except Rejected as error:
        if any(phrase in error.words for phrase in NOT_THERE):
            return None
        raise
    return node(node(body, "orderDetailInfo"), "orderInfo")


async def _by_id(jos: Jos, ids: Iterable[str]) -> OrderPage:
    return OrderPage(*await fetched(ids, partial(_info, jos), order))


def page_of(infos: Iterable[Row], read: Callable[[Row], Order]) -> OrderPage:
    return OrderPage(*understood(infos, read, lambda info: text(info, "orderId") or ""))
