"""Read each channel's truth, compare it with what should be there, and say how every cell stands.

Nothing is written to a channel.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from mercer.core.cell import PLANNED, CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.contract import ReadsBack, ReadsOrders
from mercer.core.errors import MercerError, Throttled
from mercer.core.merge import State
from mercer.core.quota import BULK, working
from mercer.core.standing import AT_ONE, Standing, compared, standing_of
from mercer.store import absences, channels, comparing, decisions
from mercer.store.channels import ChannelState
from mercer.store.comparing import Unexplained
from mercer.store.database import Transaction
from mercer.store.decisions import Decision, How
from mercer.sync.catching_up import catch_up
from mercer.sync.intake import poll
from mercer.sync.pull import pull_shop, read_back
from mercer.sync.reread_orders import OrderFound, Reread, reread_orders
from mercer.sync.session import Connection, Session, on_each

SHARE: Final = 15
"""Percent of a shop that is read in a day: all of it within a week."""

DAY: Final = timedelta(days=1)

ORDERS, LISTING = "orders", "listing"
"""Beside the fields of cells: what is counted of orders, and of whole pages."""


@dataclass(frozen=True, slots=True)
class Request:
    """`full`: the whole shop, else `share` percent of it a day, what was read longest ago first.

    `most`: so many rows are kept of each channel; all are counted.
    """

    channels: tuple[str, ...] = ()
    fields: tuple[Field, ...] = PLANNED
    orders: bool = True
    full: bool = False
    share: int = SHARE
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is not in sync, or that was not and has been settled: `settled` says how.

    `id` is the cell's number. Of orders, `sku` is the order's number, and the sides are words.
    """

    channel: str
    sku: str | None
    field: str
    standing: Standing
    agreed: str | None = None
    ours: str | None = None
    theirs: str | None = None
    state: str = ""
    settled: str = ""
    id: int | None = None
    key: CellKey | None = None
    unexplained: int = 0


