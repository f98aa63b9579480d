"""Approvals that a campaign was given beforehand, handed on to the plans that do what it foresaw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mercer.core.approval import Approval, ApprovalRules
from mercer.core.audit import Kind, Line
from mercer.core.campaign import Campaign, CampaignEntry, Edge, checksum
from mercer.core.cell import PRICED_FIELDS, CellKey, Field
from mercer.core.plan import Change, ChangeKind
from mercer.store import campaigns
from mercer.store.approvals import OF_CAMPAIGNS, OF_PLANS
from mercer.store.database import Transaction
from mercer.store.plans import Plan
from mercer.sync import audit
from mercer.sync.foreseen import LASTS
from mercer.sync.handed import as_scheduled, done_by_platform
from mercer.sync.session import Session
from mercer.sync.stored_plan import checked


def counting(tx: Transaction, rules: ApprovalRules, campaign: Campaign) -> list[Approval]:
    """The approvals of a campaign that let its edges go."""
    given = OF_CAMPAIGNS.standing(tx, campaign.name, campaign.checksum)
    return [each for each in given if rules.counts(each, campaign.who)]


@dataclass(slots=True)
class _Approved:
    """An edge that is at work on a channel, or to come, who has approved it, and what a plan changes of
    its SKUs. `others`: what the platform changes by its own clock; `handing`: by SKU, what it may be
    handed, where the price beside it is the foreseen one.
    """

    campaign: str
    channel: str
    foreseen: str
    skus: frozenset[str]
    given: Mapping[str, Approval]
    others: Sequence[Change]
    handing: Mapping[str, str]
    changes: list[Change] = field(default_factory=list)

    def has(self, change: Change) -> bool:
        cell = change.cell
        is_price = cell.field in PRICED_FIELDS and change.kind is ChangeKind.UPDATE
        return is_price and cell.channel == self.channel and change.sku in self.skus

    def as_foreseen(self) -> list[Change]:
        """Those of the changes that are just what was approved."""
        pushed = [each for each in self.changes if each.cell.field is not Field.SCHEDULED]
        whole = checksum([*pushed, *self.others]) == self.foreseen
        scheduled = [
            each
            for each in self.changes
            if each.cell.field is Field.SCHEDULED and each.after in ("", self.handing.get(each.sku))
        ]
        return [*(pushed if whole else ()), *scheduled]


def take_over(tx: Transaction, session: Session, plan: Plan) -> None:
    """Give a plan the approvals of the campaigns whose edges it is.

    All that it changes, stock aside, has to be exactly what approved edges foresaw, and a person must
    have approved all of these.
    """
    rules = session.approval
    edges = _covering(tx, rules, plan) if rules else ()
    if not edges:
        return
    names = ", ".join(sorted({each.campaign for each in edges}))
    for who in sorted(set.intersection(*(set(each.given) for each in edges))):
        given = edges[0].given[who]
        said = f"beforehand, with campaign {names}"
        reason = f"{said}: {given.reason}" if given.reason else said
        OF_PLANS.add(tx, Approval(plan.header.id, plan.checksum, who, given.at, reason))
        line = Line(Kind.PLAN_APPROVED, plan=plan.header.id, after=plan.checksum, reason=reason)
        audit.note(tx, replace(session, who=who), line)


def _covering(tx: Transaction, rules: ApprovalRules, plan: Plan) -> Sequence[_Approved]:
    """The edges that a plan is made of; none, where anything else is in it."""
    edges = list(_at_work(tx, rules, plan))
    going: set[CellKey] = set()
    alone = True
    # To its end, whatever is in it: only there it is known whether the plan is what was checksummed.
    for change in checked(tx, plan) if edges else ():
        own = [each for each in edges if each.has(change)]
        for each in own:
            each.changes.append(change)
        if not (change.blocked or change.cell.field is Field.STOCK):
            alone = alone and bool(own)
            going |= {change.cell} if own else set()
    exact, covered = [], set()
    for each in edges:
        if foreseen := each.as_foreseen():
            exact.append(each)
            covered |= {change.cell for change in foreseen}
    return exact if alone and going <= covered else []


def _at_work(tx: Transaction, rules: ApprovalRules, plan: Plan) -> Iterator[_Approved]:
    now = plan.header.made_at
    for channel in plan.header.channels:
        begun = campaigns.begun(tx, now, LASTS, channel)
        for campaign in (*begun, *campaigns.ahead(tx, now, channel)):
            given = {each.who: each for each in counting(tx, rules, campaign)}
            if not given or campaign.cancelled_at is not None:
                continue
            edge = campaign.edge(channel, Edge.END if campaign.over(channel, now) else Edge.START)
            entries = list(campaigns.entries_of(tx, campaign.name, channel))
            yield _Approved(
                campaign.name,
                channel,
                edge.checksum,
                frozenset(each.sku for each in entries),
                given,
                done_by_platform(tx, campaign, channel, edge.edge),
                _handing(tx, campaign, channel, entries),
            )


def _handing(
    tx: Transaction, campaign: Campaign, channel: str, entries: Sequence[CampaignEntry]
) -> dict[str, str]:
    """What was foreseen to show between the edges, of SKUs that cost what they were foreseen to outside."""
    after = {each.sku: each.after for each in entries}
    moved = {
        each.sku
        for each in campaigns.offers_of(tx, campaign.name, channel)
        if not each.observed == each.desired == after[each.sku]
    }
    return {
        each.sku: str(as_scheduled(campaign, each)) for each in entries if each.sku not in moved
    }
