"""The changes that a run tries before the others, and what a second look found of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
    update,
)

from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.store.plans import change_from_row
from mercer.store.runs import Run
from mercer.store.tables import canaries, changes, journal, results


@dataclass(frozen=True, slots=True)
class Canary:
    """`outcome` of `None`: it has not ended. `finding` of `None`: it was not looked at again; an empty
    one: the shop still showed what was written.
    """

    change: Change
    outcome: Outcome | None
    reason: str
    finding: str | None


def choose(connection: Connection, run: str, chosen: Sequence[Change]) -> None:
    rows = [{"run": run, "change": each.id, "channel": each.cell.channel} for each in chosen]
    if rows:
        connection.execute(canaries.insert(), rows)


def forget(connection: Connection, run: str) -> None:
    connection.execute(delete(canaries).where(canaries.c.run == run))


def trying(run: str, channel: str) -> Exists:
    """The condition that not all of a run's canary on a channel was looked at again."""
    open_ = canaries.c.finding.is_(None)
    return exists().where(canaries.c.run == run, canaries.c.channel == channel, open_)


def has(run: str, change: ColumnElement[str]) -> Exists:
    return exists().where(canaries.c.run == run, canaries.c.change == change)


def channels_of(connection: Connection, run: str) -> list[str]:
    """Where some of the canary was not looked at again."""
    query = select(canaries.c.channel).where(canaries.c.run == run, canaries.c.finding.is_(None))
    return sorted(connection.execute(query.distinct()).scalars())


def count(connection: Connection, run: str) -> int:
    query = select(func.count()).where(canaries.c.run == run)
    return connection.execute(query).scalar_one()


def of_run(connection: Connection, run: Run, channel: str | None = None) -> list[Canary]:
    ended = and_(results.c.run == run.id, results.c.change == canaries.c.change)
    planned = and_(changes.c.plan == run.plan, changes.c.id == canaries.c.change)
    query = (
        select(changes, canaries.c.finding, results.c.outcome, results.c.reason)
        .select_from(canaries.join(changes, planned).outerjoin(results, ended))
        .where(canaries.c.run == run.id)
        .order_by(changes.c.position)
    )
    if channel is not None:
        query = query.where(canaries.c.channel == channel)
    return [_canary(row) for row in connection.execute(query)]


def _canary(row: Any) -> Canary:
    outcome = Outcome(row.outcome) if row.outcome else None
    return Canary(change_from_row(row), outcome, row.reason or "", row.finding)


def seen_at(connection: Connection, run: str, channel: str) -> datetime | None:
    """When the last of it was seen at the shop."""
    same = and_(journal.c.run == canaries.c.run, journal.c.change == canaries.c.change)
    query = (
        select(func.max(journal.c.settled_at))
        .select_from(canaries.join(journal, same))
        .where(canaries.c.run == run, canaries.c.channel == channel)
    )
    return connection.execute(query).scalar()


def note(connection: Connection, run: str, findings: Mapping[str, str]) -> None:
    """What the second look found: change id -> finding."""
    rows = [{"of": run, "which": change, "found": each} for change, each in findings.items()]
    if rows:
        connection.execute(_NOTE, rows)


_NOTE: Final = (
    update(canaries)
    .where(canaries.c.run == bindparam("of"), canaries.c.change == bindparam("which"))
    .values(finding=bindparam("found"))
)
