"""Who approved which plan or campaign. Nothing is deleted: what was withdrawn says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Connection, Table, insert, select, update

from mercer.core.approval import Approval
from mercer.store.tables import approvals, campaign_approvals


class Approvals(NamedTuple):
    """The approvals of one sort of thing; `of` is the column that names it."""

    table: Table
    of: Column[Any]

    def add(self, connection: Connection, approval: Approval) -> None:
        row = {
            self.of.name: approval.of,
            "checksum": approval.checksum,
            "who": approval.who,
            "at": approval.at,
            "reason": approval.reason,
        }
        connection.execute(insert(self.table), [row])

    def standing(self, connection: Connection, of: str, checksum: str) -> list[Approval]:
        """Those that stand of what it names, with this checksum, the first given first."""
        query = select(self.table).where(
            self.of == of,
            self.table.c.checksum == checksum,
            self.table.c.withdrawn_at.is_(None),
        )
        return [
            Approval(of, row.checksum, row.who, row.at, row.reason)
            for row in connection.execute(query.order_by(self.table.c.id))
        ]

    def withdraw(self, connection: Connection, of: str, who: str, at: datetime) -> int:
        """All that stand of what it names; return how many."""
        standing = update(self.table).where(self.of == of, self.table.c.withdrawn_at.is_(None))
        return connection.execute(standing.values(withdrawn_by=who, withdrawn_at=at)).rowcount


OF_PLANS: Final = Approvals(approvals, approvals.c.plan)
OF_CAMPAIGNS: Final = Approvals(campaign_approvals, campaign_approvals.c.campaign)
