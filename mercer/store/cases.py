"""After-sales cases as the platforms tell them, and what was decided about the goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select, update

from mercer.core.after_sales import OPEN, Case, CaseKind, CaseStatus
from mercer.core.cell import money_from_text
from mercer.core.shipping import Packed
from mercer.store.tables import cases, orders
from mercer.store.upsert import upsert

RESTOCK = "restock"
WRITE_OFF = "write-off"


@dataclass(frozen=True, slots=True)
class Kept:
    """`number` is the order's as people know it. `decision` is about the goods that came back."""

    channel: str
    case: Case
    number: str
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


def save(connection: Connection, channel: str, case: Case) -> bool:
    """Take a version of a case in, unless a newer one is known; tell whether it said anything new."""
    known = find(connection, channel, case.case)
    if known is not None and (known.case.updated_at > case.updated_at or known.case == case):
        return False
    row = {
        "channel": channel,
        "case": case.case,
        "order": case.order,
        "kind": case.kind.value,
        "status": case.status.value,
        "opened_at": case.opened_at,
        "updated_at": case.updated_at,
        "lines": [[each.line, each.quantity] for each in case.lines],
        "amount": None if case.amount is None else str(case.amount),
        "reason": case.reason,
        "no_reason": case.no_reason,
        "deadline": case.deadline,
    }
    upsert(connection, cases, [row])
    return True


def find(connection: Connection, channel: str, case: str) -> Kept | None:
    query = _query().where(cases.c.channel == channel, cases.c.case == case)
    row = connection.execute(query).one_or_none()
    return _kept(row) if row else None


def named(connection: Connection, case: str) -> list[Kept]:
    """Cases of this id, whatever their channel."""
    return [_kept(row) for row in connection.execute(_query().where(cases.c.case == case))]


def of_order(connection: Connection, channel: str, order: str) -> list[Kept]:
    query = _query().where(cases.c.channel == channel, cases.c.order == order)
    return [_kept(row) for row in connection.execute(query.order_by(cases.c.opened_at))]


def listed(
    connection: Connection,
    channels: Sequence[str] = (),
    *,
    only_open: bool = False,
    due_before: datetime | None = None,
) -> list[Kept]:
    """The most urgent first; those without a deadline by when they were opened."""
    query = _query()
    if channels:
        query = query.where(cases.c.channel.in_(list(channels)))
    if only_open or due_before is not None:
        query = query.where(cases.c.status.in_([status.value for status in OPEN]))
    if due_before is not None:
        query = query.where(cases.c.deadline <= due_before)
    query = query.order_by(cases.c.deadline.is_(None), cases.c.deadline, cases.c.opened_at)
    return [_kept(row) for row in connection.execute(query)]


def decide(
    connection: Connection, channel: str, case: str, decision: str, who: str, now: datetime
) -> None:
    connection.execute(
        update(cases)
        .where(cases.c.channel == channel, cases.c.case == case)
        .values(decision=decision, decided_by=who, decided_at=now)
    )


def _query() -> Select[Any]:
    same = and_(orders.c.channel == cases.c.channel, orders.c.order == cases.c.order)
    return select(cases, orders.c.number).outerjoin(orders, same)


def _kept(row: Row[Any]) -> Kept:
    case = Case(
        row.case,
        row.order,
        CaseKind(row.kind),
        CaseStatus(row.status),
        row.opened_at,
        row.updated_at,
        tuple(Packed(line, quantity) for line, quantity in row.lines),
        money_from_text(row.amount),
        row.reason,
        row.no_reason,
        row.deadline,
    )
    return Kept(
        row.channel, case, row.number or row.order, row.decision, row.decided_by, row.decided_at
    )
