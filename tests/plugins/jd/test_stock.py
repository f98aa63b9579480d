from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.core.contract import StatusWrite
from mercer.core.errors import Transient, Unsupported
from mercer.core.listing import ListingStatus
from mercer.core.outcome import Result
from mercer.plugins.jd.simulator import goods
from mercer.plugins.simulation import FaultKind

from .bench import Bench, mug, stock_writes, tee

SET = "jingdong.ware.stock.sku.set"
RETIRED = "jingdong.stock.write.updateSkuStock"


def shown(bench: Bench) -> list[int]:
    return [truth.quantity for truth in bench.simulator.offers()]


async def test_stock_of_many_wares_is_set_in_one_call_and_is_not_confirmed_by_its_answer(
    either: Bench,
) -> None:
    either.stock_with(tee(S=("99.00", 5), M=("99.00", 5)), mug())
    found = await either.listings()
    either.wire.calls.clear()
    writes = [*stock_writes(found["示例T恤"], [7, 0]), *stock_writes(found["杯子"], [3])]
    outcomes = await either.adapter.write_stock(writes, "key")
    assert {each.result for each in outcomes} == {Result.ACCEPTED}
    assert [each.offer for each in outcomes] == [write.offer.offer for write in writes]
    assert len(either.wire.calls) == 1
    assert shown(either) == [7, 0, 3]


async def test_a_sku_that_fails_inside_an_outer_success_is_refused_alone(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5), M=("99.00", 5)))
    listing = (await jd.listings())["示例T恤"]
    for number in range(8):  # the answer names all SKUs or only those that failed
        writes = stock_writes(listing, [-1, 9])
        outcomes = await jd.adapter.write_stock(writes, f"key-{number}")
        assert [each.result for each in outcomes] == [Result.REJECTED, Result.ACCEPTED]
        assert "库存" in outcomes[0].words
    assert jd.wire.calls.count(SET) == 8
    assert shown(jd) == [5, 9]


async def test_a_call_that_is_refused_whole_is_sent_again_sku_by_sku(either: Bench) -> None:
    either.stock_with(*(mug(f"杯子{number}") for number in range(31)))
    listings = (await either.listings()).values()
    writes = [write for listing in listings for write in stock_writes(listing, [4])]
    outcomes = await either.adapter.write_stock(writes, "key")
    assert {each.result for each in outcomes} == {Result.ACCEPTED}
    assert shown(either) == [4] * 31


async def test_the_newer_gateway_tells_which_sku_was_refused(sp: Bench) -> None:
    sp.stock_with(tee(S=("99.00", 5), M=("99.00", 5)))
    listing = (await sp.listings())["示例T恤"]
    outcomes = await sp.adapter.write_stock(stock_writes(listing, [-1, 9]), "key")
    assert [each.result for each in outcomes] == [Result.REJECTED, Result.ACCEPTED]
    assert shown(sp) == [5, 9]


async def test_where_the_call_is_not_to_be_had_the_retired_one_stands_in(jd: Bench) -> None:
    jd.stock_with(tee(S=("99.00", 5), M=("99.00", 5)))
    listing = (await jd.listings())["示例T恤"]
    jd.simulator.shop.denied.add(SET)
    jd.wire.calls.clear()
    outcomes = await jd.adapter.write_stock(stock_writes(listing, [-1, 9]), "key")
    assert [each.result for each in outcomes] == [Result.REJECTED, Result.ACCEPTED]
    assert jd.wire.calls == [SET, RETIRED, RETIRED]
    assert shown(jd) == [5, 9]


async def test_where_neither_call_is_to_be_had_stock_is_unsupported(jd: Bench) -> None:
    jd.stock_with(mug())
    listing = (await jd.listings())["杯子"]
    jd.simulator.shop.withdrawn |= {SET, RETIRED}
    with pytest.raises(Unsupported):
        await jd.adapter.write_stock(stock_writes(listing, [1]), "key")


