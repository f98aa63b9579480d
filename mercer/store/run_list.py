"""Runs as people look them up: the newest first, with how their changes ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, func, literal_column, select

from mercer.core.audit import Kind
from mercer.core.outcome import Outcome
from mercer.store.runs import Run, run_from_row
from mercer.store.tables import audit, changes, results, runs

_BEGAN: Final = f"(audit.kind = '{Kind.RUN_BEGAN.value}')"
"""In the words of the audit's index of runs."""


@dataclass(frozen=True, slots=True)
class Listed:
    """`counts`: how many changes ended in each way; `open`: how many have not ended. `who` began it."""

    run: Run
    who: str
    counts: Mapping[Outcome, int]
    open: int

    @property
    def state(self) -> str:
        if self.run.ended_at is not None:
            return "ended"
        return "stopped" if self.run.stopped else "open"


def listed(
    connection: Connection, *, plan: str | None = None, most: int | None = None
) -> list[Listed]:
    """Of one plan, or of all."""
    query = _runs().order_by(
        runs.c.began_at.desc(), func.length(runs.c.id).desc(), runs.c.id.desc()
    )
    if plan is not None:
        query = query.where(runs.c.plan == plan)
    return [_listed(connection, row) for row in connection.execute(query.limit(most)).all()]


def find(connection: Connection, id: str) -> Listed | None:
    row = connection.execute(_runs().where(runs.c.id == id)).one_or_none()
    return _listed(connection, row) if row else None


def _runs() -> Select[Any]:
    began = and_(audit.c.run == runs.c.id, literal_column(_BEGAN))
    return select(runs, audit.c.who).select_from(runs.outerjoin(audit, began))


def _listed(connection: Connection, row: Row[Any]) -> Listed:
    ended = (
        select(results.c.outcome, func.count())
        .where(results.c.run == row.id)
        .group_by(results.c.outcome)
    )
    counts = {Outcome(outcome): number for outcome, number in connection.execute(ended)}
    planned = select(func.count()).where(changes.c.plan == row.plan)
    open_ = connection.execute(planned).scalar_one() - sum(counts.values())
    return Listed(run_from_row(row), row.who or "", counts, open_)
