"""Writing: exactly what was asked, item by item, and nothing beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.core.cell import NOTHING, Field
from mercer.core.contract import (
    ContentWrite,
    CreatesListings,
    DraftOffer,
    ItemOutcome,
    ListingDraft,
    OfferPrice,
    PriceWrite,
    StatusWrite,
    StockWrite,
    WritesContent,
    WritesPrices,
    WritesStatus,
    WritesStock,
)
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.money import Money
from mercer.core.outcome import Result
from mercer.plugins.simulation import Edit
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract

TAKEN = (Result.ACCEPTED, Result.CONFIRMED)


class WritingContract(Contract):
    @on_bench
    async def test_prices_arrive_and_no_other_offer_moves(self, bench: Bench) -> None:
        self.needs(bench, WritesPrices)
        shop = await bench.shop()
        listing = max(shop.values(), key=lambda each: len(each.offers))
        before = {each.offer: each.price for each in bench.simulator.offers()}
        wanted = {offer.offer: _dearer(offer) for offer in listing.offers}
        outcomes = await bench.adapter.write_prices(
            [_write(listing, [(offer, wanted[offer.offer]) for offer in listing.offers])]
        )
        assert _results(outcomes) == {(listing.listing, id): True for id in wanted}
        after = {each.offer: each.price for each in bench.simulator.offers()}
        assert after == before | wanted

    @on_bench
    async def test_a_price_can_go_up_and_down_alone_in_its_listing(self, bench: Bench) -> None:
        self.needs(bench, WritesPrices)
        shop = await bench.shop()
        listing = max(shop.values(), key=lambda each: len(each.offers))
        for offer in listing.offers:
            for price in (_dearer(offer), offer.price):
                assert price is not None
                fresh = await bench.again(listing)
                await bench.adapter.write_prices([_write(fresh, [(offer, price)])])
                shown = {each.offer: each.price for each in bench.simulator.offers()}
                assert shown[offer.offer] == price

    @on_bench
    async def test_a_compare_at_price_is_set_and_cleared(self, bench: Bench) -> None:
        self.needs(bench, WritesPrices)
        if Field.COMPARE_AT not in bench.adapter.declared.fields:
            self._lacks(bench, Field.COMPARE_AT)
        listing, offer = await bench.first()
        strike = _dearer(offer)
        for compare_at in (strike, NOTHING):
            fresh = await bench.again(listing)
            write = PriceWrite(fresh, (OfferPrice(offer, None, compare_at),))
            await bench.adapter.write_prices([write])
            seen = (await bench.again(listing)).offer(offer.offer)
            assert seen is not None
            assert (seen.price, seen.compare_at) == (offer.price, compare_at)

    @on_bench
    async def test_a_bad_price_never_sinks_the_good_ones(self, bench: Bench) -> None:
        self.needs(bench, WritesPrices)
        shop = await bench.shop()
        listing = max(shop.values(), key=lambda each: len(each.offers))
        good, bad = listing.offers[0], replace(listing.offers[-1], offer="1", refs={})
        whole = bench.adapter.declared.groups.get("price") == "listing"
        if whole or len(listing.offers) == 1:
            # One listing is one group here: the bad one may take its own group with it.
            other = next(each for each in shop.values() if each.listing != listing.listing)
            writes = [_write(listing, [(bad, _dearer(good))]), _write(other, _first_dearer(other))]
            good = other.offers[0]
        else:
            writes = [_write(listing, [(good, _dearer(good)), (bad, _dearer(good))])]
        outcomes = {each.offer: each for each in await bench.adapter.write_prices(writes)}
        assert outcomes[bad.offer].result is Result.REJECTED
        assert outcomes[bad.offer].code or outcomes[bad.offer].words
        assert outcomes[good.offer].result in TAKEN
        shown = {each.offer: each.price for each in bench.simulator.offers()}
        assert shown[good.offer] == _dearer(good)

    @on_bench
    async def test_stock_is_set_to_the_very_number(self, bench: Bench) -> None:
        self.needs(bench, WritesStock)
        listing, offer = await bench.first()
        for quantity in (offer.stock[0].quantity + 5, 1):
            fresh = await bench.again(listing)
            write = _stock(fresh, offer, quantity)
            outcomes = await bench.adapter.write_stock([write], f"key-{quantity}")
            assert _results(outcomes) == {(listing.listing, offer.offer): True}
            shown = {each.offer: each.quantity for each in bench.simulator.offers()}
            assert shown[offer.offer] == quantity

    @on_bench
    async def test_a_lost_race_for_stock_is_told_and_changes_nothing(self, bench: Bench) -> None:
        self.needs(bench, WritesStock)
        if not bench.adapter.declared.compare_and_set_stock:
            self._lacks(bench, Field.STOCK)
        listing, offer = await bench.first()
        bench.simulator.order([(offer.merchant_code or "", 1)])
        write = _stock(listing, offer, 500)
        (outcome,) = await bench.adapter.write_stock([write], "key-race")
        assert outcome.result is Result.STALE
        shown = {each.offer: each.quantity for each in bench.simulator.offers()}
        assert shown[offer.offer] == offer.stock[0].quantity - 1

    @on_bench
    async def test_a_bad_stock_line_never_sinks_the_good_ones(self, bench: Bench) -> None:
        self.needs(bench, WritesStock)
        listing, good = await bench.first()
        bad = replace(good, offer="1", refs=dict.fromkeys(good.refs, "1"))
        writes = [_stock(listing, bad, 7), _stock(listing, good, 7)]
        outcomes = {each.offer: each for each in await bench.adapter.write_stock(writes, "key")}
        assert outcomes[bad.offer].result is Result.REJECTED
        assert outcomes[good.offer].result in TAKEN
        shown = {each.offer: each.quantity for each in bench.simulator.offers()}
        assert shown[good.offer] == 7

    @on_bench
    async def test_a_listing_goes_off_the_shelf_and_back(self, bench: Bench) -> None:
        self.needs(bench, WritesStatus)
        listing, _ = await bench.first()
        for status in (ListingStatus.DELISTED, ListingStatus.LISTED):
            fresh = await bench.again(listing)
            outcomes = await bench.adapter.write_status([StatusWrite(fresh, status)])
            assert _results(outcomes) == {(listing.listing, ""): True}
            assert (await bench.again(listing)).status is status

    @on_bench
    async def test_title_and_description_arrive_in_any_script(self, bench: Bench) -> None:
        self.needs(bench, WritesContent)
        listing, _ = await bench.first()
        title, text = "轻便 Shirt & <bold>", "<p>第一行<br>second line, 50 % &amp; more</p>"
        outcomes = await bench.adapter.write_content([ContentWrite(listing, title, text)])
        assert _results(outcomes) == {(listing.listing, ""): True}
        fresh = await bench.again(listing)
        assert (fresh.title, fresh.description) == (title, text)

    @on_bench
    async def test_content_that_is_not_named_is_left_as_it_is(self, bench: Bench) -> None:
        self.needs(bench, WritesContent)
        listing, _ = await bench.first()
        await bench.adapter.write_content([ContentWrite(listing, title="Only the title")])
        fresh = await bench.again(listing)
        assert (fresh.title, fresh.description) == ("Only the title", listing.description)

    @on_bench
    async def test_making_a_listing_twice_makes_it_once(self, bench: Bench) -> None:
        self.needs(bench, CreatesListings)
        draft = _draft(bench.channel.currency)
        first = await bench.adapter.create_listing(draft)
        second = await bench.adapter.create_listing(draft)
        assert first.listing == second.listing
        made = [each for each in bench.simulator.offers() if each.listing == first.listing]
        assert {(each.merchant_code, each.price, each.quantity) for each in made} == {
            (offer.sku, offer.price, offer.quantity or 0) for offer in draft.offers
        }
        fresh = await bench.again(first)
        assert (fresh.status, fresh.title) == (ListingStatus.LISTED, draft.title)

    @on_bench
    async def test_an_edit_after_the_read_is_not_undone_by_another_field(
        self, bench: Bench
    ) -> None:
        self.needs(bench, WritesContent)
        listing, offer = await bench.first()
        bench.simulator.edit(offer.merchant_code or "", Edit(quantity=2))
        await bench.adapter.write_content([ContentWrite(listing, title="Another title")])
        shown = {each.offer: each.quantity for each in bench.simulator.offers()}
        assert shown[offer.offer] == 2

    @staticmethod
    def _lacks(bench: Bench, field: Field) -> None:
        pytest.skip(f"{bench.platform.name} declares no such thing for {field.value}")


def _dearer(offer: Offer) -> Money:
    assert offer.price is not None
    return offer.price + Money.of(3, offer.price.currency)


def _first_dearer(listing: Listing) -> list[tuple[Offer, Money]]:
    return [(listing.offers[0], _dearer(listing.offers[0]))]


def _write(listing: Listing, prices: list[tuple[Offer, Money]]) -> PriceWrite:
    return PriceWrite(listing, tuple(OfferPrice(offer, price) for offer, price in prices))


def _stock(listing: Listing, offer: Offer, quantity: int) -> StockWrite:
    shown = listing.offer(offer.offer) or offer
    seen = shown.stock[0]
    return StockWrite(listing, offer, seen.location, quantity, seen.quantity)


def _results(outcomes: list[ItemOutcome]) -> dict[tuple[str, str], bool]:
    return {(each.listing, each.offer): each.result in TAKEN for each in outcomes}


def _draft(currency: str) -> ListingDraft:
    return ListingDraft(
        "bench-draft",
        "Bench 新品",
        "<p>New</p>",
        ListingStatus.LISTED,
        (
            DraftOffer(
                "BENCH-S",
                Money.of(20, currency),
                Money.of(25, currency),
                options=(("Size", "S"),),
                quantity=4,
            ),
            DraftOffer("BENCH-M", Money.of(21, currency), options=(("Size", "M"),), quantity=0),
        ),
    )
