"""Take orders in: once each, in whatever order they come, with their stock in the same transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from mercer.core.audit import Kind, Line
from mercer.core.clock import Clock
from mercer.core.contract import (
    Glimpse,
    GlimpsesOrders,
    IsKnown,
    OrderPage,
    ReadsOrders,
    SkipsKnownOrders,
)
from mercer.core.errors import MercerError, Throttled, Unsupported
from mercer.core.order import Order, OrderStatus
from mercer.core.quota import NEEDED, POLL, SPARE, WORK, urgency, working
from mercer.store import cells, channels, ledger, orders, quarantine, shipments
from mercer.store.database import Transaction
from mercer.sync import audit
from mercer.sync.customers import keep_customers
from mercer.sync.order_lines import Known, LineChange
from mercer.sync.provisional import confirm
from mercer.sync.quarantine import set_aside
from mercer.sync.renew import renew_stock
from mercer.sync.reservations import LineVersion, move_stock, together
from mercer.sync.risk import check_orders, overtake_holds
from mercer.sync.session import Connection, Session, on_each
from mercer.sync.stock_rules import orders_known_until, stock_home
from mercer.sync.told_parcels import settle_told

_FIRST_REACH = timedelta(days=1)
"""How far back the first pull reads where no stock has been counted yet."""

_MANY: Final = 400
_SOON: Final = timedelta(seconds=2)
"""About so many orders are taken in together, and none of them waits longer for the others."""

_SECOND: Final = timedelta(seconds=1)

_SETTLED: Final = timedelta(seconds=5)
"""Platforms tell whole seconds, and clocks differ a little: an order that was read so long after its
last change was not changed once more in the same second.
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """`orders`: read; `new`: not known or changed since; `unreadable`: set aside to be read again.

    Where the platform's quota put the rest of it off, `next_poll_at` says until when, `held_by` the
    platform's operation, and `as_of` when orders were last read, if ever.
    """

    orders: int = 0
    new: int = 0
    unreadable: int = 0
    next_poll_at: datetime | None = None
    held_by: str = ""
    as_of: datetime | None = None


async def pull_orders(
    session: Session, names: Iterable[str] = ()
) -> tuple[dict[str, Taken], dict[str, MercerError]]:
    """Look at the orders of channels side by side; see `poll`."""

    async def one(connection: Connection) -> Taken:
        return await poll(session, connection)

    return await on_each(session.chosen(names), one)


async def poll(session: Session, connection: Connection, *, spare: bool = False) -> Taken:
    """As `drain` up to now, but put off where the platform's quota would not let it through at once
    and leave some to the stock. Once begun, a window is read to its end: it would be read again.

    `spare`: in quota that nobody else needs, where what the orders took is known already.
    """
    with working(SPARE if spare else POLL):
        return await _drained(session, connection, session.clock.now())


async def glimpse(session: Session, connection: Connection, since: datetime) -> Glimpse:
    """The very latest orders, without a claim that none is missing: `poll` makes that.

    Those that are told in full are taken in. It is part of keeping stock, and waits like it.
    """
    adapter = connection.adapter
    assert isinstance(adapter, GlimpsesOrders)  # asked of those only
    with working(NEEDED):
        seen = await adapter.glimpse_orders(since, _known(session, connection, since, timedelta(0)))
    if seen.page.orders or seen.page.unreadable:
        take_in_orders(session, connection.name, seen.page)
    return seen


async def drain(session: Session, connection: Connection, until: datetime) -> Taken:
    """Take in everything that changed on a channel up to `until`, and move its watermark there.

    Stock rests on it, so it waits as long as the quota needs. Windows overlap and both their ends
    are inside, so nothing falls between; what is read twice is taken in once. The watermark moves
    only after a whole window, and never into the platform's lag: the caller who needs `until`
    covered waits until `until` + lag has passed.
    """
    with working(NEEDED):
        return await _drained(session, connection, until)


async def _drained(session: Session, connection: Connection, until: datetime) -> Taken:
    adapter = connection.adapter
    if not isinstance(adapter, ReadsOrders):
        raise Unsupported("this platform's adapter cannot read orders", channel=connection.name)
    reads = connection.declared.orders
    total = Taken()
    start = _start(session, connection)
    while True:
        end = until if reads.span is None else min(until, start + reads.span)
        try:
            total = await _window(
                session, connection, _pages(session, connection, start, end), total
            )
        except Throttled as error:
            if urgency() not in (POLL, SPARE):
                raise
            return _put_off(session, connection, total, error)
        with session.database.write() as tx:
            state = channels.state_of(tx, connection.name)
            safe = min(end, session.clock.now() - reads.lag)
            mark = max(safe, state.orders_watermark or safe)
            pulled = session.clock.now()
            channels.save_state(tx, replace(state, orders_watermark=mark, orders_pulled_at=pulled))
            settle_told(tx, session, connection, mark)
            # Every order that a reading of before the mark rests on is known by now.
            home = stock_home(session, connection.name)
            known = orders_known_until(tx, session, home)
            for cell in cells.unexplained(tx, home, known) if known else ():
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


def _pages(
    session: Session, connection: Connection, start: datetime, end: datetime
) -> AsyncIterator[OrderPage]:
    """A window's orders, without those that were taken in as they are, where the platform lets skip."""
    adapter = connection.adapter
    if not isinstance(adapter, SkipsKnownOrders):
        assert isinstance(adapter, ReadsOrders)  # asked of those only
        return adapter.read_orders(start, end)
    return adapter.read_unknown_orders(start, end, _known(session, connection, start))


