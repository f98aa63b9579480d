"""`mercer campaign list|show|cancel`, and the group of the commands about campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from mercer.commands import campaign_documents as documents
from mercer.commands import campaign_shown as shown
from mercer.commands import show_plan
from mercer.commands.apply import confirm
from mercer.commands.campaign_approving import approve
from mercer.commands.campaign_making import create, template
from mercer.commands.documents import plan as plan_document
from mercer.commands.invocation import Group, Invocation
from mercer.commands.options import yes_option
from mercer.commands.output import Output
from mercer.commands.workspace import online, opened, warn_of
from mercer.core.campaign import Campaign
from mercer.core.review import Scale, by_risk
from mercer.store import campaigns
from mercer.store.plans import Plan
from mercer.sync import campaigns as making
from mercer.sync.apply import load_plan
from mercer.sync.approval import standing
from mercer.sync.campaign_approval import beforehand, needs
from mercer.sync.campaign_preview import EdgePlan, Key
from mercer.sync.campaign_progress import ChannelProgress, progress
from mercer.sync.campaigns import begun_on, known, reached_on
from mercer.sync.session import Session


@click.group(
    cls=Group, short_help="Prices from a start until an end, on every channel at its own hour"
)
def command() -> None:
    """Prices from a start until an end, on every channel at its own hour; they go back by themselves."""


for each in (create, template, approve):
    command.add_command(each)


@command.command(name="list", short_help="Every campaign, and how far it is")
@click.pass_obj
def list_(invocation: Invocation) -> None:
    """Every campaign, the oldest first, and how far it is."""
    out = Output(invocation)
    with opened(invocation) as workspace, workspace.database.read() as tx:
        now = workspace.clock.now()
        found = [(each, progress(tx, each, now)) for each in campaigns.every(tx)]
    if found:
        header = ("campaign", "state", "start", "end", "channels", "offers", "waiting")
        out.table(header, [_row(each, itself) for each, itself in found])
    else:
        out.line("no campaign yet; make one: mercer campaign create NAME FILE --start --end")
    out.document(
        {
            "campaigns": [
                {**documents.campaign(each), **documents.progress(itself)} for each, itself in found
            ]
        }
    )


def _row(campaign: Campaign, found: Sequence[ChannelProgress]) -> tuple[object, ...]:
    waiting = sum(each.end.waiting if each.end.begun else each.start.waiting for each in found)
    return (
        campaign.name,
        shown.state_of(found),
        campaign.start,
        campaign.end,
        ", ".join(campaign.channels),
        sum(each.offers for each in found),
        waiting,
    )


@command.command(short_help="One campaign: its edges, what they change, and what was confirmed")
@click.argument("name")
@click.pass_obj
def show(invocation: Invocation, name: str) -> None:
    """One campaign: how far it is, how late its prices were, and what the edges to come will change.

    What is to come is planned as the book and the shops stand now. Nothing is kept or sent.
    """
    out = Output(invocation)
    with opened(invocation) as workspace:
        now = workspace.clock.now()
        with workspace.database.read() as tx:
            campaign = known(tx, name)
            found = progress(tx, campaign, now)
            given = beforehand(tx, workspace.session(), campaign)
        plans: dict[Key, EdgePlan] = {}
        if campaign.cancelled_at is None and any(each.begins_at > now for each in campaign.edges):

            async def work(session: Session) -> dict[Key, EdgePlan]:
                return making.upcoming(session, campaign)

            plans, failed = online(invocation, workspace, work)
            warn_of(failed, out)
        why = needs(workspace.session(), plans)
        channels = workspace.session().channels
    out.line(f"campaign {name}: {shown.state_of(found)}, {_times(campaign)}")
    if campaign.allowed:
        allowed = ", ".join(campaign.allowed)
        out.line(f"let pass beforehand: {allowed} ({campaign.who}: {campaign.reason})")
    shown.edges(out, campaign, plans, channels)
    shown.progress(out, found)
    if plans:
        out.line()
        shown.changes(out, plans)
    shown.notes(out, plans, ())
    shown.needs(out, why)
    shown.approval(out, campaign, plans, why, given)
    out.document(
        {
            **documents.campaign(campaign),
            **documents.approval(given),
            **documents.progress(found),
            "plans": documents.plans(campaign, plans, why),
        }
    )


def _times(campaign: Campaign) -> str:
    said = (
        f"from {campaign.start} ({campaign.start_tolerance}) "
        f"until {campaign.end} ({campaign.end_tolerance})"
    )
    if campaign.cancelled_at is None:
        return said
    return (
        f"{said}, cancelled {campaign.cancelled_at:%Y-%m-%d %H:%M} UTC by {campaign.cancelled_by}"
    )


@command.command(short_help="Take a campaign's prices out of the book")
@click.argument("name")
@yes_option
@click.pass_obj
def cancel(invocation: Invocation, name: str, yes: bool) -> None:
    """Take a campaign's prices out of the book. Where they show already, plan what holds without it."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        with workspace.database.read() as tx:
            campaign, now = known(tx, name), workspace.clock.now()
            begun, reached = begun_on(campaign, now), reached_on(tx, campaign, now)
        if not yes:
            where = f" It runs on {', '.join(begun)}." if begun else ""
            confirm(invocation, f"Cancel campaign {name}?{where}")

        async def work(session: Session) -> tuple[Campaign, Plan | None]:
            return making.cancel(session, name)

        plan: Plan | None
        if reached:
            (campaign, plan), failed = online(invocation, workspace, work)
            warn_of(failed, out)
        else:
            campaign, plan = making.cancel(workspace.session(), name)
        document = _tell_plan(out, workspace.session(), campaign, plan) if plan else None
    if plan is None:
        until = "its prices stay at the shops until: mercer plan, mercer apply"
        shows = until if reached else "nothing of it had been shown"
        out.line(f"campaign {name} is cancelled; {shows}")
    out.document({**documents.campaign(campaign), "plan": document})


def _tell_plan(out: Output, session: Session, campaign: Campaign, plan: Plan) -> dict[str, Any]:
    """The plan of what holds without a campaign, shown; return its document."""
    plan, changes = load_plan(session, plan.header.id)
    changes = by_risk(changes, Scale.of(plan.totals).weights)
    with session.database.read() as tx:
        stands = standing(tx, session, plan)
    show_plan.show(out, plan, changes, stands)
    out.line(f"campaign {campaign.name} is cancelled; its prices stay until this plan is applied")
    show_plan.next_step(out, plan, stands)
    return plan_document(plan, changes, stands)
