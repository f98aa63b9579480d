"""Who approves a plan, and who takes that back."""

from __future__ import annotations

from mercer.core.approval import Approval
from mercer.core.audit import Kind, Line
from mercer.core.errors import InputError
from mercer.store.approvals import OF_PLANS
from mercer.store.plans import Plan
from mercer.sync.approving import Approvable, give, take_back
from mercer.sync.session import Session
from mercer.sync.stored_plan import check, not_expired, stored


def approve(session: Session, id: str, reason: str = "") -> Approval:
    """As `give` does it.

    Raise `RefusedError` also for a plan that has expired or is not what was checksummed.
    """
    with session.database.write() as tx:
        plan = stored(tx, id)
        not_expired(plan, session.clock.now())
        check(tx, plan)
        if not plan.totals.going:
            raise InputError(f"plan {id} has nothing to apply", hint="make a new one: mercer plan")
        line = _line(Kind.PLAN_APPROVED, plan, reason)
        return give(tx, session, _approvable(plan), reason, line)


def withdraw(session: Session, id: str, reason: str = "") -> int:
    """As `take_back` does it."""
    with session.database.write() as tx:
        plan = stored(tx, id)
        line = _line(Kind.APPROVAL_WITHDRAWN, plan, reason)
        return take_back(tx, session, _approvable(plan), line)


def _approvable(plan: Plan) -> Approvable:
    header = plan.header
    return Approvable(OF_PLANS, f"plan {header.id}", header.id, plan.checksum, header.who)


def _line(kind: Kind, plan: Plan, reason: str) -> Line:
    return Line(kind, plan=plan.header.id, after=plan.checksum, reason=reason or None)
