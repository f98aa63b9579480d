"""Tokens, points and failures, with the simulator on the other side."""

from __future__ import annotations

import asyncio

import pytest

from mercer.core.contract import OfferPrice, PriceWrite
from mercer.core.errors import AuthExpired, Transient
from mercer.plugins.shopify.simulator.state import MAXIMUM_POINTS
from mercer.plugins.simulation import FaultKind

from .conftest import Rig, listings, tee, usd


async def test_a_token_is_asked_for_once_and_used_by_all(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    adapter = rig.adapter()

    await asyncio.gather(*(listings(adapter) for _ in range(5)))

    assert len(rig.simulator.shop.state.tokens) == 1


async def test_a_token_is_renewed_before_its_day_is_over(rig: Rig) -> None:
    adapter = rig.adapter()
    await listings(adapter)
    rig.clock.advance(24 * 3600 - 60)
    asked = rig.simulator.app.requests

    await listings(adapter)

    assert len(rig.simulator.shop.state.tokens) == 2
    assert rig.simulator.app.requests - asked == 3  # a token and two queries: none was refused


async def test_a_token_that_the_shop_forgot_is_renewed_once_for_all(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    adapter = rig.adapter()
    await listings(adapter)
    rig.simulator.shop.state.tokens.clear()

    found = await asyncio.gather(*(listings(adapter) for _ in range(5)))

    assert [len(each) for each in found] == [1] * 5
    assert len(rig.simulator.shop.state.tokens) == 1


async def test_a_fixed_token_that_is_refused_stops_the_channel(rig: Rig) -> None:
    adapter = rig.adapter(client_id="", client_secret=None, access_token="shpat_old")

    with pytest.raises(AuthExpired) as caught:
        await listings(adapter)

    assert caught.value.code == "401"
    assert "shpat_old" not in str(caught.value)


async def test_a_throttled_read_waits_for_its_points_and_goes_on(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    adapter = rig.adapter()
    await listings(adapter)
    rig.strike(FaultKind.THROTTLE, writes_only=False)
    started = rig.clock.now()

    assert len(await listings(adapter)) == 1

    passed = (rig.clock.now() - started).total_seconds()
    assert 0 < passed < 10


async def test_reads_in_a_row_stay_within_the_points_of_the_shop(rig: Rig) -> None:
    rig.simulator.seed([tee(f"P{number}", skus=40) for number in range(60)])
    adapter = rig.adapter()

    for _ in range(12):
        assert len(await listings(adapter)) == 60

    assert 0 <= rig.simulator.shop.state.points <= MAXIMUM_POINTS


async def test_a_failed_read_is_tried_again(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    rig.strike(FaultKind.ERROR_BEFORE, count=2, writes_only=False)
    rig.strike(FaultKind.TIMEOUT, count=1, writes_only=False)

    assert len(await listings(rig.adapter())) == 1


@pytest.mark.parametrize("kind", [FaultKind.ERROR_BEFORE, FaultKind.ERROR_AFTER, FaultKind.TIMEOUT])
async def test_a_price_write_in_doubt_is_not_sent_again(rig: Rig, kind: FaultKind) -> None:
    rig.simulator.seed([tee(skus=1)])
    adapter = rig.adapter()
    (listing,) = await listings(adapter)
    write = PriceWrite(listing, (OfferPrice(listing.offers[0], usd("3")),))
    rig.strike(kind)
    asked = rig.simulator.app.requests

    with pytest.raises(Transient) as caught:
        await adapter.write_prices([write])

    assert caught.value.in_doubt
    assert rig.simulator.app.requests - asked == 1


async def test_a_throttled_write_is_sent_again_since_nothing_happened(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    adapter = rig.adapter()
    (listing,) = await listings(adapter)
    rig.strike(FaultKind.THROTTLE)

    await adapter.write_prices([PriceWrite(listing, (OfferPrice(listing.offers[0], usd("3")),))])

    assert rig.shown("TEE-1").price == usd("3")
