"""What a plan says that it takes is what its run takes, on every platform's own simulator.

And what it takes is about what the quotas allow. `benchmarks/quota.py` does the same for ten minutes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from benchmarks.quota import bound
from benchmarks.seller import CURRENCIES, Seller, Sent
from mercer.core.cell import Field
from mercer.core.contract import Declared
from mercer.core.outcome import Outcome
from mercer.core.plan import ChannelEstimate
from mercer.core.quota import WORK
from mercer.sync.apply import apply_plan
from mercer.sync.planning import Request, make_plan

Fields = tuple[Field, ...]
PRICES: Fields = (Field.PRICE, Field.COMPARE_AT)
ENOUGH = {"amazon": 240, "jd": 60, "shopify": 240, "taobao": 80}
"""Products whose prices use up the burst of some quota; on Amazon, more than go sooner by patches."""


def few_prices(seller: Seller) -> Fields:
    seller.move_prices(among=set(seller.skus()[:7]))
    return PRICES


def some_stock(seller: Seller) -> Fields:
    seller.count(dict.fromkeys(seller.skus()[:40], 17))
    return (Field.STOCK,)


def prices_and_stock(seller: Seller) -> Fields:
    seller.move_prices(among=set(seller.skus()[10:60]))
    seller.count(dict.fromkeys(seller.skus()[:50], 9))
    return (Field.STOCK, *PRICES)


@asynccontextmanager
async def selling(platform: str, products: int) -> AsyncIterator[Seller]:
    seller = Seller.of(platform, products)
    try:
        await seller.take_over()
        yield seller
    finally:
        await seller.client.aclose()
        seller.database.close()


async def applied(
    seller: Seller, fields: Fields
) -> tuple[ChannelEstimate, Sent, float, dict[str, set[str]]]:
    """The estimate; what was really sent, in how many virtual seconds; the offers by listing."""
    plan = make_plan(seller.session, Request(fields=fields))
    (estimate,) = plan.totals.channels
    began = seller.clock.now()
    with seller.listening() as sent:
        done = await apply_plan(seller.session, plan.header.id)
    assert {item.outcome for item in done.items} == {Outcome.CONFIRMED}
    offers: dict[str, set[str]] = {}
    for item in done.items:
        offers.setdefault(item.change.cell.listing, set()).add(item.change.cell.offer)
    return estimate, sent, (seller.clock.now() - began).total_seconds(), offers


@pytest.mark.parametrize("plan", [few_prices, some_stock, prices_and_stock])
@pytest.mark.parametrize("platform", sorted(CURRENCIES))
async def test_a_small_plan_takes_exactly_the_requests_and_seconds_that_it_says(
    platform: str, plan: Callable[[Seller], Fields]
) -> None:
    async with selling(platform, products=30) as seller:
        estimate, sent, seconds, _ = await applied(seller, plan(seller))
    assert sent.requests == estimate.calls
    assert seconds == pytest.approx(estimate.seconds, abs=0.5)


@pytest.mark.parametrize("platform", sorted(CURRENCIES))
async def test_a_whole_catalogue_takes_what_is_said_and_about_what_quotas_allow(
    platform: str,
) -> None:
    async with selling(platform, ENOUGH[platform]) as seller:
        began = seller.clock.now()
        seller.move_prices()
        estimate, sent, seconds, offers = await applied(seller, PRICES)
        adapter, ended = seller.session.connection(platform).adapter, seller.clock.now()
    assert sent.requests == pytest.approx(estimate.calls, rel=0.1)
    assert seconds == pytest.approx(estimate.seconds, rel=0.1)
    assert seconds <= bound(adapter.declared, adapter, offers) * 1.1 + _held_back(adapter.declared)
    assert sent.throttled <= sent.requests * 0.01
    every = adapter.declared.orders.every.total_seconds()
    moments = [began, *sent.looks, ended]
    gaps = [(after - before).total_seconds() for before, after in pairwise(moments)]
    assert max(gaps) <= every * 1.25


def _held_back(declared: Declared) -> float:
    """Seconds: a short job feels that it leaves a part of the burst to what is more urgent."""
    return max(WORK.reserve(quota) / quota.rate for quota in declared.quotas if quota.rate > 0.1)


async def test_the_plan_tells_which_of_amazons_ways_it_takes_and_how_long_the_other_would() -> None:
    async with selling("amazon", ENOUGH["amazon"]) as seller:
        seller.move_prices()
        many = make_plan(seller.session, Request(fields=PRICES)).totals.channels[0].ways
        one = make_plan(
            seller.session, Request(fields=PRICES, skus=frozenset(seller.skus()[:1]))
        ).totals.channels[0]
    count = len(seller.skus())
    assert many == (
        f"{count} prices by JSON_LISTINGS_FEED (about 66 s; by patchListingsItem 2 min)",
    )
    assert one.ways == ("1 price by patchListingsItem (about 0 s; by JSON_LISTINGS_FEED 66 s)",)
