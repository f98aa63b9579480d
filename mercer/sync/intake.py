"""Take orders in: once each, in whatever order they come, with their stock in the same transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from mercer.core.contract import OrderPage, ReadsOrder, ReadsOrders
from mercer.core.errors import MercerError, Unsupported
from mercer.core.listing import DeductAt, FulfilledBy
from mercer.core.order import Order, OrderLine, OrderStatus
from mercer.core.stock import Movement, MovementKind
from mercer.store import catalogue, channels, ledger, offers, orders, versions
from mercer.store.database import Transaction
from mercer.store.offers import OfferRow
from mercer.sync.renew import renew_skus
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
    start = _start(session, connection) - reads.overlap
    while True:
        end = until if reads.span is None else min(until, start + reads.span)
        total = await _window(session, connection, adapter.read_orders(start, end), total)
        with session.database.write() as tx:
            state = channels.state_of(tx, connection.name)
            safe = min(end, session.clock.now() - reads.lag)
            mark = max(safe, state.orders_watermark or safe)
            pulled = session.clock.now()
            channels.save_state(tx, replace(state, orders_watermark=mark, orders_pulled_at=pulled))
        if end >= until:
            return total
        start = end


def _start(session: Session, connection: Connection) -> datetime:
    with session.database.read() as tx:
        watermark = channels.state_of(tx, connection.name).orders_watermark
        opening = ledger.earliest_opening(tx)
    now = session.clock.now()
    start = watermark or opening or now - _FIRST_REACH
    horizon = connection.declared.orders.horizon
    return start if horizon is None else max(start, now - horizon)


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
    """Store orders with their movements; tell how many were new or newer than known."""
    new = 0
    now = session.clock.now()
    for order in page.orders:
        with session.database.write() as tx:
            known = orders.updated_at(tx, channel, order.order)
            if known is not None and known >= order.updated_at:
                continue
            skus = _store(tx, session, channel, order)
            orders.take_back(tx, channel, "order", [order.order])
            renew_skus(tx, session, skus)
            new += 1
    if page.unreadable:
        with session.database.write() as tx:
            for each in page.unreadable:
                orders.set_aside(tx, channel, "order", each.id, each.reason, now)
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


def _store(tx: Transaction, session: Session, channel: str, order: Order) -> set[str]:
    """The order, its lines, and what they do to stock. Returns the SKUs that moved."""
    ids = {line.listing for line in order.lines if line.listing}
    rows = {(row.listing, row.offer): row for row in offers.offers_of_listings(tx, channel, ids)}
    by_code = catalogue.known_skus(
        tx, {line.merchant_code for line in order.lines if line.merchant_code}
    )
    stored = [
        _line_row(channel, order, line, rows.get((line.listing or "", line.offer or "")), by_code)
        for line in order.lines
    ]
    orders.save(tx, channel, order, stored)
    moved: set[str] = set()
    for row in stored:
        moved |= _move(tx, channel, order.root or order.order, order.updated_at, row)
    _watch_oversell(tx, session, channel, order.order, moved)
    return moved


def _line_row(
    channel: str, order: Order, line: OrderLine, offer: OfferRow | None, by_code: dict[str, str]
) -> dict[str, Any]:
    cancelled = order.status is OrderStatus.CANCELLED
    quantity = 0 if cancelled else line.quantity
    sku = offer.sku if offer else None
    if sku is None and line.merchant_code in by_code:
        sku = line.merchant_code
    deduct_at = offer.deduct_at if offer else DeductAt.ORDER
    return {
        "channel": channel,
        "order": order.order,
        "line": line.line,
        "listing": line.listing,
        "offer": line.offer,
        "merchant_code": line.merchant_code,
        "sku": sku,
        "title": line.title,
        "ordered": line.ordered,
        "quantity": quantity,
        "shipped": min(line.shipped, quantity),
        "unit_price": str(line.unit_price),
        "total": str(line.total) if line.total else None,
        "fulfilled_by": line.fulfilled_by.value,
        "deducted_at": order.deducted_at(deduct_at),
        "returned_at": (order.cancelled_at or order.updated_at)
        if quantity < line.ordered
        else None,
    }


def _move(
    tx: Transaction, channel: str, root: str, version: datetime, row: dict[str, Any]
) -> set[str]:
    """Bring the ledger to what a line now says: units reserved, and units shipped.

    What is posted is the difference to what the line has done so far, so any order of arrival ends
    the same. Returns the SKUs that moved.
    """
    sku, since = row["sku"], row["deducted_at"]
    if sku is None or since is None or row["fulfilled_by"] != FulfilledBy.SELLER.value:
        return set()
    parts = catalogue.parts_of(tx, [sku]).get(sku) or {sku: 1}
    opened = ledger.openings(tx, parts)
    done = ledger.moved_by_line(tx, channel, root, row["line"])
    moved = set()
    for part, each in parts.items():
        # Platforms tell whole seconds: an order in the second of the count came after it.
        if part not in opened or since < opened[part].replace(microsecond=0):
            continue
        reserved, shipped = done.get(part, (0, 0))
        ship = row["shipped"] * each - shipped
        reserve = (row["quantity"] - row["shipped"]) * each - reserved
        steps = (
            (MovementKind.SHIPMENT if ship > 0 else MovementKind.RETURN, -ship, 0, ship != 0),
            (
                MovementKind.RESERVATION if reserve > 0 else MovementKind.RELEASE,
                0,
                reserve,
                reserve != 0,
            ),
        )
        for kind, on_hand, held, needed in steps:
            if needed:
                key = f"{channel}/{root}/{row['line']}/{part}/{version.isoformat()}/{kind.value}"
                reason = f"order {row['order']} on {channel}"
                movement = Movement(key, part, "", kind, on_hand, held, since, reason)
                ledger.post(tx, movement, channel=channel, root=root, line=row["line"])
                moved.add(part)
    if moved:
        versions.bump(tx, "stock")
    return moved


def _watch_oversell(
    tx: Transaction, session: Session, channel: str, order: str, moved: Iterable[str]
) -> None:
    """More sold than there was is an incident with a record, never a silent negative."""
    for sku, balance in ledger.balances(tx, moved).items():
        if balance.available < 0:
            now = session.clock.now()
            ledger.record_oversell(tx, sku, channel, order, balance.available, now)


def resolve_lines(
    tx: Transaction, session: Session, linked: Sequence[tuple[OfferRow, str]]
) -> set[str]:
    """Lines that were sold before their offer was linked move stock now. Returns the SKUs moved."""
    moved: set[str] = set()
    for row, sku in linked:
        lines = orders.lines_of_offers(tx, [(row.channel, row.listing, row.offer)])
        orders.set_sku(tx, lines, sku)
        for line in lines:
            stored = {**line, "sku": sku}
            moved |= _move(tx, row.channel, line["root"], line["updated_at"], stored)
            _watch_oversell(tx, session, row.channel, line["order"], moved)
    return moved


def replay_since_opening(tx: Transaction, session: Session, skus: Iterable[str]) -> set[str]:
    """After an opening balance: orders since its time move stock, though they came in earlier."""
    moved: set[str] = set()
    for sku, opened in ledger.openings(tx, skus).items():
        touched = [sku, *catalogue.bundles_with(tx, [sku])]
        for line in orders.lines_since(tx, touched, opened.replace(microsecond=0)):
            moved |= _move(tx, line["channel"], line["root"], line["updated_at"], line)
            _watch_oversell(tx, session, line["channel"], line["order"], moved)
    return moved
