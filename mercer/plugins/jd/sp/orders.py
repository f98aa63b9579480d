"""Reading orders through SP-API: paid or not, in full."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from mercer.core.contract import Glimpse, OrderPage
from mercer.core.errors import ProtocolBroken, Rejected
from mercer.core.order import Order
from mercer.plugins.jd import order_mapping
from mercer.plugins.jd.orders import NOT_THERE, page_of
from mercer.plugins.jd.sp import mapping
from mercer.plugins.jd.sp.products import milliseconds
from mercer.plugins.jd.sp.wire import Call, SpApi
from mercer.plugins.paging import Row, backwards

_ORDERS: Final = "/sp-order/v0/orders"
_PAGE: Final = 50


async def changed(sp: SpApi, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
    """Orders modified in [since, until]. That the window is over the time that is sorted by is
    UNVERIFIED. An order that changes during the walk leaves it, so it is walked backwards.
    """
    window = _window(since, until, "asc")

    async def page(number: int) -> tuple[list[Row], int]:
        call = Call("GET", _ORDERS, query=window | {"page": str(number)})
        return (await sp.call(call)).page()

    async for rows in backwards(page, _PAGE):
        if rows:
            yield page_of(rows, order)


async def latest(sp: SpApi, since: datetime, until: datetime) -> Glimpse:
    """One page, the newest changes first."""
    query = _window(since, until, "desc") | {"page": "1"}
    found, _ = (await sp.call(Call("GET", _ORDERS, query=query))).page()
    return Glimpse(page_of(found, order))


def _window(since: datetime, until: datetime, order: str) -> dict[str, str]:
    return {
        "startTime": milliseconds(since),
        "endTime": milliseconds(until),
        "sortBy": "modifiedTime",
        "sortOrder": order,
        "pageSize": str(_PAGE),
    }


async def one(sp: SpApi, order_id: str) -> Order | None:
    if not order_id.isdecimal():
        return None
    call = Call("GET", f"{_ORDERS}/{{orderId}}", named={"orderId": order_id})
    try:
        found = (await sp.call(call)).data
    except Rejected as error:
        if any(phrase in error.words for phrase in NOT_THERE):
            return None
        raise
    if found is None:
        return None
    if not isinstance(found, dict):
        raise ProtocolBroken("an answer without the order")
    return order(found)


def order(row: Row) -> Order:
    """Raise `ProtocolBroken` where it cannot be understood, its status above all."""
    return order_mapping.order(mapping.order(row))
