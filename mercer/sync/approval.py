"""Whether a plan is approved, else why not."""

from __future__ import annotations

from dataclasses import dataclass

from mercer.core.approval import Approval
from mercer.core.errors import RefusedError
from mercer.store.approvals import OF_PLANS
from mercer.store.database import Transaction
from mercer.store.plans import Plan
from mercer.sync.session import Session


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
