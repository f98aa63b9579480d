"""Handing a campaign's prices to platforms that begin and end them by their own clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from mercer.core.campaign import Campaign
from mercer.core.cell import Field
from mercer.core.errors import RefusedError
from mercer.core.quota import WORK, working
from mercer.core.waiting import waiting_by
from mercer.store import campaigns
from mercer.store.database import Transaction
from mercer.sync.apply import begin_run
from mercer.sync.for_now import waits
from mercer.sync.handed import handed
from mercer.sync.planning import Request, make_plan
from mercer.sync.pull import read_back
from mercer.sync.renew import renew
from mercer.sync.session import Session
from mercer.sync.watch import Watch

BACK: Final = "back"
"""The last id of the job that takes back what was handed of a campaign that was called off."""


def due(tx: Transaction, now: datetime) -> list[tuple[str, ...]]:
    """Channel and campaign of everything that is to be handed, or to be taken back."""
    return [
        (channel, campaign.name, *([BACK] if campaign.cancelled_at else []))
        for channel, campaign in campaigns.to_hand(tx, now)
    ]


def ask(tx: Transaction, session: Session, campaign: Campaign) -> None:
    """Want of every platform that has scheduled prices what it can be handed of a new campaign."""
    for name in campaign.channels:
        found = campaigns.offers_of(tx, campaign.name, name, Field.SCHEDULED)
        listings = sorted({each.listing for each in found})
        renew(tx, session, session.channel(name), listings, only=[Field.SCHEDULED])


async def plan_handing(session: Session, channel: str, name: str) -> str | None:
    """Plan what is to be scheduled now of a campaign's SKUs; return the run of what no guard blocks.

    In the name of whoever made the campaign. Raise `RefusedError` where the plan lacks approval.
    """
    with session.database.read() as tx:
        campaign = campaigns.find(tx, name)
        skus = frozenset(each.sku for each in campaigns.entries_of(tx, name, channel))
    assert campaign is not None  # campaigns are not forgotten
    maker = replace(session, who=campaign.who)
    plan = make_plan(maker, Request((channel,), (Field.SCHEDULED,), skus))
    if not plan.totals.going:
        return None
    if (held := waits(session, plan)) is not None:
        what = f"what {channel} is to be handed of campaign {name} is not approved beforehand"
        raise RefusedError(f"{what}, so {held.message}", hint=held.hint)
    return begin_run(session, plan.header.id)[0].id


async def look_at_handed(session: Session, channel: str, name: str, after: str) -> str | None:
    """Read back what was handed of a campaign, as much as one read takes, from a listing on; return how
    far, or `None` at the end.
    """
    connection = session.connection(channel)
    with session.database.read() as tx:
        campaign = campaigns.find(tx, name)
        assert campaign is not None  # campaigns are not forgotten
        listings = {each.listing for each in handed(tx, campaign, channel)}
    some = sorted(each for each in listings if each > after)[: connection.declared.read_back]
    if not some:
        return None
    watch = Watch(session, connection, session.clock.now())
    with working(WORK), waiting_by(watch):
        await read_back(session, connection, some)
    return some[-1]
