"""Rehearsing: the platform says what it would make of a write, and makes nothing."""

from __future__ import annotations

from mercer.core.contract import (
    ContentWrite,
    OfferPrice,
    PriceWrite,
    Rehearses,
    StockWrite,
)
from mercer.core.money import Money
from mercer.core.outcome import Result
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract


class RehearsalContract(Contract):
    @on_bench
    async def test_a_rehearsal_tells_a_bad_price_from_a_good_one_and_changes_nothing(
        self, bench: Bench
    ) -> None:
        self.needs(bench, Rehearses)
        listing, offer = await bench.first()
        assert offer.price is not None
        before = bench.simulator.offers()
        prices = {
            offer.price + offer.price: Result.ACCEPTED,
            Money.zero(offer.price.currency): Result.REJECTED,
        }
        for price, expected in prices.items():
            write = PriceWrite(listing, (OfferPrice(offer, price),))
            (outcome,) = await bench.adapter.rehearse([write])
            assert (outcome.listing, outcome.offer) == (listing.listing, offer.offer)
            assert outcome.result is expected
            assert outcome.result is Result.ACCEPTED or outcome.code or outcome.words
        await bench.again(listing)
        assert bench.simulator.offers() == before

    @on_bench
    async def test_stock_and_content_can_be_rehearsed_too(self, bench: Bench) -> None:
        self.needs(bench, Rehearses)
        listing, offer = await bench.first()
        seen = offer.stock[0]
        before = bench.simulator.offers()
        outcomes = await bench.adapter.rehearse(
            [
                StockWrite(listing, offer, seen.location, seen.quantity + 3, seen.quantity),
                ContentWrite(listing, title="Rehearsed"),
            ]
        )
        assert {each.result for each in outcomes} == {Result.ACCEPTED}
        await bench.again(listing)
        assert bench.simulator.offers() == before
