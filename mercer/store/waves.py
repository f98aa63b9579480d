"""What of a plan a run has yet to do on a channel: by waves to be sent, and by reads to be seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from mercer.core.cell import LANE_OF, CellKey, Field, Lane
from mercer.core.outcome import Outcome
from mercer.core.plan import Change, ChangeKind
from mercer.store import canaries
from mercer.store.plans import change_from_row
from mercer.store.runs import IN_DOUBT, Run
from mercer.store.tables import cells, changes, journal, results, runs

_CELL: Final = ("channel", "listing", "offer", "field", "scope")

NOT_TRIED: Final = 0
"""The attempt of a change that the run gave up before it came to it."""

_SLICE: Final = 500
"""Rows that are fetched at once."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A change that left and that a read must confirm, no earlier than `ready`."""

    change: str
    cell: CellKey
    after: str | None
    journal: int
    sent_at: datetime
    ready: datetime
    doubt: str = ""


Seen = tuple[datetime, str]
"""Up to which (ready, listing) a run has looked for what it sent."""


def wave(
    connection: Connection,
    run: Run,
    channel: str,
    lane: Lane,
    attempt: int,
    after: int,
    listings: int,
) -> list[tuple[int, Change]]:
    """The next changes to send, of at most so many listings, each with its position in the plan.

    Those of an earlier attempt that did not converge come again; those that left already, and that
    no read has decided, do not. While a canary is tried, there are no others.
    """
    query = (
        _undone(run, channel, attempt)
        .where(_in_lane(lane), changes.c.position > after)
        .order_by(changes.c.position)
    )
    with connection.execute(query.execution_options(yield_per=_SLICE)) as rows:
        return [(row.position, change_from_row(row)) for row in _of_first(rows, listings)]


def count(connection: Connection, run: Run, channel: str, lane: Lane, attempt: int) -> int:
    undone = _undone(run, channel, attempt).where(_in_lane(lane)).subquery()
    return connection.execute(select(func.count()).select_from(undone)).scalar_one()


