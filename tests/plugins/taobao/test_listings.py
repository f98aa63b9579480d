from __future__ import annotations

import json

import pytest

from mercer.core.errors import ProtocolBroken
from mercer.core.listing import DeductAt, ListingStatus
from mercer.core.stock import StockReading
from mercer.plugins.simulation import Edit

from .bench import Bench, cny, mug, tee


async def test_a_listing_shows_its_skus_with_prices_stock_and_options(taobao: Bench) -> None:
    taobao.stock_with(tee(S=("99.00", 5), M=("109.00", 0)))
    listing = (await taobao.listings())["示例T恤"]
    small, medium = listing.offers
    assert listing.status is ListingStatus.LISTED
    assert listing.code == "示例T恤-code"
    assert listing.description == "一件很好的T恤"
    assert small.merchant_code == "示例T恤-S"
    assert small.options == (("颜色", "黑"), ("尺码", "S"))
    assert (small.price, medium.price) == (cny("99.00"), cny("109.00"))
    assert (small.stock, medium.stock) == ((StockReading("", 5),), (StockReading("", 0),))
    assert small.deduct_at is DeductAt.ORDER
    assert int(small.offer) > 2**53


async def test_an_item_without_skus_is_one_offer_named_like_the_listing(taobao: Bench) -> None:
    taobao.stock_with(mug())
    listing = (await taobao.listings())["杯子"]
    (offer,) = listing.offers
    assert offer.offer == listing.listing
    assert offer.merchant_code == "杯子-code"
    assert offer.price == cny("25.00")
    assert offer.stock == (StockReading("", 8),)


async def test_the_whole_shop_has_what_is_sold_out_delisted_or_banned_too(taobao: Bench) -> None:
    taobao.stock_with(mug("在售"), mug("售罄", quantity=0), mug("下架"), mug("违规"))
    taobao.simulator.edit("下架-code", Edit(listed=False))
    banned = next(item for item in taobao.simulator.shop.items.values() if item.title == "违规")
    banned.onsale, banned.violation = False, True
    pages = await taobao.pages()
    assert pages[-1].complete
    statuses = {each.title: each.status for page in pages for each in page.listings}
    assert statuses == {
        "在售": ListingStatus.LISTED,
        "售罄": ListingStatus.SOLD_OUT,
        "下架": ListingStatus.DELISTED,
        "违规": ListingStatus.DELISTED,
    }


async def test_an_empty_shop_is_one_complete_page(taobao: Bench) -> None:
    (page,) = await taobao.pages()
    assert page.listings == ()
    assert page.complete


async def test_a_shop_of_many_pages_is_read_once_each_and_only_the_last_is_complete(
    taobao: Bench,
) -> None:
    taobao.stock_with(*(mug(f"杯子{number}") for number in range(430)))
    pages = await taobao.pages()
    titles = [each.title for page in pages for each in page.listings]
    assert len(titles) == len(set(titles)) == 430
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]


async def test_an_item_that_leaves_the_shelf_during_the_walk_hides_no_other(taobao: Bench) -> None:
    taobao.stock_with(*(mug(f"杯子{number}") for number in range(230)))
    items = list(taobao.simulator.shop.items.values())

    def take_one_down(params: dict[str, str]) -> None:
        second = params["method"] == "taobao.items.onsale.get" and params["page_no"] == "2"
        if second and items[-1].onsale:
            taobao.simulator.edit("杯子229-code", Edit(listed=False))

    taobao.wire.before = take_one_down
    pages = await taobao.pages()
    assert len({each.listing for page in pages for each in page.listings}) == 230
    assert pages[-1].complete


async def test_an_item_put_on_the_shelf_between_the_two_lists_is_found(taobao: Bench) -> None:
    taobao.stock_with(mug("甲"), mug("乙"))
    taobao.simulator.edit("乙-code", Edit(listed=False))

    def put_back(params: dict[str, str]) -> None:
        if params.get("banner") == "for_shelved":
            taobao.simulator.edit("乙-code", Edit(listed=True))

    taobao.wire.before = put_back
    assert set(await taobao.listings()) == {"甲", "乙"}


async def test_a_list_that_never_stands_still_is_not_complete(taobao: Bench) -> None:
    taobao.stock_with(*(mug(f"杯子{number}") for number in range(230)))
    left = iter(range(230))

    def take_one_down(params: dict[str, str]) -> None:
        if params["method"] == "taobao.items.onsale.get":
            taobao.simulator.edit(f"杯子{next(left)}-code", Edit(listed=False))

    taobao.wire.before = take_one_down
    pages = await taobao.pages()
    assert not any(page.complete for page in pages)


async def test_an_item_that_cannot_be_understood_is_named_and_the_others_are_read(
    taobao: Bench,
) -> None:
    taobao.stock_with(mug("好"), mug("坏"))
    bad = next(item for item in taobao.simulator.shop.items.values() if item.title == "坏")
    bad.title = ""
    (page,) = await taobao.pages()
    assert [each.title for each in page.listings] == ["好"]
    assert [each.id for each in page.unreadable] == [str(bad.num_iid)]
    assert "title" in page.unreadable[0].reason
    assert json.loads(page.unreadable[0].payload)["num_iid"] == bad.num_iid
    assert not page.complete


async def test_reading_back_leaves_out_what_is_gone_and_takes_more_than_one_call(
    taobao: Bench,
) -> None:
    taobao.stock_with(*(mug(f"杯子{number}") for number in range(25)))
    ids = [str(num_iid) for num_iid in taobao.simulator.shop.items]
    del taobao.simulator.shop.items[int(ids[3])]
    back = await taobao.adapter.read_back(ids)
    assert [each.listing for each in back] == [each for each in ids if each != ids[3]]


async def test_deleted_skus_are_left_out(taobao: Bench) -> None:
    taobao.stock_with(tee(S=("99.00", 5), M=("99.00", 5)))
    item = next(iter(taobao.simulator.shop.items.values()))
    item.skus[0].deleted = True
    listing = (await taobao.listings())["示例T恤"]
    assert [offer.offer for offer in listing.offers] == [str(item.skus[1].sku_id)]


async def test_tmall_takes_stock_when_paid_and_shows_what_is_held(tmall: Bench) -> None:
    tmall.stock_with(tee(S=("99.00", 5)))
    tmall.simulator.order([("示例T恤-S", 2)], paid=False)
    offer = (await tmall.listings())["示例T恤"].offers[0]
    assert offer.deduct_at is DeductAt.PAYMENT
    assert offer.stock == (StockReading("", 5, held=2),)


async def test_reading_back_what_cannot_be_understood_does_not_pass_it_off_as_gone(
    taobao: Bench,
) -> None:
    taobao.stock_with(mug())
    (item,) = taobao.simulator.shop.items.values()
    item.title = ""
    with pytest.raises(ProtocolBroken, match=str(item.num_iid)):
        await taobao.adapter.read_back([str(item.num_iid)])
