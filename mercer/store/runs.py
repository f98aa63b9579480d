"""Executions of plans: the journal of what was sent, and how each change ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from mercer.core.cell import CellKey, Field
from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.store import audit
from mercer.store.tables import FAILURES, cells, journal, results, runs
from mercer.store.upsert import upsert
from mercer.store.versions import bump

_CELL: Final = ("channel", "listing", "offer", "field", "scope")

_SLICE: Final = 500

IN_DOUBT = "in_doubt"
"""Journal outcome: no answer came, or one that leaves open whether the effect is there."""
FAILED = "failed"
"""Journal outcome: the request had no effect."""
OVERTAKEN = "overtaken: the shop shows it, or the lower number that was sent after it"
"""How a number is settled that need not have been seen by itself."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One journal row that no read has settled yet."""

    id: int
    run: str
    change: str
    cell: CellKey
    before: str | None
    after: str | None
    sent_at: datetime
    outcome: str | None
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a plan. It stops beyond `max_failures`, and `stopped` says why it did; the
    canary that it tries is looked at again after `canary_wait`.
    """

    id: str
    plan: str
    began_at: datetime
    ended_at: datetime | None = None
    canary_wait: timedelta = timedelta(0)
    max_failures: int | None = None
    stopped: str = ""


def begin(connection: Connection, plan: str, now: datetime) -> Run:
    run = Run(f"r{bump(connection, 'run')}", plan, now)
    connection.execute(runs.insert().values(id=run.id, plan=plan, began_at=now))
    return run


def find(connection: Connection, id: str) -> Run:
    return run_from_row(connection.execute(select(runs).where(runs.c.id == id)).one())


def unfinished(connection: Connection, plan: str) -> Run | None:
    """The latest run of a plan that has not ended: it is at work, was stopped, or was killed."""
    query = select(runs).where(runs.c.plan == plan, runs.c.ended_at.is_(None))
    row = connection.execute(query.order_by(runs.c.began_at.desc()).limit(1)).one_or_none()
    return run_from_row(row) if row else None


def run_from_row(row: Row[Any]) -> Run:
    wait = timedelta(seconds=row.canary_wait)
    return Run(
        row.id, row.plan, row.began_at, row.ended_at, wait, row.max_failures, row.stopped or ""
    )


def hold_to(
    connection: Connection, run: str, canary_wait: timedelta, max_failures: int | None
) -> None:
    """From now on the run goes under these terms."""
    seconds = int(canary_wait.total_seconds())
    values = {"canary_wait": seconds, "max_failures": max_failures}
    connection.execute(update(runs).where(runs.c.id == run).values(**values))


def stop(connection: Connection, run: str, why: str) -> bool:
    """Nothing more of it is sent until somebody has it go on; tell whether it was stopped by this."""
    going = update(runs).where(
        runs.c.id == run, runs.c.ended_at.is_(None), runs.c.stopped.is_(None)
    )
    return connection.execute(going.values(stopped=why)).rowcount == 1


def go_on(connection: Connection, run: str) -> None:
    """A stopped run goes on: what failed until then is tried again."""
    connection.execute(update(runs).where(runs.c.id == run).values(stopped=None))
    connection.execute(delete(results).where(results.c.run == run, literal_column(f"({FAILURES})")))


def failures(connection: Connection, run: str, most: int) -> int:
    """How many changes were rejected or did not converge; nothing beyond `most` is counted."""
    query = select(results.c.run).where(results.c.run == run, literal_column(f"({FAILURES})"))
    return connection.execute(
        select(func.count()).select_from(query.limit(most).subquery())
    ).scalar_one()


def intend(
    connection: Connection, run: str, intents: Sequence[Change], key: str, now: datetime
) -> list[int]:
    """Commit what is about to be sent, before it is sent. Returns the journal's row ids, in order."""
    rows = [
        {
            "run": run,
            "change": change.id,
            "channel": change.cell.channel,
            "listing": change.cell.listing,
            "offer": change.cell.offer,
            "field": change.cell.field.value,
            "scope": change.cell.scope,
            "sku": change.sku,
            "before": change.before,
            "after": change.after,
            "key": key,
            "sent_at": now,
            "code": "",
            "words": "",
        }
        for change in intents
    ]
    if not rows:
        return []
    audit.seal_new(connection, audit.SENT)
    inserted = journal.insert().returning(journal.c.id, sort_by_parameter_order=True)
    return list(connection.execute(inserted, rows).scalars())


class Heard(NamedTuple):
    """What came back of one journal row: `code`, `words` and `request_id` are the platform's own."""

    outcome: str
    code: str = ""
    words: str = ""
    request_id: str = ""


def heard(
    connection: Connection, outcomes: Mapping[int, Heard], now: datetime, *, settled: bool
) -> None:
    """What came back, by journal row. `settled`: the answer itself decides, and no read is to come.

    What another process has settled meanwhile stays as it settled it.
    """
    rows = [
        {
            "row": id,
            "said": said.outcome,
            "at": now,
            "its_code": said.code,
            "its_words": said.words,
            "its_request": said.request_id or None,
        }
        for id, said in outcomes.items()
    ]
    if not rows:
        return
    audit.seal(connection, audit.HEARD, outcomes)
    connection.execute(_HEARD, rows)
    if settled:
        settle_each(connection, {id: said.outcome for id, said in outcomes.items()}, now)


