"""Whose value prevailed where both could not, decided by a person or a policy. Never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from mercer.core.cell import CellKey, Field
from mercer.core.merge import State
from mercer.store.overrides import columns_of
from mercer.store.tables import cells, decisions

_KEY = ("channel", "listing", "offer", "field", "scope")


class How(StrEnum):
    """`ended`, `expired`: an override holds no longer."""

    OURS = "ours"
    THEIRS = "theirs"
    VALUE = "value"
    ENDED = "ended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Decision:
    """The three sides are those that it was about. `value` is what the channel keeps as its own."""

    key: CellKey
    sku: str | None
    base: str | None
    desired: str | None
    observed: str | None
    how: How
    who: str
    at: datetime
    reason: str = ""
    value: str | None = None
    expires_at: datetime | None = None


def record(connection: Connection, decision: Decision) -> None:
    row = {
        **columns_of(decision.key),
        "sku": decision.sku,
        "base": decision.base,
        "desired": decision.desired,
        "observed": decision.observed,
        "how": decision.how.value,
        "value": decision.value,
        "expires_at": decision.expires_at,
        "who": decision.who,
        "reason": decision.reason,
        "at": decision.at,
    }
    connection.execute(decisions.insert(), [row])


def of_cell(connection: Connection, key: CellKey) -> list[Decision]:
    """All that was ever decided about a cell, the oldest first."""
    columns = [decisions.c[name] == value for name, value in columns_of(key).items()]
    query = select(decisions).where(*columns).order_by(decisions.c.id)
    return [_decision(row) for row in connection.execute(query)]


def last_id(connection: Connection, channel: str) -> int:
    query = select(func.max(decisions.c.id)).where(decisions.c.channel == channel)
    return connection.execute(query).scalar() or 0


def settled_after(
    connection: Connection, channel: str, last: int, fields: Sequence[Field]
) -> Iterator[Decision]:
    """The latest decision after `last` about each cell that is at rest now, if it settled a dispute."""
    latest = select(func.max(decisions.c.id)).where(
        decisions.c.channel == channel, decisions.c.id > last
    )
    latest = latest.group_by(*(decisions.c[name] for name in _KEY))
    same = and_(*(cells.c[name] == decisions.c[name] for name in _KEY))
    query = (
        select(decisions)
        .join(cells, same)
        .where(
            decisions.c.id.in_(latest),
            decisions.c.field.in_([field.value for field in fields]),
            decisions.c.how.in_([How.OURS.value, How.THEIRS.value, How.VALUE.value]),
            cells.c.state == State.AGREED.value,
        )
        .order_by(decisions.c.id)
    )
    for row in connection.execute(query.execution_options(yield_per=1000)):
        yield _decision(row)


def _decision(row: Row[Any]) -> Decision:
    key = CellKey(row.channel, row.listing, row.offer, Field(row.field), row.scope)
    return Decision(
        key,
        row.sku,
        row.base,
        row.desired,
        row.observed,
        How(row.how),
        row.who,
        row.at,
        row.reason,
        row.value,
        row.expires_at,
    )