def creation(
    connection: Connection, run: Run, channel: str, after: int
) -> tuple[int, Change] | None:
    """The next listing to create."""
    query = (
        _undone(run, channel, attempt=1)
        .where(changes.c.kind == ChangeKind.CREATE.value, changes.c.position > after)
        .order_by(changes.c.position)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (row.position, change_from_row(row)) if row else None


def _in_lane(lane: Lane) -> ColumnElement[bool]:
    own = [field.value for field in Field if LANE_OF[field] is lane]
    return and_(changes.c.kind == ChangeKind.UPDATE.value, changes.c.field.in_(own))


def _undone(run: Run, channel: str, attempt: int) -> Select[Any]:
    own = and_(results.c.run == run.id, results.c.change == changes.c.id)
    again = and_(results.c.outcome == Outcome.UNCONVERGED.value, results.c.attempt < attempt)
    return (
        select(changes)
        .select_from(changes.outerjoin(results, own))
        .where(
            changes.c.plan == run.plan,
            changes.c.channel == channel,
            changes.c.guard == "",
            or_(results.c.change.is_(None), again),
            ~_left(run),
            or_(~canaries.trying(run.id, channel), canaries.has(run.id, changes.c.id)),
        )
    )


def _left(run: Run) -> ColumnElement[bool]:
    """Sent by this run, and no read has decided what became of it."""
    return exists().where(
        journal.c.run == run.id,
        journal.c.change == changes.c.id,
        journal.c.settled.is_(None),
    )


def awaited(
    connection: Connection, run: str, channel: str, after: Seen | None, listings: int
) -> list[Awaited]:
    """What left and was not seen yet, of so many listings; first what may show first, as a whole."""
    rows = _awaited(run, channel).subquery()
    ready = func.max(rows.c.ready)
    query = select(rows.c.listing).group_by(rows.c.listing).order_by(ready, rows.c.listing)
    if after is not None:
        moment = literal(after[0], rows.c.ready.type)
        query = query.having(
            or_(ready > moment, and_(ready == moment, rows.c.listing > literal(after[1])))
        )
    found = list(connection.execute(query.limit(listings)).scalars())
    mine = _awaited(run, channel).where(journal.c.listing.in_(found))
    return [_one_awaited(row) for row in connection.execute(mine)]


def all_awaited(connection: Connection, run: str, channel: str) -> list[Awaited]:
    return [_one_awaited(row) for row in connection.execute(_awaited(run, channel))]


def count_awaited(connection: Connection, run: str, channel: str) -> int:
    rows = _awaited(run, channel).subquery()
    return connection.execute(select(func.count()).select_from(rows)).scalar_one()


def _awaited(run: str, channel: str) -> Select[Any]:
    same = and_(*(journal.c[name] == cells.c[name] for name in _CELL))
    return (
        select(journal, func.coalesce(cells.c.read_after, journal.c.sent_at).label("ready"))
        .select_from(journal.outerjoin(cells, same))
        .where(
            journal.c.run == run,
            journal.c.channel == channel,
            journal.c.settled.is_(None),
            journal.c.listing != "",
        )
    )


def _one_awaited(row: Row[Any]) -> Awaited:
    doubt = ""
    if row.outcome in (None, IN_DOUBT):
        doubt = row.words or "no answer was heard"
    cell = CellKey(row.channel, row.listing, row.offer, Field(row.field), row.scope)
    return Awaited(row.change, cell, row.after, row.id, row.sent_at, row.ready, doubt)


def _of_first(rows: Iterable[Row[Any]], listings: int) -> Iterator[Row[Any]]:
    """The rows of the first listings; one that has begun is not cut in two."""
    taken, last = 0, None
    for row in rows:
        if row.listing != last:
            taken, last = taken + 1, row.listing
        if taken > listings:
            return
        yield row


def block(connection: Connection, run: Run) -> None:
    """What the plan blocks ends so, with the plan's reason."""
    blocked = select(
        literal(run.id), changes.c.id, literal(Outcome.BLOCKED.value), changes.c.guard, literal(1)
    ).where(changes.c.plan == run.plan, changes.c.guard != "", ~_has_result(run))
    connection.execute(results.insert().from_select(_RESULT, blocked))


def leave_out(
    connection: Connection, run: Run, channel: str, outcome: Outcome, reason: str
) -> None:
    """What the run has not come to on this channel ends so."""
    sent = "sent, and not yet seen at the shop"
    left = select(
        literal(run.id),
        changes.c.id,
        case((_left(run), literal(Outcome.UNCONVERGED.value)), else_=literal(outcome.value)),
        case((_left(run), literal(sent)), else_=literal(reason)),
        literal(NOT_TRIED),
    ).where(
        changes.c.plan == run.plan,
        changes.c.channel == channel,
        changes.c.guard == "",
        ~_has_result(run),
    )
    connection.execute(results.insert().from_select(_RESULT, left))


def end_if_done(connection: Connection, run: Run, now: datetime) -> bool:
    """End a run of whose plan every change has ended somehow; tell whether it ended now."""
    open_ = exists().where(changes.c.plan == run.plan, ~_has_result(run))
    ended = update(runs).where(runs.c.id == run.id, runs.c.ended_at.is_(None), ~open_)
    return connection.execute(ended.values(ended_at=now)).rowcount == 1


def channels_left(connection: Connection, run: Run) -> list[str]:
    """The channels on which changes of the run have not ended."""
    query = select(changes.c.channel).where(changes.c.plan == run.plan, ~_has_result(run))
    return sorted(connection.execute(query.distinct()).scalars())


def counts(connection: Connection, run: Run) -> dict[str, int]:
    """How many changes ended in each way."""
    query = select(results.c.outcome, func.count()).where(results.c.run == run.id)
    return dict(connection.execute(query.group_by(results.c.outcome)).all())


def _has_result(run: Run) -> ColumnElement[bool]:
    return exists().where(results.c.run == run.id, results.c.change == changes.c.id)


_RESULT: Final[Sequence[str]] = ("run", "change", "outcome", "reason", "attempt")