def _known(
    session: Session, connection: Connection, since: datetime, settled: timedelta = _SETTLED
) -> IsKnown:
    """Whether an order was taken in as it was at a time, by a read so long after it."""
    with session.database.read() as tx:
        read = orders.read_since(tx, connection.name, since - _SECOND)

    def known(order: str, changed: datetime) -> bool:
        if order not in read:
            return False
        version, read_at = read[order]
        return version >= changed and read_at >= version + settled

    return known


def _put_off(session: Session, connection: Connection, total: Taken, error: Throttled) -> Taken:
    every = connection.declared.orders.every
    delay = every if error.delay is None else timedelta(seconds=error.delay)
    with session.database.read() as tx:
        as_of = channels.state_of(tx, connection.name).orders_pulled_at
    return replace(
        total,
        next_poll_at=session.clock.now() + delay,
        held_by=error.operation,
        as_of=as_of,
    )


async def _window(
    session: Session, connection: Connection, pages: AsyncIterator[OrderPage], total: Taken
) -> Taken:
    first = await anext(pages, None)
    if first is None:
        return total
    total = _paged(session, connection, first, total)
    with working(replace(urgency(), patience=WORK.patience)):
        async for page in _together(session.clock, pages):
            total = _paged(session, connection, page, total)
    return total


async def _together(clock: Clock, pages: AsyncIterator[OrderPage]) -> AsyncIterator[OrderPage]:
    """Pages that come one right after the other, as one: what they touch is looked up once.

    None waits for long, and none is lost where the next one cannot be read.
    """
    waiting, began = OrderPage(()), clock.now()
    try:
        async for page in pages:
            waiting = OrderPage(waiting.orders + page.orders, waiting.unreadable + page.unreadable)
            if len(waiting.orders) >= _MANY or clock.now() - began >= _SOON:
                yield waiting
                waiting, began = OrderPage(()), clock.now()
    except MercerError:
        yield waiting
        raise
    if waiting.orders or waiting.unreadable:
        yield waiting


def _paged(session: Session, connection: Connection, page: OrderPage, total: Taken) -> Taken:
    new = take_in_orders(session, connection.name, page)
    return replace(
        total,
        orders=total.orders + len(page.orders),
        new=total.new + new,
        unreadable=total.unreadable + len(page.unreadable),
    )


def take_in_orders(session: Session, channel: str, page: OrderPage) -> int:
    """Store orders with their movements; tell how many were new or said something new."""
    with session.database.write() as tx:
        known = Known.beside(tx, channel, page.orders)
        news = _News.of(known, page.orders)
        touched = _store(tx, session, channel, news)
        audit.note(tx, session, *(_line(channel, *each) for each in news.moved))
        keep_customers(tx, session, channel, news.orders)
        check_orders(tx, session, channel, news.fresh, known)
        overtake_holds(tx, session, channel, news.orders)
        quarantine.take_back(tx, channel, "order", [order.order for order in page.orders])
        set_aside(tx, session, channel, "order", page.unreadable, session.clock.now())
        orders.mark_read(tx, channel, [order.order for order in page.orders], session.clock.now())
        renew_stock(tx, session, touched)
    return len(news.orders)


@dataclass(slots=True)
class _News:
    """What a page says that was not known: orders in the order of telling, and their lines.

    `fresh`: those of them that had not been met before. `moved`: those that came into another status,
    with the one before, if any.
    """

    orders: list[Order] = field(default_factory=list)
    fresh: list[Order] = field(default_factory=list)
    moved: list[tuple[Order, OrderStatus | None]] = field(default_factory=list)
    changes: list[LineChange] = field(default_factory=list)
    moving: list[LineVersion] = field(default_factory=list)

    @classmethod
    def of(cls, known: Known, seen: Iterable[Order]) -> _News:
        news = cls()
        for order in seen:
            before = known.versions.get(order.order)
            changes = known.take(order)
            if changes is None:
                continue
            news.fresh += [order] if before is None else []
            if before is None or before.status is not order.status:
                news.moved.append((order, before.status if before else None))
            news.orders.append(order)
            news.changes += changes
            root = order.root or order.order
            for change in changes:
                if change.after is not None and change.moves_stock:
                    rows = known.carried(order, change.after["line"])
                    said = [LineVersion(root, order.updated_at, row) for row in rows]
                    news.moving += together(said)
        return news


def _line(channel: str, order: Order, before: OrderStatus | None) -> Line:
    kind = Kind.ORDER_TAKEN_IN if before is None else Kind.ORDER_MOVED
    was = before.value if before else None
    return Line(kind, channel, order=order.order, before=was, after=order.status.value)


def _store(tx: Transaction, session: Session, channel: str, news: _News) -> set[str]:
    """The orders, their lines, and what they do to stock. Returns the SKUs that this touches."""
    now = session.clock.now()
    rows = [change.after for change in news.changes if change.after is not None]
    orders.save(tx, channel, news.orders, rows, now)
    gone = [change.before for change in news.changes if change.after is None and change.before]
    orders.drop_lines(tx, gone)
    shipments.save_parcels(tx, channel, news.orders, now)
    moved = confirm(tx, session, channel, [order.order for order in news.orders])
    moved |= move_stock(tx, session, news.moving)
    return moved | {row["sku"] for row in rows if row["sku"] is not None}
