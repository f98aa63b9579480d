"""Whether a plan is approved, else why not; and who approves it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mercer.core.approval import Approval
from mercer.core.audit import Kind, Line
from mercer.core.cell import Field
from mercer.core.errors import InputError, RefusedError
from mercer.store.approvals import OF_PLANS
from mercer.store.database import Transaction
from mercer.store.plans import Plan
from mercer.sync.approving import Approvable, give, take_back
from mercer.sync.beforehand import take_over
from mercer.sync.planning import Request, make_plan
from mercer.sync.session import Session
from mercer.sync.stored_plan import check, not_expired, stored


@dataclass(frozen=True, slots=True)
class Standing:
    """`needed` says why a plan needs approval, if it does; `given` are the approvals that stand.

    `lacks`: why it may not be applied; empty where it may.
    """

    needed: tuple[str, ...]
    given: tuple[Approval, ...]
    lacks: str


def standing(tx: Transaction, session: Session, plan: Plan) -> Standing:
    """By the settings as they are now. Only an approval of the very same plan counts."""
    rules, header = session.approval, plan.header
    needed = tuple(rules.reasons(plan.totals)) if rules else ()
    given = tuple(OF_PLANS.standing(tx, header.id, plan.checksum))
    if not (rules and needed) or any(rules.counts(each, header.who) for each in given):
        return Standing(needed, given, "")
    maker = f"the approval of somebody else than {header.who}, who made it"
    whose = maker if rules.second_person else "approval"
    why = ", and ".join(needed)
    return Standing(needed, given, f"plan {header.id} needs {whose}: {why}")


def refusal(tx: Transaction, session: Session, plan: Plan) -> RefusedError | None:
    """Why a plan may not be applied as far as approval goes; `None` where it may."""
    lacks = standing(tx, session, plan).lacks
    return RefusedError(lacks, hint=approval_hint(plan.header.id)) if lacks else None


def approval_hint(plan: str) -> str:
    return f"look at it: mercer plan show {plan}; then: mercer approve {plan}, mercer apply {plan}"


def waits(session: Session, plan: Plan) -> RefusedError | None:
    """Why a plan that nobody looked at may not be applied, even with what was approved beforehand."""
    with session.database.read() as tx:
        held = refusal(tx, session, plan)
    if held is None:
        return None
    with session.database.write() as tx:
        take_over(tx, session, plan)
        return refusal(tx, session, plan)


@dataclass(frozen=True, slots=True)
class Planned:
    """A `plan`, what of it `goes` at once, and why the rest is `held`."""

    plan: Plan
    goes: Plan | None
    held: RefusedError | None = None


def plan_for_now(session: Session, request: Request) -> Planned:
    """For whoever plans and applies in one go.

    All of a plan goes, or where it lacks approval a plan of its stock alone: what was sold must not
    wait for a person.
    """
    plan = make_plan(session, request)
    held = waits(session, plan)
    if held is None:
        return Planned(plan, plan if plan.totals.going else None)
    if not any(each.stock for each in plan.totals.sums):
        return Planned(plan, None, held)
    return Planned(plan, make_plan(session, replace(request, fields=(Field.STOCK,))), held)


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