_HEARD: Final = (
    update(journal)
    .where(journal.c.id == bindparam("row"))
    .values(
        outcome=bindparam("said"),
        outcome_at=bindparam("at"),
        code=bindparam("its_code"),
        words=bindparam("its_words"),
        request_id=bindparam("its_request"),
    )
)


def settle_each(connection: Connection, ended: Mapping[int, str], now: datetime) -> None:
    """How journal rows ended; what is settled already stays as it is."""
    by_how: dict[str, list[int]] = {}
    for id, how in ended.items():
        by_how.setdefault(how, []).append(id)
    for how, ids in by_how.items():
        settle(connection, ids, how, now)


def settle(connection: Connection, ids: Sequence[int], how: str, now: datetime) -> None:
    """Those of them that nothing has settled yet."""
    for start in range(0, len(ids), _SLICE):
        _settle(connection, [journal.c.id.in_(ids[start : start + _SLICE])], how, now)


def _settle(
    connection: Connection, which: Sequence[ColumnElement[bool]], how: str, now: datetime
) -> None:
    query = (
        update(journal)
        .where(*which, journal.c.settled.is_(None))
        .values(settled=how, settled_at=now)
        .returning(journal.c.id)
    )
    audit.seal(connection, audit.SETTLED, connection.execute(query).scalars())


def creations_sent(connection: Connection, channel: str, before: datetime) -> dict[int, str]:
    """Creations sent before then whose end nobody knows: journal row -> the product's code."""
    query = select(journal.c.id, journal.c.after).where(
        *_open(channel), journal.c.listing == "", journal.c.sent_at < before
    )
    return dict(connection.execute(query).all())


def creations_in_doubt(connection: Connection, channel: str) -> set[str]:
    """Codes of products whose creation was sent, and that no enumeration has settled since."""
    query = select(journal.c.after).where(*_open(channel), journal.c.listing == "")
    return set(connection.execute(query).scalars())


def _open(channel: str) -> tuple[ColumnElement[bool], ...]:
    return journal.c.channel == channel, journal.c.settled.is_(None)


def unsettled(connection: Connection, channel: str) -> list[Intent]:
    """Every write to a channel that no read has decided, of dead runs too."""
    query = select(journal).where(*_open(channel), journal.c.listing != "").order_by(journal.c.id)
    return [_intent(row) for row in connection.execute(query)]


def has_sent(connection: Connection, run: str, channel: str) -> bool:
    """Whether a run has written, or tried to write, anything to a channel."""
    query = select(journal.c.id).where(journal.c.run == run, journal.c.channel == channel)
    return connection.execute(query.limit(1)).first() is not None


def _intent(row: Row[Any]) -> Intent:
    cell = CellKey(row.channel, row.listing, row.offer, Field(row.field), row.scope)
    return Intent(
        row.id,
        row.run,
        row.change,
        cell,
        row.before,
        row.after,
        row.sent_at,
        row.outcome,
        row.outcome_at,
    )


def due(connection: Connection, channel: str, now: datetime, settle: timedelta) -> list[Intent]:
    """Of `unsettled`, what a read may tell of by now, `settle` after it was taken."""
    same = and_(*(journal.c[name] == cells.c[name] for name in _CELL))
    overtaken = and_(journal.c.outcome_at <= now - settle, journal.c.sent_at < cells.c.written_at)
    told = or_(cells.c.in_flight.is_(None), cells.c.read_after <= now, overtaken)
    query = select(journal).join(cells, same).where(*_open(channel), told).order_by(journal.c.id)
    return [_intent(row) for row in connection.execute(query)]


def record(
    connection: Connection,
    run: str,
    ended: Mapping[str, tuple[Outcome, str]],
    attempt: int = 1,
) -> None:
    """How changes ended in an attempt: change id -> (outcome, reason)."""
    rows = [
        {
            "run": run,
            "change": change,
            "outcome": outcome.value,
            "reason": reason,
            "attempt": attempt,
        }
        for change, (outcome, reason) in ended.items()
    ]
    upsert(connection, results, rows)


def results_of(connection: Connection, run: str) -> dict[str, tuple[Outcome, str]]:
    query = select(results.c.change, results.c.outcome, results.c.reason).where(
        results.c.run == run
    )
    return {
        change: (Outcome(outcome), reason) for change, outcome, reason in connection.execute(query)
    }


def ids(connection: Connection) -> list[str]:
    return list(connection.execute(select(runs.c.id)).scalars())


def attempts_of(connection: Connection, run: str) -> list[dict[str, Any]]:
    """The journal of a run, for people: what was sent, when, what came back, how it was settled."""
    query = select(journal).where(journal.c.run == run).order_by(journal.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]
