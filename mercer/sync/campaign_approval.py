"""Whether the edges of a campaign need approval, and who approves them beforehand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mercer.core.approval import Approval, ApprovalRules
from mercer.core.audit import Kind, Line
from mercer.core.campaign import Campaign
from mercer.core.errors import InputError, RefusedError
from mercer.store.approvals import OF_CAMPAIGNS
from mercer.store.database import Transaction
from mercer.sync import audit
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
    """In the name of the session, for both edges on every channel, as far as they turn out as they were
    foreseen. Whoever has approved it already has their approval returned.

    Raise `RefusedError` for a campaign that is over, and where it takes somebody else than who made it.
    """
    with session.database.write() as tx:
        campaign = known(tx, name)
        refuse_over(campaign, session.clock.now(), "approve")
        rules = session.approval
        if rules is not None and rules.second_person and campaign.who == session.who:
            raise RefusedError(
                f"{session.who} made campaign {name}, so somebody else has to approve it",
                hint="approval.second_person in mercer.toml asks for that",
            )
        for each in OF_CAMPAIGNS.standing(tx, name, campaign.checksum):
            if each.who == session.who:
                return each
        made = Approval(name, campaign.checksum, session.who, session.clock.now(), reason)
        OF_CAMPAIGNS.add(tx, made)
        audit.note(tx, session, _line(Kind.CAMPAIGN_APPROVED, campaign, reason))
    return made


def withdraw(session: Session, name: str, reason: str = "") -> int:
    """Every approval of a campaign that stands; return how many there were.

    Anybody may. A plan that was given them already keeps them. Raise `InputError` where there is none.
    """
    with session.database.write() as tx:
        campaign = known(tx, name)
        count = OF_CAMPAIGNS.withdraw(tx, name, session.who, session.clock.now())
        if not count:
            raise InputError(
                f"nobody has approved campaign {name}", hint=f"see: mercer campaign show {name}"
            )
        audit.note(tx, session, _line(Kind.APPROVAL_WITHDRAWN, campaign, reason))
    return count


def _line(kind: Kind, campaign: Campaign, reason: str) -> Line:
    after = f"{campaign.name}, checksum {campaign.checksum}"
    return Line(kind, after=after, reason=reason or None)
