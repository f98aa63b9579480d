"""On every platform's own simulator, what a push takes at the quotas fits into the tolerance that it was
timed by: no price shows early, none late.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from benchmarks.seller import Seller
from mercer.core.campaign import CampaignState, Edge, Tolerance
from mercer.core.price import PriceEntry
from mercer.store import campaigns
from mercer.sync.campaign_progress import progress
from mercer.sync.campaigns import Wish, create, prepare
from mercer.sync.engine.inline import Inline
from mercer.sync.intake import pull_orders
from mercer.sync.session import Session

ZONES = {
    "amazon": "Europe/Berlin",
    "jd": "Asia/Shanghai",
    "shopify": "America/New_York",
    "taobao": "Asia/Shanghai",
}
MANY = 60
"""Products: enough for quotas to be what takes the time."""


@asynccontextmanager
async def selling(platform: str) -> AsyncIterator[tuple[Seller, Session]]:
    """The session sells on the clocks of the platform's own country."""
    seller = Seller.of(platform, MANY)
    try:
        await seller.take_over()
        connection = seller.session.connections[platform]
        channel = replace(connection.channel, zone=ZONES[platform])
        connections = {platform: replace(connection, channel=channel)}
        yield seller, replace(seller.session, connections=connections, channels={platform: channel})
    finally:
        await seller.client.aclose()
        seller.database.close()


@pytest.mark.parametrize("platform", sorted(ZONES))
async def test_prices_show_within_the_tolerance_and_go_back_within_it(platform: str) -> None:
    async with selling(platform) as (seller, session):
        before = {each.offer: each.price for each in seller.simulator.offers()}
        entries = tuple(
            PriceEntry(each.merchant_code, each.price.scaled(Decimal("0.9")))
            for each in seller.simulator.offers()
        )
        wish = Wish(
            "sale",
            datetime.fromisoformat("2026-11-11 00:00"),
            datetime.fromisoformat("2026-11-11 06:00"),
            Tolerance.parse("-30m..0s"),
            Tolerance.parse("0s..+30m"),
            entries,
        )
        campaign = create(session, prepare(session, wish))
        for edge in Edge:
            begins_at = campaign.edge(platform, edge).begins_at
            seller.clock.advance_to(begins_at - timedelta(minutes=10))
            await pull_orders(session)  # as a worker does all the time
            seller.clock.advance_to(begins_at - timedelta(seconds=1))
            assert not await pushed(session, platform, edge), "nothing leaves early"
            seller.clock.advance_to(begins_at)
            assert await pushed(session, platform, edge)
        with session.database.read() as tx:
            found = campaigns.find(tx, "sale")
            assert found is not None
            (each,) = progress(tx, found, seller.clock.now())
        assert each.state is CampaignState.ENDED
        for its in (each.start, each.end):
            assert (its.confirmed, its.waiting, its.kept) == (len(before), 0, True)
        assert {each.offer: each.price for each in seller.simulator.offers()} == before


async def pushed(session: Session, platform: str, edge: Edge) -> bool:
    """Whether there was anything to push; all of it was what had been foreseen."""
    engine = Inline(session)
    key = await engine.submit("edge", platform, "sale", edge)
    run = engine.runs[key]
    assert run.error is None, run.error
    assert all(each["as_foreseen"] for each in run.output["runs"])
    return bool(run.output["runs"])
