"""Take orders in: once each, in whatever order they come, with their stock in the same transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mercer.core.contract import OrderPage, ReadsOrder, ReadsOrders
from mercer.core.errors import MercerError, Unsupported
from mercer.core.order import Order
from mercer.store import cells, channels, ledger, orders
from mercer.store.database import Transaction
from mercer.sync.order_lines import LineChange, line_changes
from mercer.sync.renew import renew_skus
from mercer.sync.reservations import move_stock, watch_oversell
from mercer.sync.session import Connection, Session, on_each

_FIRST_REACH = timedelta(days=1)
"""How far back the first pull reads where no stock has been counted yet."""


@dataclass(frozen=True, slots=True)
class Taken:
    """`orders`: read; `new`: not known or changed since; `unreadable`: set aside to be read again."""

    orders: int = 0
    new: int = 0
    unreadable: int = 0


async def pull_orders(
    session: Session, names: Iterable[str] = ()
) -> tuple[dict[str, Taken], dict[str, MercerError]]:
    async def one(connection: Connection) -> Taken:
        return await drain(session, connection, session.clock.now())

    return await on_each(session.chosen(names), one)


async def drain(session: Session, connection: Connection, until: datetime) -> Taken:
    """Take in everything that changed on a channel up to `until`, and move its watermark there.

    Windows overlap and both their ends are inside, so nothing falls between; what is read twice is
    taken in once. The watermark moves only after a whole window, and never into the platform's lag:
    the caller who needs `until` covered waits until `until` + lag has passed.
    """
    adapter = connection.adapter
    if not isinstance(adapter, ReadsOrders):
        raise Unsupported("this platform's adapter cannot read orders", channel=connection.name)
    reads = connection.declared.orders
    total = Taken()
    start = _start(session, connection)
    while True:
        end = until if reads.span is None else min(until, start + reads.span)
        total = await _window(session, connection, adapter.read_orders(start, end), total)
        with session.database.write() as tx:
            state = channels.state_of(tx, connection.name)
            safe = min(end, session.clock.now() - reads.lag)
            mark = max(safe, state.orders_watermark or safe)
            pulled = session.clock.now()
            channels.save_state(tx, replace(state, orders_watermark=mark, orders_pulled_at=pulled))
            # Every order that a reading of before the mark rests on is known by now.
            for cell in cells.unexplained(tx, connection.name, mark):
                ledger.record_unexplained(tx, cell, pulled)
        if end >= until:
            return total
        start = end


def _start(session: Session, connection: Connection) -> datetime:
    with session.database.read() as tx:
        watermark = channels.state_of(tx, connection.name).orders_watermark
        opening = ledger.earliest_opening(tx)
    now = session.clock.now()
    reads = connection.declared.orders
    start = (watermark or opening or now - _FIRST_REACH) - reads.overlap
    return start if reads.horizon is None else max(start, now - reads.horizon)


async def _window(
    session: Session, connection: Connection, pages: AsyncIterator[OrderPage], total: Taken
) -> Taken:
    async for page in pages:
        new = take_in_orders(session, connection.name, page)
        total = Taken(
            total.orders + len(page.orders),
            total.new + new,
            total.unreadable + len(page.unreadable),
        )
    return total


def take_in_orders(session: Session, channel: str, page: OrderPage) -> int:
    """Store orders with their movements; tell how many were new or said something new."""
    new = 0
    touched: set[str] = set()
    with session.database.write() as tx:
        for order in page.orders:
            lines = _news(tx, channel, order)
            if lines is not None:
                new += 1
                touched |= _store(tx, session, channel, order, lines)
        orders.take_back(tx, channel, "order", [order.order for order in page.orders])
        now = session.clock.now()
        for each in page.unreadable:
            orders.set_aside(tx, channel, "order", each.id, each.reason, now)
        renew_skus(tx, session, touched)
    return new


async def retry_unreadable(session: Session, connection: Connection) -> int:
    """Read again by id what could not be understood; tell how many were taken in."""
    adapter = connection.adapter
    if not isinstance(adapter, ReadsOrder):
        return 0
    with session.database.read() as tx:
        waiting = [
            id for kind, id, _ in orders.set_aside_of(tx, connection.name) if kind == "order"
        ]
    taken = 0
    for id in waiting:
        order = await adapter.read_order(id)
        if order is not None:
            taken += take_in_orders(session, connection.name, OrderPage((order,)))
    return taken


def _news(tx: Transaction, channel: str, order: Order) -> list[LineChange] | None:
    """The order's lines, as they were stored and as they now are; `None` if nothing is new."""
    known = orders.version_of(tx, channel, order.order)
    if known is not None and known.updated_at > order.updated_at:
        return None
    stored = {line["line"]: line for line in orders.lines_of(tx, channel, order.order)}
    lines = line_changes(tx, channel, order, stored)
    # Two versions may be told in one second: only what they say tells them apart.
    if known == orders.Version(order.updated_at, order.status) and not any(
        line.is_new for line in lines
    ):
        return None
    return lines


def _store(
    tx: Transaction, session: Session, channel: str, order: Order, lines: Sequence[LineChange]
) -> set[str]:
    """The order, its lines, and what they do to stock. Returns the SKUs that this touches."""
    orders.save(tx, channel, order, [line.after for line in lines])
    moved: set[str] = set()
    for line in lines:
        if line.moves_stock:
            root = order.root or order.order
            moved |= move_stock(tx, channel, root, order.updated_at, line.after)
    watch_oversell(tx, session, channel, order.order, moved)
    return moved | {line.after["sku"] for line in lines if line.after["sku"] is not None}
