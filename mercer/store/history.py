"""What became of one SKU, listing or order: the audit's lines, the journal, the ledger."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, or_, select

from mercer.core.audit import Kind
from mercer.core.cell import Field
from mercer.store import catalogue, order_search, stock_history
from mercer.store.tables import audit, findings, journal, listings, movements, runs

SENT: Final = "change sent"
ENDED: Final = "change ended"
UNEXPLAINED: Final = "stock unexplained"


class Subject(StrEnum):
    SKU = "sku"
    LISTING = "listing"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Thing:
    """What has a history. A SKU is on no channel; `root` is an order's."""

    subject: Subject
    name: str
    channel: str | None = None
    root: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of a history: the newest `most` events, of one channel, of these fields or all."""

    channel: str | None = None
    fields: tuple[str, ...] = ()
    since: datetime | None = None
    most: int = 50


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `request_id` is the platform's own; `None` does not apply."""

    at: datetime
    kind: str
    who: str | None = None
    channel: str | None = None
    listing: str | None = None
    offer: str | None = None
    field: str | None = None
    scope: str | None = None
    sku: str | None = None
    order: str | None = None
    plan: str | None = None
    run: str | None = None
    change: str | None = None
    before: str | None = None
    after: str | None = None
    request_id: str | None = None
    reason: str | None = None


def things(connection: Connection, name: str) -> list[Thing]:
    """Everything of that name, an order's number too."""
    sku = catalogue.known_skus(connection, [name])
    pages = select(listings.c.channel).where(listings.c.listing == name)
    on = connection.execute(pages.order_by(listings.c.channel)).scalars()
    found = order_search.named(connection, [name]).get(name, [])
    return [
        *(Thing(Subject.SKU, each) for each in sku),
        *(Thing(Subject.LISTING, name, channel) for channel in on),
        *(Thing(Subject.ORDER, row.order, row.channel, row.root) for row in found),
    ]


def events(connection: Connection, thing: Thing, wanted: Wanted) -> list[Event]:
    """The newest last."""
    told = [*_lines(connection, thing, wanted)]
    if thing.subject is not Subject.ORDER:
        told += _changes(connection, thing, wanted)
    if not wanted.fields or Field.STOCK.value in wanted.fields:
        told += _stock(connection, thing, wanted)
    told = [each for each in told if wanted.since is None or each.at >= wanted.since]
    newest = sorted(told, key=lambda each: each.at)[-wanted.most :]
    return list(_with_runs(connection, newest))


# ------------------------------------------------------------------ audit and journal


def _asked(table: Table, thing: Thing, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    yield table.c[thing.subject.value] == thing.name
    if channel := thing.channel or wanted.channel:  # a price of the book holds on every channel
        yield or_(table.c.channel == channel, table.c.channel.is_(None))
    if wanted.fields:
        yield table.c.field.in_(wanted.fields)


def _newest(table: Table, key: ColumnElement[int], thing: Thing, wanted: Wanted) -> Select[Any]:
    asked = _asked(table, thing, wanted)
    return select(table).where(*asked).order_by(key.desc()).limit(wanted.most)


def _lines(connection: Connection, thing: Thing, wanted: Wanted) -> Iterator[Event]:
    found = connection.execute(_newest(audit, audit.c.number, thing, wanted)).mappings().all()
    return (_event(row, row["at"], row["kind"]) for row in reversed(found))


def _changes(connection: Connection, thing: Thing, wanted: Wanted) -> Iterator[Event]:
    """Of each attempt that it was sent, and how it ended."""
    found = connection.execute(_newest(journal, journal.c.id, thing, wanted)).mappings().all()
    for row in reversed(found):
        event = _event(row, row["sent_at"], SENT)
        yield replace(event, request_id=None)
        if row["settled_at"] is not None:
            words = f"{row['code']} {row['words']}".strip()
            said = ": ".join(dict.fromkeys(each for each in (row["settled"], words) if each))
            yield replace(event, at=row["settled_at"], kind=ENDED, reason=said)


def _event(row: RowMapping, at: datetime, kind: str) -> Event:
    """Of a row that has columns of these names. What is empty in it does not apply."""
    said: dict[str, Any] = {name: row[name] or None for name in _PLACES if name in row}
    return Event(at, kind, before=row["before"], after=row["after"], **said)


_PLACES: Final = tuple(
    each.name for each in fields(Event) if each.name not in ("at", "kind", "before", "after")
)


def _with_runs(connection: Connection, told: Sequence[Event]) -> Iterator[Event]:
    """Of what a run did, the plan and in whose name it ran."""
    names = {each.run for each in told if each.run}
    began = audit.c.kind == Kind.RUN_BEGAN.value
    query = (
        select(runs.c.id, runs.c.plan, audit.c.who)
        .outerjoin(audit, (audit.c.run == runs.c.id) & began)
        .where(runs.c.id.in_(names))
    )
    by_run = {id: (plan, who) for id, plan, who in connection.execute(query)}
    for each in told:
        plan, who = by_run.get(each.run or "", (None, None))
        yield replace(each, plan=each.plan or plan, who=each.who or who)


# ------------------------------------------------------------------ stock


def _stock(connection: Connection, thing: Thing, wanted: Wanted) -> Iterable[Event]:
    if thing.subject is Subject.SKU:
        moved = (
            _moved(thing.name, each)
            for each in stock_history.history(connection, thing.name)
            if wanted.channel is None or each.channel in (None, wanted.channel)
        )
        return [*deque(moved, maxlen=wanted.most), *_findings(connection, thing, wanted)]
    if thing.channel and thing.root:
        return _of_order(connection, thing.channel, thing.root)
    return []


def _moved(sku: str, entry: stock_history.Entry) -> Event:
    then = entry.balance
    before = f"{then.on_hand - entry.on_hand} on hand, {then.reserved - entry.reserved} reserved"
    return Event(
        entry.posted_at or entry.at,
        f"stock {entry.kind.value}",
        entry.who,
        entry.channel,
        field=Field.STOCK.value,
        scope=entry.location or None,
        sku=sku,
        order=entry.order,
        before=before,
        after=f"{then.on_hand} on hand, {then.reserved} reserved",
        reason=entry.reason,
    )


def _of_order(connection: Connection, channel: str, root: str) -> Iterator[Event]:
    query = select(movements).where(movements.c.channel == channel, movements.c.root == root)
    for row in connection.execute(query.order_by(movements.c.id)):
        yield Event(
            row.posted_at or row.at,
            f"stock {row.kind}",
            row.who,
            channel,
            field=Field.STOCK.value,
            scope=row.location or None,
            sku=row.sku,
            order=root,
            after=f"{row.on_hand:+} on hand, {row.reserved:+} reserved",
            reason=row.reason,
        )


def _findings(connection: Connection, thing: Thing, wanted: Wanted) -> Iterator[Event]:
    query = select(findings).where(findings.c.sku == thing.name)
    if wanted.channel is not None:
        query = query.where(findings.c.channel == wanted.channel)
    for row in connection.execute(query.order_by(findings.c.id.desc()).limit(wanted.most)):
        yield Event(
            row.at,
            UNEXPLAINED,
            None,
            row.channel,
            row.listing,
            row.offer,
            Field.STOCK.value,
            row.scope or None,
            row.sku,
            before=str(row.expected),
            after=str(row.observed),
            reason="by a hand that is neither ours nor an order's",
        )
