"""The push of a campaign's edge on one channel: when it is due, and its plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mercer.core.campaign import ChannelEdge, Edge, checksum
from mercer.core.errors import RefusedError
from mercer.store import campaigns
from mercer.store.database import Transaction
from mercer.sync.apply import begin_run, load_plan
from mercer.sync.campaign_preview import PRICES
from mercer.sync.campaigns import known
from mercer.sync.for_now import waits
from mercer.sync.handed import done_by_platform
from mercer.sync.planning import Request, make_plan
from mercer.sync.session import Session


def due(tx: Transaction, now: datetime, within: timedelta) -> list[tuple[str, str, Edge]]:
    """Channel, campaign and edge of every push that was to begin by now, and not longer ago than
    `within`. Where the end has begun, the start is past.
    """
    return [
        (each.channel, campaign.name, each.edge)
        for campaign in campaigns.begun(tx, now, within)
        if campaign.cancelled_at is None
        for each in campaign.edges
        if now - within < each.begins_at <= now
        and (each.edge is Edge.END or not campaign.over(each.channel, now))
    ]


async def plan_edge(session: Session, channel: str, name: str, edge: str) -> list[Any]:
    """Plan what the book says now of a campaign's SKUs.

    Return the run of what no guard blocks, if there is anything, and whether the plan, with what the
    platform does by its own clock, changes exactly what was foreseen when the campaign was made. Both
    edges are the same work: the entries hold by now, or hold no more.
    The plan is in the name of whoever made the campaign. Raise `RefusedError` where it lacks approval.
    """
    with session.database.read() as tx:
        campaign = known(tx, name)
        skus = frozenset(each.sku for each in campaigns.entries_of(tx, name, channel))
    maker = replace(session, who=campaign.who)
    plan = make_plan(maker, Request((channel,), PRICES, skus))
    if not plan.totals.going:
        return [None, False]
    _, changes = load_plan(session, plan.header.id)
    its = campaign.edge(channel, Edge(edge))
    with session.database.read() as tx:
        others = done_by_platform(tx, campaign, channel, its.edge)
    as_foreseen = checksum([*changes, *others]) == its.checksum
    if (held := waits(session, plan)) is not None:
        raise _waiting(held, name, its, as_foreseen=as_foreseen)
    return [begin_run(session, plan.header.id)[0].id, as_foreseen]


def _waiting(
    held: RefusedError, campaign: str, edge: ChannelEdge, *, as_foreseen: bool
) -> RefusedError:
    lacks = "was not approved beforehand" if as_foreseen else "is not what was foreseen"
    return RefusedError(
        f"the {edge.edge} of campaign {campaign} on {edge.channel} {lacks}, so {held.message}",
        hint=held.hint,
    )
