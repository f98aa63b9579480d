"""Read a channel's recent orders once more, and compare them with what was taken in of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from mercer.core.contract import OrderPage, ReadsOrder, ReadsOrders
from mercer.core.order import Order
from mercer.core.standing import Standing
from mercer.store import comparing, order_search, orders
from mercer.store.order_search import OrderRow
from mercer.sync.intake import take_in_orders
from mercer.sync.order_lines import Known, LineChange
from mercer.sync.session import Connection, Session

RECENT: Final = timedelta(days=1)
LONG: Final = timedelta(days=30)
"""How far back orders are read again: always, and where everything is asked for."""

_TOLD: Final = ("ordered", "quantity", "shipped", "unit_price", "total")
"""What a platform says of a line; the rest of its row is what Mercer knows beside it."""


@dataclass(frozen=True, slots=True)
class OrderFound:
    """An order that is not as it was stored: `ours` and `theirs` name what differs, and no buyer."""

    order: str
    number: str
    standing: Standing
    ours: str
    theirs: str


@dataclass(slots=True)
class Reread:
    """`found` are taken in as the platform has them, but for those that are missing there."""

    since: datetime
    until: datetime
    same: int = 0
    found: dict[str, OrderFound] = field(default_factory=dict)


async def reread_orders(session: Session, connection: Connection, *, long: bool) -> Reread:
    """Absence needs proof: an order that is not listed is asked for by itself."""
    adapter, reads = connection.adapter, connection.declared.orders
    assert isinstance(adapter, ReadsOrders)  # asked of those only
    began = session.clock.now()
    reach = LONG if long else RECENT
    done = Reread(began - min(reach, reads.horizon or reach), began)
    start = done.since
    while start < done.until:
        end = done.until if reads.span is None else min(done.until, start + reads.span)
        async for page in adapter.read_orders(start, end):
            _compare(session, connection, page, done)
        start = end
    if isinstance(adapter, ReadsOrder):
        await _ask_for_unlisted(session, connection, adapter, done)
    with session.database.read() as tx:
        read = comparing.count_orders(tx, connection.name, began)
    there = sum(each.standing is not Standing.MISSING for each in done.found.values())
    done.same = max(read - there, 0)
    return done


async def _ask_for_unlisted(
    session: Session, connection: Connection, adapter: ReadsOrder, done: Reread
) -> None:
    name = connection.name
    listed_by = done.until - connection.declared.orders.lag
    with session.database.read() as tx:
        unlisted = comparing.orders_not_read(tx, name, done.since, listed_by, done.until)
    for id in unlisted:
        order = await adapter.read_order(id)
        if order is not None:
            _compare(session, connection, OrderPage((order,)), done)
            continue
        with session.database.read() as tx:
            stored = order_search.rows_of(tx, name, [id])[id]
        ours = f"status {stored.status.value}"
        done.found[id] = OrderFound(id, stored.number, Standing.MISSING, ours, "no such order")


def _compare(session: Session, connection: Connection, page: OrderPage, done: Reread) -> None:
    name = connection.name
    with session.database.read() as tx:
        known = Known.beside(tx, name, page.orders)
        stored = order_search.rows_of(tx, name, [order.order for order in page.orders])
    for order in page.orders:
        found = _found(order, stored.get(order.order), known)
        if found is not None:
            done.found.setdefault(order.order, found)
    take_in_orders(session, name, page)


def _found(order: Order, stored: OrderRow | None, known: Known) -> OrderFound | None:
    if stored is None:
        known.take(order)
        status = f"status {order.status.value}"
        return OrderFound(order.order, order.number, Standing.UNKNOWN, "never taken in", status)
    differences = list(_differences(order, stored, known.take(order) or ()))
    if not differences:
        return None
    ours, theirs = ("; ".join(side) for side in zip(*differences, strict=True))
    return OrderFound(order.order, order.number, Standing.THEIRS_MOVED, ours, theirs)


def _differences(
    order: Order, stored: OrderRow, changes: Sequence[LineChange]
) -> Iterator[tuple[str, str]]:
    """What each side says where they differ. A version older than the stored one says nothing."""
    if stored.updated_at > order.updated_at:
        return
    if stored.status is not order.status:
        yield f"status {stored.status.value}", f"status {order.status.value}"
    for change in changes:
        before, after = change.before or {}, change.after or {}
        line = (change.after or change.before or {}).get("line")
        for name in _TOLD:
            if before.get(name) != after.get(name):
                yield _said(line, name, before), _said(line, name, after)
    for name, text in orders.as_texts(order.totals).items():
        if stored.totals.get(name) != text:
            yield f"{name} {stored.totals.get(name)}", f"{name} {text}"


def _said(line: Any, name: str, row: dict[str, Any]) -> str:
    return f"line {line} {name} {row[name]}" if row else f"no line {line}"
