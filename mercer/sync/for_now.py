"""Plans that are applied in one go, as far as they may be without a person."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mercer.core.cell import Field
from mercer.core.errors import RefusedError
from mercer.store.plans import Plan
from mercer.sync.approval import refusal
from mercer.sync.beforehand import take_over
from mercer.sync.planning import Request, make_plan
from mercer.sync.session import Session


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
