"""The one place where it is decided whose value prevails on a channel, and where that is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mercer.core.audit import Kind
from mercer.core.cellstate import Cell
from mercer.store import decisions, overrides
from mercer.store.database import Transaction
from mercer.store.decisions import Decision, How
from mercer.store.overrides import Override
from mercer.sync import audit
from mercer.sync.session import Session

_KINDS: Final = {
    How.OURS: Kind.OURS_DECIDED,
    How.THEIRS: Kind.OVERRIDE_MADE,
    How.VALUE: Kind.OVERRIDE_MADE,
    How.ENDED: Kind.OVERRIDE_ENDED,
    How.EXPIRED: Kind.OVERRIDE_ENDED,
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """`value` is what the channel keeps as its own, until `expires_at` or for good; `None` where ours
    holds. `who` is a person, or a policy by its name.
    """

    how: How
    who: str
    reason: str = ""
    value: str | None = None
    expires_at: datetime | None = None


def decide(tx: Transaction, session: Session, cell: Cell, ruling: Ruling) -> None:
    """Write down what was decided about a cell as it stands, and keep the channel's own value.

    The catalogue is never touched. The cell is to be judged anew.
    """
    now = session.clock.now()
    decision = Decision(
        cell.key,
        cell.sku,
        cell.base,
        cell.desired,
        cell.observed,
        ruling.how,
        ruling.who,
        now,
        ruling.reason,
        ruling.value,
        ruling.expires_at,
    )
    decisions.record(tx, decision)
    if ruling.value is not None:
        own = Override(cell.key, ruling.value, ruling.who, now, ruling.reason, ruling.expires_at)
        overrides.keep(tx, own)
    if ruling.how is not How.OURS or ruling.who == session.who:
        # A policy's `ours` is in the audit already: as what was seen, and as the plan that writes it.
        why = ruling.reason or ruling.who
        line = audit.of_cell(
            _KINDS[ruling.how], cell.key, cell.sku, cell.desired, ruling.value, why
        )
        audit.note(tx, session, line)
