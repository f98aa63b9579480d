"""The push of a campaign's edge on one channel: when it is due, and its plan."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mercer.core.campaign import Edge
from mercer.store import campaigns
from mercer.store.database import Transaction
from mercer.sync.apply import begin_run
from mercer.sync.campaign_preview import PRICES, checksum
from mercer.sync.campaigns import known
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

    Return the run of what no guard blocks, if there is anything, and whether the plan changes exactly
    what was foreseen when the campaign was made. Both edges are the same work: the entries hold by
    now, or hold no more.
    """
    with session.database.read() as tx:
        foreseen = known(tx, name).edge(channel, Edge(edge)).checksum
        skus = frozenset(each.sku for each in campaigns.entries_of(tx, name, channel))
    plan = make_plan(session, Request((channel,), PRICES, skus))
    if plan.totals.changes == plan.totals.blocked:
        return [None, False]
    run, _, changes = begin_run(session, plan.header.id)
    return [run.id, checksum(changes) == foreseen]
