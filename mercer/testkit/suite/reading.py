"""Reading a shop: whole, by id, and exactly as it is."""

from __future__ import annotations

from dataclasses import replace

from mercer.core.contract import ReadsBack, ReadsListings, ReadsStock
from mercer.core.listing import readings
from mercer.plugins.simulation import Edit
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract


class ReadingContract(Contract):
    @on_bench
    async def test_the_whole_shop_is_read_as_it_is(self, bench: Bench) -> None:
        shop = await bench.shop()
        read = {
            (listing.listing, offer.offer): (
                offer.merchant_code,
                offer.price,
                sum(stock.quantity for stock in offer.stock),
            )
            for listing in shop.values()
            for offer in listing.offers
        }
        truth = {
            (each.listing, each.offer): (each.merchant_code, each.price, each.quantity)
            for each in bench.simulator.offers()
        }
        assert read == truth

    @on_bench
    async def test_only_the_last_page_says_that_nothing_was_left_out(self, bench: Bench) -> None:
        assert isinstance(bench.adapter, ReadsListings)
        pages = [page async for page in bench.adapter.read_listings()]
        assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
        assert [page.unreadable for page in pages if page.unreadable] == []

    @on_bench
    async def test_what_is_off_the_shelf_is_read_too(self, bench: Bench) -> None:
        listing, offer = await bench.first()
        bench.simulator.edit(offer.merchant_code or "", Edit(listed=False))
        await bench.world.clock.sleep(bench.adapter.declared.settle.total_seconds())
        shop = await bench.shop()
        assert shop[listing.listing].status.value == "delisted"

    @on_bench
    async def test_reading_back_agrees_with_reading_the_whole(self, bench: Bench) -> None:
        self.needs(bench, ReadsBack)
        shop = await bench.shop()
        ids = list(shop)[: bench.adapter.declared.read_back]
        read = await bench.adapter.read_back(ids)
        assert {each.listing: list(readings(each)) for each in read} == {
            id: list(readings(shop[id])) for id in ids
        }

    @on_bench
    async def test_stock_read_by_itself_is_what_it_is_now(self, bench: Bench) -> None:
        self.needs(bench, ReadsStock)
        listing, offer = await bench.first()
        bench.simulator.edit(offer.merchant_code or "", Edit(quantity=2, title="Renamed 改名"))
        await bench.world.clock.sleep(bench.adapter.declared.settle.total_seconds())
        (fresh,) = await bench.adapter.read_stock([listing])
        again = await bench.again(listing)
        assert [each.stock for each in fresh.offers] == [each.stock for each in again.offers]
        assert fresh.title == listing.title

    @on_bench
    async def test_stock_of_a_listing_whose_offers_are_others_now_is_left_out(
        self, bench: Bench
    ) -> None:
        self.needs(bench, ReadsStock)
        listing, _ = await bench.first()
        fewer = replace(listing, offers=())
        assert await bench.adapter.read_stock([fewer]) == []

    @on_bench
    async def test_a_listing_that_does_not_exist_is_left_out(self, bench: Bench) -> None:
        listing, _ = await bench.first()
        stranger = str(int(listing.listing) + 999_999) if listing.listing.isdigit() else "nowhere"
        read = await bench.adapter.read_back([listing.listing, stranger])
        assert [each.listing for each in read] == [listing.listing]

    @on_bench
    async def test_a_back_office_edit_is_read(self, bench: Bench) -> None:
        listing, offer = await bench.first()
        assert offer.price is not None
        dearer = offer.price + offer.price
        edit = Edit(price=dearer, quantity=2, title="Renamed 改名")
        bench.simulator.edit(offer.merchant_code or "", edit)
        fresh = await bench.again(listing)
        seen = fresh.offer(offer.offer)
        assert seen is not None
        assert (seen.price, seen.stock[0].quantity, fresh.title) == (dearer, 2, "Renamed 改名")

    @on_bench
    async def test_prices_are_in_the_currency_of_the_channel(self, bench: Bench) -> None:
        shop = await bench.shop()
        currencies = {
            offer.price.currency
            for listing in shop.values()
            for offer in listing.offers
            if offer.price is not None
        }
        assert currencies == {bench.channel.currency}
