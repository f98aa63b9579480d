from __future__ import annotations

from mercer.core.account import Channel
from mercer.plugins.amazon.adapter import AmazonAdapter

from .conftest import Rig


async def failing(adapter: AmazonAdapter) -> dict[str, str]:
    return {each.check: each.fix for each in await adapter.check() if not each.ok}


async def test_a_working_channel_passes_every_check(rig: Rig) -> None:
    assert await failing(rig.adapter()) == {}


async def test_a_marketplace_that_the_authorisation_does_not_reach_is_told(rig: Rig) -> None:
    adapter = rig.adapter(marketplace_id="A2EUQ1WTGCTBG2")
    assert "marketplace_id" in (await failing(adapter))["credentials"]


async def test_another_sellers_id_fails_at_the_listings(rig: Rig) -> None:
    assert (await failing(rig.adapter(seller_id="AANOTHER"))).keys() == {"listings"}


async def test_a_currency_that_is_not_the_marketplaces_is_told(rig: Rig) -> None:
    channel = Channel("main", "amazon", "acme", "EUR")
    adapter = AmazonAdapter(channel, rig.settings(), rig.transport(), rig.clock)
    assert "USD" in (await failing(adapter))["currency"]
