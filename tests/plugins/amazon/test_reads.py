from __future__ import annotations

import httpx
import pytest

from mercer.core.errors import ProtocolBroken, Transient
from mercer.plugins.amazon.reports import skus

from .conftest import Rig, listings, product

LARGE = [f"SKU-{n:04}" for n in range(1010)]


async def test_a_small_catalogue_is_paged_and_complete(rig: Rig) -> None:
    rig.simulator.seed([product(*(f"SKU-{n}" for n in range(45)))])
    pages = [page async for page in rig.adapter().read_listings()]
    assert [len(page.listings) for page in pages] == [20, 20, 5]
    assert [page.complete for page in pages] == [False, False, True]


async def test_an_empty_account_is_a_complete_answer(rig: Rig) -> None:
    pages = [page async for page in rig.adapter().read_listings()]
    assert [(page.listings, page.complete) for page in pages] == [((), True)]


async def test_an_item_that_vanished_during_the_walk_leaves_it_incomplete(rig: Rig) -> None:
    rig.simulator.seed([product(*(f"SKU-{n:02}" for n in range(45)))])
    pages = []
    async for page in rig.adapter().read_listings():
        pages.append(page)
        rig.simulator.shop.items.pop("SKU-44", None)
    assert not pages[-1].complete


async def test_above_the_reach_of_search_a_report_tells_which_skus_there_are(rig: Rig) -> None:
    rig.simulator.seed([product(*LARGE)])
    pages = [page async for page in rig.adapter().read_listings()]
    read = [listing.listing for page in pages for listing in page.listings]
    assert sorted(read) == LARGE
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
    assert len(rig.recorder.of("POST", "/reports/")) == 1


async def test_titles_are_those_of_the_listings_not_the_ones_that_the_report_mangles(
    rig: Rig,
) -> None:
    rig.simulator.seed([product(*LARGE, title='轻便 "Mug"')])
    shop = await listings(rig.adapter())
    assert shop["SKU-0007"].title == '轻便 "Mug"'


async def test_a_sku_younger_than_a_report_from_the_cache_is_not_missed(rig: Rig) -> None:
    rig.simulator.seed([product(*LARGE)])
    await listings(rig.adapter())
    rig.clock.advance(600)
    rig.simulator.seed([product("NEW")])
    rig.item("NEW").created = rig.clock.now()
    assert "NEW" in await listings(rig.adapter())


async def test_a_sku_that_the_report_cannot_spell_keeps_the_shop_incomplete(rig: Rig) -> None:
    rig.simulator.seed([product(*LARGE, "ZZ-茶")])
    rig.item("ZZ-茶").created = rig.clock.now().replace(year=2020)
    pages = [page async for page in rig.adapter().read_listings()]
    assert not pages[-1].complete
    assert [each.id for page in pages for each in page.unreadable] == ["ZZ-?"]


async def test_a_report_that_never_ends_is_given_up(rig: Rig) -> None:
    rig.simulator.seed([product(*LARGE)])
    adapter = rig.adapter()

    def stall(_: object) -> None:
        for job in rig.simulator.shop.reports.values():
            job.ended = rig.clock.now().replace(year=2030)

    rig.recorder.before = stall
    with pytest.raises(Transient, match="not done"):
        await listings(adapter)


@pytest.mark.parametrize("charset", ["Cp1252", "windows-31j", "cp932", "no-such-charset", "UTF-8"])
def test_a_report_is_read_in_the_charset_that_storage_names(charset: str) -> None:
    table = 'item-name\tseller-sku\tstatus\r\n27" screen\tA-1\tActive\r\n\r\n'
    assert skus(table.encode(), charset) == ("A-1",)


def test_columns_are_found_by_name_wherever_they_stand() -> None:
    table = "\ufeffseller-sku\titem-name\nテスト-1\t品\n"
    assert skus(table.encode("utf-8"), "utf-8") == ("テスト-1",)


def test_a_japanese_report_keeps_its_characters() -> None:
    table = "商品名\tseller-sku\r\n湯呑み\t茶-1\r\n"
    assert skus(table.encode("cp932"), "windows-31j") == ("茶-1",)


def test_a_report_without_skus_breaks_the_contract() -> None:
    with pytest.raises(ProtocolBroken, match="seller-sku"):
        skus(b"item-name\tprice\n", "cp1252")


async def test_an_item_that_cannot_be_understood_is_set_aside(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    rig.item("A").newest.attributes["purchasable_offer"] = [{"our_price": "odd"}]
    (page,) = [page async for page in rig.adapter().read_listings()]
    assert [each.id for each in page.unreadable] == ["A"]
    assert not page.complete
    with pytest.raises(ProtocolBroken, match="A"):
        await rig.adapter().read_back(["A"])


async def test_more_skus_created_since_a_report_than_search_reaches_stop_the_read(rig: Rig) -> None:
    rig.simulator.seed([product(*LARGE)])
    for item in rig.simulator.shop.items.values():
        item.created = rig.clock.now()
    with pytest.raises(ProtocolBroken, match="1010 SKUs were created"):
        await listings(rig.adapter())


@pytest.mark.parametrize("outcome", ["FATAL", "CANCELLED"])
async def test_a_report_that_ends_without_a_document_is_never_an_empty_shop(
    rig: Rig, outcome: str
) -> None:
    rig.simulator.seed([product(*LARGE)])

    def end(_: object) -> None:
        for job in rig.simulator.shop.reports.values():
            job.outcome = outcome

    rig.recorder.before = end
    with pytest.raises(Transient):
        await listings(rig.adapter())


async def test_a_report_that_lacks_skus_which_search_counted_proves_nothing_gone(rig: Rig) -> None:
    rig.simulator.seed([product(*LARGE)])

    def shorten(_: object) -> None:
        for document in rig.simulator.shop.documents.values():
            document.text = "\n".join((document.text or "").splitlines()[:500])

    rig.recorder.before = shorten
    pages = [page async for page in rig.adapter().read_listings()]
    assert not any(page.complete for page in pages)


async def test_amazons_stock_is_read_fifty_skus_at_a_time(rig: Rig) -> None:
    skus = [f"SKU-{n:02}" for n in range(60)]
    rig.simulator.seed([product(*skus)])
    for sku in skus:
        rig.simulator.fulfil_by_amazon(sku, 3)
    read = await rig.adapter().read_back(skus)
    assert {each.offers[0].stock[0].quantity for each in read} == {3}
    assert len(rig.recorder.of("GET", "/fba/")) == 2


async def test_what_search_does_not_show_is_gone_only_if_its_path_says_so(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    wire_of = rig.recorder.inner

    class Blind(httpx.AsyncBaseTransport):
        """A search index that has forgotten every item."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await wire_of.handle_async_request(request)
            if "identifiers" in str(request.url):
                return httpx.Response(200, json={"numberOfResults": 0, "items": []})
            return response

    rig.recorder.inner = Blind()
    read = await rig.adapter().read_back(["A", "GONE", "B"])
    assert [each.listing for each in read] == ["A", "B"]
