from __future__ import annotations

from decimal import Decimal

import pytest

from mercer.core.cell import NOTHING
from mercer.core.contract import OfferPrice, PriceWrite
from mercer.core.errors import Unsupported
from mercer.core.money import Money
from mercer.core.outcome import Result
from mercer.plugins.simulation import FaultKind

from .conftest import Rig, listings, price_write, product, usd


async def test_a_price_is_accepted_first_and_shows_once_it_has_settled(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    (outcome,) = await adapter.write_prices([price_write(listing, "25.50")])
    assert outcome.result is Result.ACCEPTED
    (early,) = await adapter.read_back(["A"])
    assert early.offers[0].price == usd("20.00")
    await rig.clock.sleep(adapter.declared.settle.total_seconds())
    (late,) = await adapter.read_back(["A"])
    assert late.offers[0].price == usd("25.50")


async def test_attributes_that_echo_a_submission_are_not_taken_for_the_offer(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    await adapter.write_prices([price_write(listing, "25.50")])
    rig.clock.advance(60)
    item = rig.item("A")
    assert item.echoed(rig.clock.now()) is not item.shown(rig.clock.now())
    (read,) = await adapter.read_back(["A"])
    assert read.offers[0].price == usd("20.00")


async def test_a_price_out_of_its_bounds_is_accepted_and_never_shows(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    offer = rig.item("A").newest.attributes["purchasable_offer"][0]
    bound = [{"schedule": [{"value_with_tax": Decimal("15.00")}]}]
    offer["minimum_seller_allowed_price"] = bound
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    (outcome,) = await adapter.write_prices([price_write(listing, "12.00")])
    assert outcome.result is Result.ACCEPTED
    await rig.clock.sleep(adapter.declared.deadline.total_seconds())
    (read,) = await adapter.read_back(["A"])
    assert read.offers[0].price == usd("20.00")


async def test_a_price_write_leaves_sale_price_and_bounds_as_they_are(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    offer = rig.item("A").newest.attributes["purchasable_offer"][0]
    sale = [{"schedule": [{"value_with_tax": Decimal("9.99"), "start_at": "2026-11-20T00:00:00Z"}]}]
    offer["discounted_price"] = sale
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    await adapter.write_prices([price_write(listing, "30.00")])
    (after,) = rig.item("A").newest.attributes["purchasable_offer"]
    assert after["discounted_price"] == sale
    assert after["our_price"] == [{"schedule": [{"value_with_tax": Decimal("30.00")}]}]


async def test_a_business_price_is_left_alone(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    offers = rig.item("A").newest.attributes["purchasable_offer"]
    business = {**offers[0], "audience": "B2B"}
    offers.append(business)
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    assert listing.offers[0].price == usd("20.00")
    await adapter.write_prices([price_write(listing, "30.00")])
    assert rig.item("A").newest.attributes["purchasable_offer"][1] == business


async def test_an_invalid_submission_is_rejected_in_amazons_words_although_http_says_200(
    rig: Rig,
) -> None:
    rig.simulator.seed([product("A", "B")])
    adapter = rig.adapter()
    shop = await listings(adapter)
    writes = [price_write(shop["A"], "0.00"), price_write(shop["B"], "30.00")]
    bad, good = await adapter.write_prices(writes)
    assert (bad.result, bad.code) == (Result.REJECTED, "4000001")
    assert "our_price" in bad.words
    assert good.result is Result.ACCEPTED
    assert (rig.shown("A").price, rig.shown("B").price) == (usd("20.00"), usd("30.00"))


async def test_a_price_in_another_currency_is_refused_before_it_is_sent(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    euro = PriceWrite(listing, (OfferPrice(listing.offers[0], Money.of("9", "EUR")),))
    (outcome,) = await adapter.write_prices([euro])
    assert outcome.result is Result.REJECTED
    assert "USD" in outcome.words
    assert rig.recorder.of("PATCH", "/") == []


async def test_a_compare_at_price_is_unsupported(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    write = PriceWrite(listing, (OfferPrice(listing.offers[0], usd("9"), NOTHING),))
    with pytest.raises(Unsupported):
        await adapter.write_prices([write])


async def test_a_price_whose_answer_was_lost_is_sent_again_since_twice_is_once(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    rig.strike(FaultKind.ERROR_AFTER)
    (outcome,) = await adapter.write_prices([price_write(listing, "30.00")])
    assert outcome.result is Result.ACCEPTED
    assert len(rig.recorder.of("PATCH", "/A?")) == 2
