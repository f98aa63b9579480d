"""Executions of plans: the journal of what was sent, and how each change ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from mercer.core.cell import CellKey, Field
from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.store.tables import journal, results, runs
from mercer.store.upsert import upsert
from mercer.store.versions import bump

IN_DOUBT = "in_doubt"
"""Journal outcome: no answer came, or one that leaves open whether the effect is there."""
FAILED = "failed"
"""Journal outcome: the request had no effect."""


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


def begin(connection: Connection, plan: str, now: datetime) -> str:
    run = f"r{bump(connection, 'run')}"
    connection.execute(runs.insert().values(id=run, plan=plan, began_at=now))
    return run


def end(connection: Connection, run: str, now: datetime) -> None:
    connection.execute(update(runs).where(runs.c.id == run).values(ended_at=now))


def intend(
    connection: Connection, run: str, intents: Sequence[Change], key: str, now: datetime
) -> list[int]:
    """Commit what is about to be sent, before it is sent. Returns the journal's row ids, in order."""
    ids = []
    for change in intents:
        cell = change.cell
        inserted = connection.execute(
            journal.insert().values(
                run=run,
                change=change.id,
                channel=cell.channel,
                listing=cell.listing,
                offer=cell.offer,
                field=cell.field.value,
                scope=cell.scope,
                before=change.before,
                after=change.after,
                key=key,
                sent_at=now,
                code="",
                words="",
            )
        )
        assert inserted.inserted_primary_key is not None  # one row, with a key of its own
        ids.append(int(inserted.inserted_primary_key[0]))
    return ids


def heard(
    connection: Connection,
    outcomes: Mapping[int, tuple[str, str, str]],
    now: datetime,
    *,
    settled: bool,
) -> None:
    """What came back: journal row -> (outcome, the platform's code, its words).

    `settled`: the answer itself decides, and no read is to come.
    """
    for id, (outcome, code, words) in outcomes.items():
        values: dict[str, Any] = {
            "outcome": outcome,
            "outcome_at": now,
            "code": code,
            "words": words,
        }
        if settled:
            values["settled"] = outcome
        connection.execute(update(journal).where(journal.c.id == id).values(**values))


def settle(connection: Connection, ids: Sequence[int], how: str) -> None:
    connection.execute(update(journal).where(journal.c.id.in_(ids)).values(settled=how))


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
    return [
        Intent(
            row.id,
            row.run,
            row.change,
            CellKey(row.channel, row.listing, row.offer, Field(row.field), row.scope),
            row.before,
            row.after,
            row.sent_at,
            row.outcome,
        )
        for row in connection.execute(query)
    ]


def record(connection: Connection, run: str, ended: Sequence[tuple[str, Outcome, str]]) -> None:
    """How changes ended: (change id, outcome, reason)."""
    rows = [
        {"run": run, "change": change, "outcome": outcome.value, "reason": reason}
        for change, outcome, reason in ended
    ]
    upsert(connection, results, rows)


def results_of(connection: Connection, run: str) -> dict[str, tuple[Outcome, str]]:
    query = select(results.c.change, results.c.outcome, results.c.reason).where(
        results.c.run == run
    )
    return {
        change: (Outcome(outcome), reason) for change, outcome, reason in connection.execute(query)
    }


def attempts_of(connection: Connection, run: str) -> list[dict[str, Any]]:
    """The journal of a run, for people: what was sent, when, what came back, how it was settled."""
    query = select(journal).where(journal.c.run == run).order_by(journal.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]
