"""Who approved which plan. Nothing is deleted: what was withdrawn says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from mercer.core.approval import Approval
from mercer.store.tables import approvals


def add(connection: Connection, approval: Approval) -> None:
    row = {
        "plan": approval.plan,
        "checksum": approval.checksum,
        "who": approval.who,
        "at": approval.at,
        "reason": approval.reason,
    }
    connection.execute(insert(approvals), [row])


def of_plan(connection: Connection, plan: str, checksum: str) -> list[Approval]:
    """Those that stand of a plan with this checksum, the first given first."""
    query = select(approvals).where(
        approvals.c.plan == plan,
        approvals.c.checksum == checksum,
        approvals.c.withdrawn_at.is_(None),
    )
    return [
        Approval(row.plan, row.checksum, row.who, row.at, row.reason)
        for row in connection.execute(query.order_by(approvals.c.id))
    ]


def withdraw(connection: Connection, plan: str, who: str, at: datetime) -> int:
    """All that stand of a plan; return how many."""
    standing = update(approvals).where(approvals.c.plan == plan, approvals.c.withdrawn_at.is_(None))
    return connection.execute(standing.values(withdrawn_by=who, withdrawn_at=at)).rowcount