@dataclass(slots=True)
class Report:
    """One channel. `read` of `due` listings were read now, or the `whole` shop; a quota that ended the
    reading early is named in `held_by`. `counts`: by field and standing. `open`: how many are not in
    sync, the settled ones left out. `since`: when all of it was compared the time before.
    """

    channel: str
    read: int = 0
    due: int = 0
    whole: bool = False
    held_by: str = ""
    enumerated_at: datetime | None = None
    since: datetime | None = None
    orders_since: datetime | None = None
    counts: dict[str, Counter[Standing]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    findings: list[Unexplained] = field(default_factory=list)
    open: int = 0
    settled: int = 0

    @property
    def in_sync(self) -> bool:
        return not self.open

    def add(self, row: Row, most: int | None) -> None:
        self.counts.setdefault(row.field, Counter())[row.standing] += 1
        if row.settled:
            self.settled += 1
        elif row.standing not in AT_ONE:
            self.open += 1
        if most is None or len(self.rows) < most:
            self.rows.append(row)


async def reconcile(
    session: Session, request: Request
) -> tuple[dict[str, Report], dict[str, MercerError]]:
    """Channels side by side; what failed on one leaves the others done."""

    async def one(connection: Connection) -> Report:
        with working(BULK):
            return await _reconcile(session, connection, request)

    return await on_each(session.chosen(request.channels), one)


async def _reconcile(session: Session, connection: Connection, request: Request) -> Report:
    report = Report(connection.name)
    try:
        await _read(session, connection, request, report)
        reread = await _read_orders(session, connection, request)
    except Throttled as error:
        if request.full:
            raise
        report.held_by, reread = error.operation or "a request", None
    _compare(session, connection, request, report, reread)
    return report


async def _read(session: Session, connection: Connection, request: Request, report: Report) -> None:
    """A shop that was never read whole is read whole: a share of it could not tell what is missing."""
    if not request.fields:
        return
    name, now = connection.name, session.clock.now()
    with session.database.read() as tx:
        known = channels.state_of(tx, name).enumerated_at is not None
        total = comparing.count_listings(tx, name)
        lately = comparing.count_listings(tx, name, now - DAY)
    if request.full or not known or not isinstance(connection.adapter, ReadsBack):
        pulled = await pull_shop(session, connection)
        report.read, report.due, report.whole = pulled.listings, pulled.listings, pulled.complete
        return
    report.due = max(ceil(total * request.share / 100) - lately, 0)
    session.progress.begin(name, "listings", report.due)
    while report.read < report.due:
        size = min(connection.declared.read_back, report.due - report.read)
        with session.database.read() as tx:
            batch = comparing.read_longest_ago(tx, name, now - DAY, size)
        if not batch:
            break
        await read_back(session, connection, batch)
        report.read += len(batch)
        session.progress.advance(name, "listings", len(batch))
    session.progress.end(name, "listings")


async def _read_orders(session: Session, connection: Connection, request: Request) -> Reread | None:
    """Stock is judged by the shop's own sales, so orders are looked at for it, too."""
    if not isinstance(connection.adapter, ReadsOrders):
        return None
    if request.orders or Field.STOCK in request.fields:
        await poll(session, connection)
    if not request.orders:
        return None
    return await reread_orders(session, connection, long=request.full)


def _compare(
    session: Session,
    connection: Connection,
    request: Request,
    report: Report,
    reread: Reread | None,
) -> None:
    name = connection.name
    with session.database.write() as tx:
        catch_up(tx, session, [name])
    with session.database.read() as tx:
        state = channels.state_of(tx, name)
        report.enumerated_at, report.since = state.enumerated_at, state.reconciled_at
        told = decisions.last_id(tx, name), comparing.last_finding(tx, name)
        if request.fields:
            _count(tx, name, request, report)
            for row in _rows(tx, state, request, report):
                report.add(row, request.most)
    if set(request.fields) == set(PLANNED):
        with session.database.write() as tx:
            _note(tx, name, session.clock.now(), *told)
    if reread is not None:
        report.orders_since = reread.since
        report.counts[ORDERS] = Counter({Standing.IN_SYNC: reread.same})
        for found in reread.found.values():
            report.add(_order_row(name, found), request.most)


def _note(tx: Transaction, name: str, now: datetime, decision: int, finding: int) -> None:
    """What came while the report was made is for the next one."""
    state = channels.state_of(tx, name)
    done = replace(state, reconciled_at=now, decisions_told=decision, findings_told=finding)
    channels.save_state(tx, done)


def _count(tx: Transaction, name: str, request: Request, report: Report) -> None:
    """Those at rest; the others are counted as they are told one by one."""
    for (of, state), number in comparing.counts(tx, name, request.fields).items():
        if state in (State.AGREED, State.FOLLOWED):
            counter = report.counts.setdefault(of.value, Counter())
            counter[Standing.IN_SYNC] += number


def _rows(tx: Transaction, state: ChannelState, request: Request, report: Report) -> Iterator[Row]:
    name = state.name
    for waiting in comparing.open_cells(tx, name, request.fields):
        yield _row(waiting.id, waiting.cell)
    for decision in decisions.settled_after(tx, name, state.decisions_told or 0, request.fields):
        report.counts[decision.key.field.value][Standing.IN_SYNC] -= 1
        yield _settled_row(decision)
    for waiting in comparing.unlinked_cells(tx, name, request.fields):
        yield _row(waiting.id, waiting.cell)
    if report.enumerated_at is not None:
        for code in absences.of_channel(tx, name):
            yield Row(name, code, LISTING, Standing.MISSING)
    if Field.STOCK in request.fields:
        report.findings = comparing.unexplained_after(tx, name, state.findings_told or 0)


def _row(id: int, cell: Cell) -> Row:
    return Row(
        cell.key.channel,
        cell.sku,
        cell.key.field.value,
        standing_of(cell),
        cell.base,
        cell.desired,
        cell.observed,
        cell.state.value,
        "",
        id,
        cell.key,
        cell.unexplained,
    )


def _settled_row(decision: Decision) -> Row:
    """What was in dispute since the last time and is at rest now: as it was found, and how it ended."""
    key, ours = decision.key, decision.desired or ""
    ended = "the shop shows it" if decision.how is How.OURS else "kept as the channel's own"
    if decision.how is How.VALUE:
        ended = f"{decision.value} is the channel's own"
    return Row(
        key.channel,
        decision.sku,
        key.field.value,
        compared(key.field, decision.base, ours, decision.observed or ""),
        decision.base,
        decision.desired,
        decision.observed,
        State.AGREED.value,
        f"{decision.how.value}, by {decision.who}: {ended}",
        None,
        key,
    )


def _order_row(channel: str, found: OrderFound) -> Row:
    return Row(channel, found.number, ORDERS, found.standing, None, found.ours, found.theirs)
