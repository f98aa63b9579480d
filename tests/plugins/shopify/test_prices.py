from __future__ import annotations

from dataclasses import replace

from mercer.core.cell import NOTHING
from mercer.core.contract import OfferPrice, PriceWrite
from mercer.core.money import Money
from mercer.core.outcome import Result
from mercer.plugins.simulation import FaultKind

from .conftest import Rig, listings, tee, usd


async def test_a_price_that_the_answer_shows_is_confirmed(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    adapter = rig.adapter()
    (listing,) = await listings(adapter)
    first, second = listing.offers
    write = PriceWrite(
        listing,
        (OfferPrice(first, usd("9.99"), usd("14.99")), OfferPrice(second, usd("11"), NOTHING)),
    )

    outcomes = await adapter.write_prices([write])

    assert [(each.offer, each.result) for each in outcomes] == [
        (first.offer, Result.CONFIRMED),
        (second.offer, Result.CONFIRMED),
    ]
    assert (rig.shown("TEE-1").price, rig.shown("TEE-1").compare_at) == (usd("9.99"), usd("14.99"))
    assert (rig.shown("TEE-2").price, rig.shown("TEE-2").compare_at) == (usd("11"), None)


async def test_the_part_that_is_not_given_stays_as_it_is(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    adapter = rig.adapter()
    (listing,) = await listings(adapter)
    (offer,) = listing.offers

    await adapter.write_prices([PriceWrite(listing, (OfferPrice(offer, None, NOTHING),))])
    assert (rig.shown("TEE-1").price, rig.shown("TEE-1").compare_at) == (usd("20"), None)
    await adapter.write_prices([PriceWrite(listing, (OfferPrice(offer, usd("7")),))])
    assert (rig.shown("TEE-1").price, rig.shown("TEE-1").compare_at) == (usd("7"), None)


async def test_a_refused_row_does_not_keep_the_others_from_being_written(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=3)])
    adapter = rig.adapter()
    (listing,) = await listings(adapter)
    first, second, third = listing.offers
    gone = replace(second, offer="4711")
    write = PriceWrite(
        listing,
        (
            OfferPrice(first, Money(-100, "USD")),
            OfferPrice(gone, usd("5")),
            OfferPrice(third, usd("6")),
        ),
    )

    refused, unknown, good = await adapter.write_prices([write])

    assert (refused.result, refused.code) == (Result.REJECTED, "GREATER_THAN_OR_EQUAL_TO")
    assert refused.words == "Price must be greater than or equal to 0"
    assert (unknown.result, unknown.code) == (Result.REJECTED, "PRODUCT_VARIANT_DOES_NOT_EXIST")
    assert good.result is Result.CONFIRMED
    assert rig.shown("TEE-1").price == usd("20")
    assert rig.shown("TEE-3").price == usd("6")


async def test_a_price_that_the_answer_still_shows_as_it_was_is_only_accepted(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    adapter = rig.adapter()
    (listing,) = await listings(adapter)
    rig.strike(FaultKind.LOST_WRITE)

    write = PriceWrite(listing, (OfferPrice(listing.offers[0], usd("3")),))
    (outcome,) = await adapter.write_prices([write])

    assert outcome.result is Result.ACCEPTED
    assert rig.shown("TEE-1").price == usd("20")


async def test_a_listing_that_is_gone_rejects_all_its_offers_and_no_others(rig: Rig) -> None:
    rig.simulator.seed([tee("A"), tee("B", skus=1)])
    adapter = rig.adapter()
    first, second = await listings(adapter)
    rig.simulator.shop.remove(rig.simulator.shop.state.products[int(first.listing)])
    writes = [
        PriceWrite(each, tuple(OfferPrice(offer, usd("3")) for offer in each.offers))
        for each in (first, second)
    ]

    outcomes = await adapter.write_prices(writes)

    assert [each.result for each in outcomes] == [
        Result.REJECTED,
        Result.REJECTED,
        Result.CONFIRMED,
    ]
    assert outcomes[0].words == "Product does not exist"
