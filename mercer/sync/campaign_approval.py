"""Whether the edges of a campaign need approval, and who approves them beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mercer.core.approval import Approval, ApprovalRules
from mercer.core.audit import Kind, Line
from mercer.core.campaign import Campaign
from mercer.store.approvals import OF_CAMPAIGNS
from mercer.store.database import Transaction
from mercer.sync.approving import Approvable, give, take_back
from mercer.sync.beforehand import counting
from mercer.sync.campaign_preview import EdgePlan, Key
from mercer.sync.campaigns import known, refuse_over
from mercer.sync.session import Session

Needs = Mapping[Key, Sequence[str]]
"""Why edges need approval, of those that do."""


def needs(session: Session, plans: Mapping[Key, EdgePlan]) -> Needs:
    rules = session.approval
    if rules is None:
        return {}
    found = {key: tuple(rules.reasons(each.plan.totals)) for key, each in plans.items()}
    return {key: why for key, why in found.items() if why}


@dataclass(frozen=True, slots=True)
class Beforehand:
    """The approvals of a campaign that stand, and whether one of them lets its edges go."""

    given: tuple[Approval, ...]
    counts: bool


def beforehand(tx: Transaction, session: Session, campaign: Campaign) -> Beforehand:
    """By the settings as they are now."""
    rules = session.approval or ApprovalRules()
    given = OF_CAMPAIGNS.standing(tx, campaign.name, campaign.checksum)
    return Beforehand(tuple(given), bool(counting(tx, rules, campaign)))


def approve(session: Session, name: str, reason: str = "") -> Approval:
    """As `give` does it, for both edges on every channel, as far as they turn out as they were foreseen.

    Raise `RefusedError` also for a campaign that is over.
    """
    with session.database.write() as tx:
        campaign = known(tx, name)
        refuse_over(campaign, session.clock.now(), "approve")
        line = _line(Kind.CAMPAIGN_APPROVED, campaign, reason)
        return give(tx, session, _approvable(campaign), reason, line)


def withdraw(session: Session, name: str, reason: str = "") -> int:
    """As `take_back` does it. A plan that was given the approvals already keeps them."""
    with session.database.write() as tx:
        campaign = known(tx, name)
        line = _line(Kind.APPROVAL_WITHDRAWN, campaign, reason)
        return take_back(tx, session, _approvable(campaign), line)


def _approvable(campaign: Campaign) -> Approvable:
    name = campaign.name
    return Approvable(OF_CAMPAIGNS, f"campaign {name}", name, campaign.checksum, campaign.who)


def _line(kind: Kind, campaign: Campaign, reason: str) -> Line:
    after = f"{campaign.name}, checksum {campaign.checksum}"
    return Line(kind, after=after, reason=reason or None)
