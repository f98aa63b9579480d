from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.core.cell import NOTHING
from mercer.core.contract import OfferPrice, PriceWrite
from mercer.core.errors import Transient, Unsupported
from mercer.core.money import Money
from mercer.core.outcome import Result
from mercer.plugins.simulation import FaultKind

from .bench import Bench, cny, price_write, tee


def shown(bench: Bench) -> list[str]:
    return [truth.price.plain for truth in bench.simulator.offers()]


async def test_each_sku_gets_its_own_price_in_a_call_of_its_own(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5), M=("99.00", 5), L=("99.00", 5)))
    listing = (await jd.listings())["示例T恤"]
    jd.wire.calls.clear()
    write = price_write(listing, ["89.00", None, "129.50"])
    outcomes = await jd.adapter.write_prices([write])
    assert [each.result for each in outcomes] == [Result.ACCEPTED, Result.ACCEPTED]
    assert jd.wire.calls == ["jingdong.price.write.updateSkuJdPrice"] * 2
    assert shown(jd) == ["89.00", "99.00", "129.50"]


async def test_a_price_that_the_platform_refuses_leaves_the_others_alone(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5), M=("99.00", 5)))
    listing = (await jd.listings())["示例T恤"]
    outcomes = await jd.adapter.write_prices([price_write(listing, ["0.00", "88.00"])])
    assert [each.result for each in outcomes] == [Result.REJECTED, Result.ACCEPTED]
    assert "京东价" in outcomes[0].words
    assert shown(jd) == ["99.00", "88.00"]


async def test_a_price_in_another_currency_is_refused_before_it_is_sent(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5)))
    listing = (await jd.listings())["示例T恤"]
    jd.wire.calls.clear()
    dollars = OfferPrice(listing.offers[0], Money.of("9.99", "USD"))
    (outcome,) = await jd.adapter.write_prices([PriceWrite(listing, (dollars,))])
    assert outcome.result is Result.REJECTED
    assert jd.wire.calls == []


async def test_a_strike_through_price_is_unsupported(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5)))
    listing = (await jd.listings())["示例T恤"]
    write = PriceWrite(listing, (OfferPrice(listing.offers[0], None, NOTHING),))
    with pytest.raises(Unsupported, match="市场价"):
        await jd.adapter.write_prices([write])


async def test_a_failure_after_a_part_was_written_is_in_doubt(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5), M=("99.00", 5)))
    listing = (await jd.listings())["示例T恤"]

    def end_the_token(_name: str, _params: object) -> None:
        if len(jd.wire.calls) == 2:
            jd.simulator.shop.token_ends = jd.clock.now()

    jd.wire.calls.clear()
    jd.wire.before = end_the_token
    with pytest.raises(Transient) as caught:
        await jd.adapter.write_prices([price_write(listing, ["89.00", "88.00"])])
    assert caught.value.in_doubt
    assert shown(jd) == ["89.00", "99.00"]


async def test_a_lost_write_shows_only_when_read_back(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5)))
    listing = (await jd.listings())["示例T恤"]
    jd.fault(FaultKind.LOST_WRITE)
    (outcome,) = await jd.adapter.write_prices([price_write(listing, ["89.00"])])
    assert outcome.result is Result.ACCEPTED
    assert (await jd.read_again(listing)).offers[0].price == cny("99.00")


async def test_an_offer_that_is_gone_is_refused_by_its_name(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5)))
    listing = (await jd.listings())["示例T恤"]
    gone = replace(listing.offers[0], offer="42")
    write = PriceWrite(listing, (OfferPrice(gone, cny("1.00")),))
    (outcome,) = await jd.adapter.write_prices([write])
    assert (outcome.offer, outcome.result) == ("42", Result.REJECTED)
    assert "不存在" in outcome.words
