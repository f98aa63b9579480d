"""Take after-sales cases in, and keep what a person decides about goods that came back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mercer.core.after_sales import Case, CaseKind
from mercer.core.audit import Kind, Line
from mercer.core.contract import CasePage, OrderReads, ReadsAfterSales
from mercer.core.errors import InputError, MercerError, RefusedError, Throttled
from mercer.core.quota import POLL, WORK, urgency, working
from mercer.store import cases, catalogue, channels, orders, quarantine
from mercer.store.cases import Kept
from mercer.store.database import Transaction
from mercer.sync import audit
from mercer.sync.quarantine import set_aside
from mercer.sync.renew import renew_skus
from mercer.sync.reservations import restock
from mercer.sync.session import Connection, Session, on_each

_FIRST_REACH = timedelta(days=30)
"""How far back the first pull reads: the usual time in which goods may be sent back."""


@dataclass(frozen=True, slots=True)
class TakenCases:
    """`cases`: read; `new`: not known or changed since; `unreadable`: set aside to be read again.

    Where it is too early for another look, or the platform's quota put the rest of it off,
    `next_look_at` says until when, `held_by` the operation of that quota, and `as_of` when cases were
    last read, if ever.
    """

    cases: int = 0
    new: int = 0
    unreadable: int = 0
    next_look_at: datetime | None = None
    held_by: str = ""
    as_of: datetime | None = None


async def pull_after_sales(
    session: Session, names: Iterable[str] = (), *, only_due: bool = False
) -> tuple[dict[str, TakenCases], dict[str, MercerError]]:
    """Look at the cases of channels side by side. Channels whose adapter has none are left out.

    `only_due`: only where the last look is `Declared.after_sales.every` ago. As for orders, what the
    quota does not let through at once is put off, and a window once begun is read to its end.
    """
    able = [each for each in session.chosen(names) if isinstance(each.adapter, ReadsAfterSales)]

    async def one(connection: Connection) -> TakenCases:
        with session.database.read() as tx:
            state = channels.state_of(tx, connection.name)
        last, now = state.cases_pulled_at, session.clock.now()
        due = last + _reads(connection).every if last else now
        if only_due and due > now:
            return TakenCases(next_look_at=due, as_of=last)
        with working(POLL):
            return await _pull(session, connection, _start(session, connection))

    return await on_each(able, one)


async def retry_cases(session: Session, connection: Connection) -> None:
    """Read again the windows in which the cases came that could not be read.

    No platform lists all of its cases by id, so whatever else changed in them is read again too.
    """
    if not isinstance(connection.adapter, ReadsAfterSales):
        return
    with session.database.read() as tx:
        aside = [
            each for each in quarantine.set_aside_of(tx, connection.name) if each.kind == "case"
        ]
    if aside:
        first = min(each.first_at for each in aside) - _FIRST_REACH
        await _pull(session, connection, _within(session, connection, first))


async def _pull(session: Session, connection: Connection, start: datetime) -> TakenCases:
    """As orders are pulled: overlapping windows, and a watermark that keeps out of the lag."""
    adapter = connection.adapter
    assert isinstance(adapter, ReadsAfterSales)  # chosen for it
    reads, until = _reads(connection), session.clock.now()
    total = TakenCases()
    while True:
        end = until if reads.span is None else min(until, start + reads.span)
        try:
            total = await _window(session, connection, adapter.read_after_sales(start, end), total)
        except Throttled as error:
            if urgency() is not POLL:
                raise
            return _put_off(session, connection, total, error)
        with session.database.write() as tx:
            state = channels.state_of(tx, connection.name)
            safe = min(end, session.clock.now() - reads.lag)
            mark = max(safe, state.cases_watermark or safe)
            moved = replace(state, cases_watermark=mark, cases_pulled_at=session.clock.now())
            channels.save_state(tx, moved)
        if end >= until:
            return total
        start = end


async def _window(
    session: Session, connection: Connection, pages: AsyncIterator[CasePage], total: TakenCases
) -> TakenCases:
    page = await anext(pages, None)
    with working(replace(urgency(), patience=WORK.patience)):
        while page is not None:
            new = take_in_cases(session, connection.name, page)
            total = replace(
                total,
                cases=total.cases + len(page.cases),
                new=total.new + new,
                unreadable=total.unreadable + len(page.unreadable),
            )
            page = await anext(pages, None)
    return total


def _put_off(
    session: Session, connection: Connection, total: TakenCases, error: Throttled
) -> TakenCases:
    every = _reads(connection).every
    delay = every if error.delay is None else timedelta(seconds=error.delay)
    with session.database.read() as tx:
        as_of = channels.state_of(tx, connection.name).cases_pulled_at
    next_look_at = session.clock.now() + delay
    return replace(total, next_look_at=next_look_at, held_by=error.operation, as_of=as_of)


def _reads(connection: Connection) -> OrderReads:
    return connection.declared.after_sales or connection.declared.orders


def _start(session: Session, connection: Connection) -> datetime:
    with session.database.read() as tx:
        watermark = channels.state_of(tx, connection.name).cases_watermark
    since = watermark or session.clock.now() - _FIRST_REACH
    return _within(session, connection, since - _reads(connection).overlap)


def _within(session: Session, connection: Connection, since: datetime) -> datetime:
    """No platform is asked for more than it keeps."""
    horizon = _reads(connection).horizon
    return since if horizon is None else max(since, session.clock.now() - horizon)


def take_in_cases(session: Session, channel: str, page: CasePage) -> int:
    """Store cases, once each; tell how many were new or said something new."""
    with session.database.write() as tx:
        now = session.clock.now()
        new = [case for case in page.cases if cases.save(tx, channel, case)]
        audit.note(tx, session, *(_line(channel, case) for case in new))
        quarantine.take_back(tx, channel, "case", [case.case for case in page.cases])
        set_aside(tx, session, channel, "case", page.unreadable, now)
    return len(new)


def _line(channel: str, case: Case) -> Line:
    told = f"{case.kind.value}, {case.status.value}"
    return Line(
        Kind.CASE_TAKEN_IN, channel, order=case.order, after=told, reason=f"case {case.case}"
    )


def found_case(session: Session, name: str, channel: str | None = None) -> Kept:
    """The one case of this id. Raise `InputError` where there is none, or several."""
    with session.database.read() as tx:
        found = [each for each in cases.named(tx, name) if channel in (None, each.channel)]
    if not found:
        raise InputError(
            f"there is no after-sales case {name!r}", hint="read them: mercer pull after-sales"
        )
    if len(found) > 1:
        places = ", ".join(each.channel for each in found)
        raise InputError(f"case {name!r} is there on {places}", hint="say which: --channel NAME")
    return found[0]


@dataclass(frozen=True, slots=True)
class Decided:
    """`units`: what went back on hand, by SKU; nothing for a write-off."""

    kept: Kept
    decision: str
    location: str
    units: dict[str, int]


def decide_goods(
    session: Session, name: str, decision: str, location: str, channel: str | None = None
) -> Decided:
    """The goods of a case are back in the house: put them on hand again, or write them off.

    Once for each case. Raise `RefusedError` where no goods come back, or it was decided before.
    """
    kept = found_case(session, name, channel)
    if kept.case.kind not in (CaseKind.RETURN, CaseKind.EXCHANGE):
        raise RefusedError(
            f"case {name} is a {kept.case.kind.value}: no goods come back",
            hint="what was not shipped goes back to stock by itself when the order is cancelled",
        )
    with session.database.write() as tx:
        now = session.clock.now()
        fresh = cases.find(tx, kept.channel, name)
        if fresh is None or fresh.decision is not None:
            what = fresh.decision if fresh else "decided"
            raise RefusedError(f"the goods of case {name} are settled already: {what}")
        units = _units(tx, kept.channel, kept.case) if decision == cases.RESTOCK else {}
        for sku, number in units.items():
            key = f"case/{kept.channel}/{name}/{sku}"
            reason = f"case {name} of order {kept.number} on {kept.channel}"
            restock(tx, session, sku, location, number, key, session.who, reason)
        cases.decide(tx, kept.channel, name, decision, session.who, now)
        why = f"case {name}"
        order = kept.case.order
        line = Line(Kind.CASE_DECIDED, kept.channel, order=order, after=decision, reason=why)
        audit.note(tx, session, line)
        renew_skus(tx, session, units)
    return Decided(kept, decision, location, units)


def _units(tx: Transaction, channel: str, case: Case) -> dict[str, int]:
    """Units by SKU that come back; bundles come back as their parts.

    Raise `RefusedError` where a line's SKU is not known, or the platform does not say which lines.
    """
    if not case.lines:
        raise RefusedError(
            f"the platform does not say what comes back in case {case.case}",
            hint="book it by hand: mercer stock adjust SKU +N --reason ...",
        )
    rows = {row["line"]: row for row in orders.lines_of(tx, channel, case.order)}
    found: dict[str, int] = {}
    for each in case.lines:
        sku = rows[each.line]["sku"] if each.line in rows else None
        if sku is None:
            raise RefusedError(
                f"line {each.line} of order {case.order} is not linked to a SKU",
                hint="link its offer (mercer link set), or book it by hand: mercer stock adjust",
            )
        for part, count in (catalogue.parts_of(tx, [sku]).get(sku) or {sku: 1}).items():
            found[part] = found.get(part, 0) + count * each.quantity
    return found
