from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.core.contract import StatusWrite, StockWrite
from mercer.core.errors import Transient
from mercer.core.listing import ListingStatus
from mercer.core.outcome import Result
from mercer.plugins.simulation import Edit, FaultKind

from .bench import Bench, mug, stock_writes, tee


def shown(bench: Bench) -> list[int]:
    return [truth.quantity for truth in bench.simulator.offers()]


async def test_stock_of_many_skus_is_set_in_one_call_and_is_not_confirmed_by_its_echo(
    taobao: Bench,
) -> None:
    taobao.stock_with(tee(S=("99.00", 5), M=("99.00", 5)))
    listing = (await taobao.listings())["示例T恤"]
    taobao.wire.apis.clear()
    outcomes = await taobao.adapter.write_stock(stock_writes(listing, [7, 0]), "key")
    assert [each.result for each in outcomes] == [Result.ACCEPTED, Result.ACCEPTED]
    assert taobao.wire.apis == ["taobao.skus.quantity.update"]
    assert shown(taobao) == [7, 0]


async def test_stock_of_an_item_without_skus_is_set(taobao: Bench) -> None:
    taobao.stock_with(mug())
    listing = (await taobao.listings())["杯子"]
    (outcome,) = await taobao.adapter.write_stock(stock_writes(listing, [3]), "key")
    assert (outcome.result, outcome.offer) == (Result.ACCEPTED, listing.listing)
    assert shown(taobao) == [3]


async def test_a_number_below_what_unpaid_orders_hold_is_refused_and_the_others_are_set(
    tmall: Bench,
) -> None:
    tmall.stock_with(tee(S=("99.00", 5), M=("99.00", 5)))
    tmall.simulator.order([("示例T恤-S", 3)], paid=False)
    listing = (await tmall.listings())["示例T恤"]
    outcomes = await tmall.adapter.write_stock(stock_writes(listing, [2, 9]), "key")
    assert [each.result for each in outcomes] == [Result.REJECTED, Result.ACCEPTED]
    assert outcomes[0].code == "isv.error-inventory-invalid-item-quantity"
    assert "预扣库存" in outcomes[0].words
    assert shown(tmall) == [5, 9]


async def test_a_negative_number_is_refused(taobao: Bench) -> None:
    taobao.stock_with(mug())
    listing = (await taobao.listings())["杯子"]
    (outcome,) = await taobao.adapter.write_stock(stock_writes(listing, [-1]), "key")
    assert (outcome.result, outcome.code) == (Result.REJECTED, "isv.invalid-parameter:quantity")
    assert shown(taobao) == [8]


async def test_a_campaign_lock_refuses_every_sku_in_the_platforms_words(taobao: Bench) -> None:
    taobao.stock_with(tee(S=("99.00", 5), M=("99.00", 5)))
    listing = (await taobao.listings())["示例T恤"]
    next(iter(taobao.simulator.shop.items.values())).lock = "活动期间，禁止改库存"
    outcomes = await taobao.adapter.write_stock(stock_writes(listing, [1, 1]), "key")
    assert {(each.result, each.words) for each in outcomes} == {
        (Result.REJECTED, "活动期间，禁止改库存")
    }


async def test_a_lost_write_shows_only_when_read_back(taobao: Bench) -> None:
    taobao.stock_with(mug())
    listing = (await taobao.listings())["杯子"]
    taobao.fault(FaultKind.LOST_WRITE)
    (outcome,) = await taobao.adapter.write_stock(stock_writes(listing, [3]), "key")
    assert outcome.result is Result.ACCEPTED
    assert (await taobao.read_again(listing)).offers[0].stock[0].quantity == 8


@pytest.mark.parametrize("kind", [FaultKind.ERROR_AFTER, FaultKind.ERROR_BEFORE, FaultKind.TIMEOUT])
async def test_a_write_in_doubt_is_not_sent_again(taobao: Bench, kind: FaultKind) -> None:
    taobao.stock_with(mug())
    listing = (await taobao.listings())["杯子"]
    taobao.wire.apis.clear()
    taobao.fault(kind)
    with pytest.raises(Transient) as caught:
        await taobao.adapter.write_stock(stock_writes(listing, [3]), "key")
    assert caught.value.in_doubt
    assert len(taobao.wire.apis) == 1


async def test_the_last_unit_gone_takes_the_listing_off_the_shelf(taobao: Bench) -> None:
    taobao.stock_with(mug(quantity=1))
    taobao.simulator.order([("杯子-code", 1)])
    assert (await taobao.listings())["杯子"].status is ListingStatus.SOLD_OUT


@pytest.mark.parametrize("product", [mug(), tee(S=("99.00", 5))])
async def test_a_listing_goes_off_the_shelf_and_back(taobao: Bench, product: object) -> None:
    taobao.stock_with(product)  # type: ignore[arg-type]
    (listing,) = (await taobao.listings()).values()
    for status in (ListingStatus.DELISTED, ListingStatus.LISTED):
        (outcome,) = await taobao.adapter.write_status([StatusWrite(listing, status)])
        assert (outcome.result, outcome.offer) == (Result.ACCEPTED, "")
        listing = await taobao.read_again(listing)
        assert listing.status is status
    assert shown(taobao) in ([8], [5])


async def test_a_listing_without_stock_cannot_go_on_the_shelf(taobao: Bench) -> None:
    taobao.stock_with(mug(quantity=0))
    listing = (await taobao.listings())["杯子"]
    (outcome,) = await taobao.adapter.write_status([StatusWrite(listing, ListingStatus.LISTED)])
    assert outcome.result is Result.REJECTED
    assert "FORBIDDEN_QUANTITY_ZERO_ERROR" in outcome.code


async def test_unknown_stock_is_not_sent_as_zero_when_a_listing_goes_on_the_shelf(
    taobao: Bench,
) -> None:
    taobao.stock_with(mug())
    taobao.simulator.edit("杯子-code", Edit(listed=False))
    listing = (await taobao.listings())["杯子"]
    blind = replace(listing, offers=(replace(listing.offers[0], stock=()),))
    taobao.wire.apis.clear()
    (outcome,) = await taobao.adapter.write_status([StatusWrite(blind, ListingStatus.LISTED)])
    assert outcome.result is Result.REJECTED
    assert taobao.wire.apis == []


async def test_writes_of_two_items_are_two_calls(taobao: Bench) -> None:
    taobao.stock_with(mug("甲"), mug("乙"))
    found = await taobao.listings()
    writes: list[StockWrite] = [
        *stock_writes(found["甲"], [1]),
        *stock_writes(found["乙"], [2]),
    ]
    await taobao.adapter.write_stock(writes, "key")
    assert shown(taobao) == [1, 2]
