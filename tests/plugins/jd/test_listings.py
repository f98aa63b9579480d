from __future__ import annotations

from typing import Any

import pytest

from mercer.core.errors import ProtocolBroken, Transient
from mercer.core.listing import ListingStatus
from mercer.core.stock import StockReading
from mercer.plugins.jd import reads
from mercer.plugins.jd.simulator import goods
from mercer.plugins.simulation import Edit

from .bench import Bench, cny, mug, tee


async def test_a_listing_shows_its_skus_with_prices_and_stock(either: Bench) -> None:
    either.stock_with(tee(S=("99.00", 5), M=("109.50", 0)))
    listing = (await either.listings())["示例T恤"]
    small, medium = listing.offers
    assert listing.status is ListingStatus.LISTED
    assert listing.code == "示例T恤-code"
    assert small.merchant_code == "示例T恤-S"
    assert (small.price, medium.price) == (cny("99.00"), cny("109.50"))
    assert (small.stock, medium.stock) == ((StockReading("", 5),), (StockReading("", 0),))
    assert int(small.offer) > 2**53


async def test_the_classic_gateway_tells_options_and_description(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5)))
    listing = (await jd.listings())["示例T恤"]
    assert [value for _, value in listing.offers[0].options] == ["黑", "S"]
    assert listing.description == "一件很好的T恤"


async def test_the_whole_shop_has_what_is_empty_delisted_or_taken_down_too(either: Bench) -> None:
    either.stock_with(mug("在售"), mug("售罄", quantity=0), mug("下架"), mug("违规"))
    either.simulator.edit("下架-code", Edit(listed=False))
    banned = next(ware for ware in either.simulator.shop.wares.values() if ware.title == "违规")
    goods.take_down(banned, either.clock.now())
    pages = await either.pages()
    assert pages[-1].complete
    statuses = {each.title: each.status for page in pages for each in page.listings}
    assert statuses == {
        "在售": ListingStatus.LISTED,
        "售罄": ListingStatus.LISTED,
        "下架": ListingStatus.DELISTED,
        "违规": ListingStatus.DELISTED,
    }


async def test_an_empty_shop_is_one_complete_page(either: Bench) -> None:
    (page,) = await either.pages()
    assert page.listings == ()
    assert page.complete


async def test_a_shop_of_many_pages_is_read_once_each_and_only_the_last_is_complete(
    either: Bench,
) -> None:
    either.stock_with(*(mug(f"杯子{number}") for number in range(130)))
    pages = await either.pages()
    titles = [each.title for page in pages for each in page.listings]
    assert len(titles) == len(set(titles)) == 130
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]


async def test_a_ware_that_goes_during_the_walk_hides_no_other(jd: Bench) -> None:
    jd.stock_with(*(mug(f"杯子{number}") for number in range(130)))
    first = next(iter(jd.simulator.shop.wares))

    def recycle(name: str, params: dict[str, Any]) -> None:
        if name.endswith("searchWare4Valid") and params["pageNo"] == 2:
            jd.simulator.shop.wares.pop(first, None)

    jd.wire.before = recycle
    pages = await jd.pages()
    assert len({each.listing for page in pages for each in page.listings}) >= 129
    assert pages[-1].complete


async def test_a_list_that_never_stands_still_is_not_complete(jd: Bench) -> None:
    jd.stock_with(*(mug(f"杯子{number}") for number in range(130)))

    def recycle(name: str, _params: dict[str, Any]) -> None:
        if name.endswith("searchWare4Valid"):
            jd.simulator.shop.wares.popitem()

    jd.wire.before = recycle
    assert not any(page.complete for page in await jd.pages())


async def test_a_shop_too_large_to_be_walked_is_cut_in_two_by_time(
    jd: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "_DEEPEST", 60)
    for number in range(3):
        jd.stock_with(*(mug(f"杯子{number}-{each}") for each in range(50)))
        jd.clock.advance(7 * 24 * 3600)
    pages = await jd.pages()
    assert len({each.listing for page in pages for each in page.listings}) == 150
    assert pages[-1].complete


async def test_a_shop_that_cannot_be_cut_is_not_called_complete(
    jd: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "_DEEPEST", 60)
    jd.stock_with(*(mug(f"杯子{number}") for number in range(70)))
    assert not any(page.complete for page in await jd.pages())


async def test_a_ware_that_cannot_be_understood_is_named_and_the_others_are_read(
    either: Bench,
) -> None:
    either.stock_with(mug("好"), mug("坏"))
    bad = next(ware for ware in either.simulator.shop.wares.values() if ware.title == "坏")
    bad.status = 77
    (page,) = await either.pages()
    assert [each.title for each in page.listings] == ["好"]
    assert [each.id for each in page.unreadable] == [str(bad.ware_id)]
    assert "77" in page.unreadable[0].reason
    assert str(bad.skus[0].sku_id) in page.unreadable[0].payload
    assert not page.complete
    with pytest.raises(ProtocolBroken, match=str(bad.ware_id)):
        await either.adapter.read_back([str(bad.ware_id)])


async def test_reading_back_leaves_out_what_is_gone_and_takes_more_than_one_call(
    either: Bench,
) -> None:
    either.stock_with(*(mug(f"杯子{number}") for number in range(25)))
    ids = [str(ware) for ware in either.simulator.shop.wares]
    del either.simulator.shop.wares[int(ids[3])]
    back = await either.adapter.read_back(ids)
    assert {each.listing for each in back} == {each for each in ids if each != ids[3]}
    assert all(each.offers for each in back)


async def test_a_ware_of_more_skus_than_a_page_is_read_whole(either: Bench) -> None:
    sizes = {f"S{number}": ("99.00", number) for number in range(120)}
    either.stock_with(tee("示例T恤", **sizes))
    listing = (await either.listings())["示例T恤"]
    assert len(listing.offers) == 120
    assert len((await either.read_again(listing)).offers) == 120


async def test_wares_that_never_stand_still_are_not_read_back_in_part(jd: Bench) -> None:
    jd.stock_with(*(mug(f"杯子{number}") for number in range(3)))
    ids = [str(ware) for ware in jd.simulator.shop.wares]
    sizes = {f"S{number}": ("99.00", number) for number in range(120)}
    jd.stock_with(tee("示例T恤", **sizes))
    (*_, big) = jd.simulator.shop.wares.values()

    def delete(name: str, _params: dict[str, Any]) -> None:
        if name.endswith("searchSkuList"):
            big.live[0].deleted = True

    jd.wire.before = delete
    with pytest.raises(Transient):
        await jd.adapter.read_back([*ids, str(big.ware_id)])
