"""Scheduled prices: begun and ended by the platform's own clock, and the price beside them left alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from mercer.core.cell import NOTHING, Nothing
from mercer.core.contract import OfferPrice, PriceWrite, SchedulesPrices, ScheduleWrite
from mercer.core.listing import Listing, Offer
from mercer.core.money import Money
from mercer.core.outcome import Result
from mercer.core.scheduled import Scheduled
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract

_TAKEN = (Result.ACCEPTED, Result.CONFIRMED)


class ScheduledPriceContract(Contract):
    @on_bench
    async def test_a_scheduled_price_is_paid_from_its_start_until_just_before_its_end(
        self, bench: Bench
    ) -> None:
        self.needs(bench, SchedulesPrices)
        listing, offer = await bench.first()
        scheduled = _later(bench, offer)
        await _schedule(bench, listing, offer, scheduled)
        paid = []
        for moment in scheduled.times:
            for second in (-1, 0):
                bench.world.clock.advance_to(moment + timedelta(seconds=second))
                paid.append(_paid(bench, offer))
        assert paid == [offer.price, scheduled.price, scheduled.price, offer.price]

    @on_bench
    async def test_what_is_scheduled_is_read_with_the_offer_and_its_price_stays(
        self, bench: Bench
    ) -> None:
        self.needs(bench, SchedulesPrices)
        listing, offer = await bench.first()
        assert offer.scheduled is NOTHING
        scheduled = _later(bench, offer)
        await _schedule(bench, listing, offer, scheduled)
        for moment in (bench.world.clock.now(), scheduled.starts_at):
            bench.world.clock.advance_to(moment)
            seen = (await bench.again(listing)).offer(offer.offer)
            assert seen is not None
            assert (seen.price, seen.scheduled) == (offer.price, scheduled)

    @on_bench
    async def test_a_scheduled_price_is_changed_and_taken_away(self, bench: Bench) -> None:
        self.needs(bench, SchedulesPrices)
        listing, offer = await bench.first()
        first = _later(bench, offer)
        second = _later(bench, offer, "0.8")
        for wanted in (first, second, NOTHING):
            fresh = await bench.again(listing)
            await _schedule(bench, fresh, offer, wanted)
            seen = (await bench.again(listing)).offer(offer.offer)
            assert seen is not None
            assert seen.scheduled == wanted
        bench.world.clock.advance_to(first.starts_at)
        assert _paid(bench, offer) == offer.price

    @on_bench
    async def test_a_price_is_written_beside_a_scheduled_one(self, bench: Bench) -> None:
        self.needs(bench, SchedulesPrices)
        listing, offer = await bench.first()
        assert offer.price is not None
        scheduled, dearer = _later(bench, offer), offer.price.scaled(Decimal("1.1"))
        await _schedule(bench, listing, offer, scheduled)
        fresh = await bench.again(listing)
        await bench.adapter.write_prices([PriceWrite(fresh, (OfferPrice(offer, dearer),))])
        seen = (await bench.again(listing)).offer(offer.offer)
        assert seen is not None
        assert (seen.price, seen.scheduled) == (dearer, scheduled)
        bench.world.clock.advance_to(scheduled.ends_at)
        assert _paid(bench, offer) == dearer

    @on_bench
    async def test_one_that_is_no_discount_is_rejected_with_a_reason(self, bench: Bench) -> None:
        self.needs(bench, SchedulesPrices)
        listing, offer = await bench.first()
        write = ScheduleWrite(listing, offer, _later(bench, offer, "1.1"))
        (outcome,) = await bench.adapter.schedule_prices([write])
        assert outcome.result is Result.REJECTED
        assert outcome.code or outcome.words


def _later(bench: Bench, offer: Offer, share: str = "0.9") -> Scheduled:
    assert offer.price is not None
    starts_at = bench.world.now + timedelta(days=2)
    return Scheduled(offer.price.scaled(Decimal(share)), starts_at, starts_at + timedelta(hours=6))


async def _schedule(
    bench: Bench, listing: Listing, offer: Offer, wanted: Scheduled | Nothing
) -> None:
    (outcome,) = await bench.adapter.schedule_prices([ScheduleWrite(listing, offer, wanted)])
    assert (outcome.listing, outcome.offer) == (listing.listing, offer.offer)
    assert outcome.result in _TAKEN


def _paid(bench: Bench, offer: Offer) -> Money:
    (found,) = (each for each in bench.simulator.offers() if each.offer == offer.offer)
    return found.price