async def test_another_warehouse_is_refused(either: Bench) -> None:
    either.stock_with(mug())
    listing = (await either.listings())["杯子"]
    either.adapter = either.connected(store_id="7")
    (outcome,) = await either.adapter.write_stock(stock_writes(listing, [1]), "key")
    assert outcome.result is Result.REJECTED
    assert "仓库" in outcome.words
    either.simulator.shop.store_id = 7
    (outcome,) = await either.adapter.write_stock(stock_writes(listing, [1]), "other key")
    assert outcome.result is Result.ACCEPTED
    assert shown(either) == [1]


async def test_a_lost_write_shows_only_when_read_back(either: Bench) -> None:
    either.stock_with(mug())
    listing = (await either.listings())["杯子"]
    either.fault(FaultKind.LOST_WRITE)
    (outcome,) = await either.adapter.write_stock(stock_writes(listing, [3]), "key")
    assert outcome.result is Result.ACCEPTED
    assert (await either.read_again(listing)).offers[0].stock[0].quantity == 8


@pytest.mark.parametrize("kind", [FaultKind.ERROR_AFTER, FaultKind.ERROR_BEFORE, FaultKind.TIMEOUT])
async def test_a_write_in_doubt_is_not_sent_again(either: Bench, kind: FaultKind) -> None:
    either.stock_with(mug())
    listing = (await either.listings())["杯子"]
    either.wire.calls.clear()
    either.fault(kind)
    with pytest.raises(Transient) as caught:
        await either.adapter.write_stock(stock_writes(listing, [3]), "key")
    assert caught.value.in_doubt
    assert len(either.wire.calls) == 1


async def test_a_sale_in_the_meantime_is_overwritten_by_an_absolute_number(either: Bench) -> None:
    either.stock_with(mug())
    listing = (await either.listings())["杯子"]
    either.simulator.order([("杯子-code", 2)])
    await either.adapter.write_stock(stock_writes(listing, [5]), "key")
    assert shown(either) == [5]


# ---------------------------------------------------------------- the shelf


async def test_a_listing_goes_off_the_shelf_and_back_with_its_stock(either: Bench) -> None:
    either.stock_with(tee(S=("99.00", 5)))
    (listing,) = (await either.listings()).values()
    for status in (ListingStatus.DELISTED, ListingStatus.LISTED):
        (outcome,) = await either.adapter.write_status([StatusWrite(listing, status)])
        assert (outcome.result, outcome.offer) == (Result.ACCEPTED, "")
        listing = await either.read_again(listing)
        assert listing.status is status
    assert shown(either) == [5]


async def test_what_the_platform_took_down_cannot_go_back(either: Bench) -> None:
    either.stock_with(mug("甲"), mug("乙"))
    found = await either.listings()
    (first, _) = either.simulator.shop.wares.values()
    goods.take_down(first, either.clock.now())
    writes = [StatusWrite(found[title], ListingStatus.LISTED) for title in ("甲", "乙")]
    outcomes = await either.adapter.write_status(writes)
    assert [each.result for each in outcomes] == [Result.REJECTED, Result.ACCEPTED]
    assert "系统下架" in outcomes[0].words


async def test_an_audit_shows_beside_the_shelf_and_not_instead_of_it(jd: Bench) -> None:
    jd.stock_with(mug())
    jd.simulator.shop.audit_seconds = 60
    listing = (await jd.listings())["杯子"]
    await jd.adapter.write_status([StatusWrite(listing, ListingStatus.LISTED)])
    pending = await jd.read_again(listing)
    assert (pending.status, pending.refs["ware_status"]) == (ListingStatus.LISTED, "520")
    jd.clock.advance(60)
    assert (await jd.read_again(listing)).refs["ware_status"] == "8"


async def test_a_listing_that_is_gone_is_refused(either: Bench) -> None:
    either.stock_with(mug())
    listing = replace((await either.listings())["杯子"], listing="42")
    (outcome,) = await either.adapter.write_status([StatusWrite(listing, ListingStatus.DELISTED)])
    assert outcome.result is Result.REJECTED
