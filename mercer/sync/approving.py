"""Giving and withdrawing an approval, of whatever it is."""

from __future__ import annotations

from dataclasses import dataclass

from mercer.core.approval import Approval
from mercer.core.audit import Line
from mercer.core.errors import InputError, RefusedError
from mercer.store.approvals import Approvals
from mercer.store.database import Transaction
from mercer.sync import audit
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class Approvable:
    """What is to be approved: `called` such as `plan p3`, as the `maker` made it."""

    kept: Approvals
    called: str
    id: str
    checksum: str
    maker: str


def give(tx: Transaction, session: Session, what: Approvable, reason: str, line: Line) -> Approval:
    """In the name of the session. Whoever has approved it already has their approval returned.

    Raise `RefusedError` where it takes somebody else than who made it.
    """
    rules = session.approval
    if rules is not None and rules.second_person and what.maker == session.who:
        raise RefusedError(
            f"{session.who} made {what.called}, so somebody else has to approve it",
            hint="approval.second_person in mercer.toml asks for that",
        )
    for each in what.kept.standing(tx, what.id, what.checksum):
        if each.who == session.who:
            return each
    made = Approval(what.id, what.checksum, session.who, session.clock.now(), reason)
    what.kept.add(tx, made)
    audit.note(tx, session, line)
    return made


def take_back(tx: Transaction, session: Session, what: Approvable, line: Line) -> int:
    """Every approval that stands; return how many there were.

    Anybody may: it only ever keeps something from being sent. Raise `InputError` where there is none.
    """
    count = what.kept.withdraw(tx, what.id, session.who, session.clock.now())
    if not count:
        sort = what.called.partition(" ")[0]
        raise InputError(
            f"nobody has approved {what.called}", hint=f"see: mercer {sort} show {what.id}"
        )
    audit.note(tx, session, line)
    return count
