from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mercer.core.cell import NOTHING
from mercer.core.contract import OfferPrice, PriceWrite
from mercer.core.errors import AuthExpired, Transient, Unsupported
from mercer.core.listing import Listing
from mercer.core.money import Money
from mercer.core.outcome import Result
from mercer.plugins.simulation import FaultKind
from mercer.plugins.taobao.simulator.shop import Item

from .bench import Bench, cny, mug, price_write, tee


def shown(bench: Bench) -> list[str]:
    return [truth.price.plain for truth in bench.simulator.offers()]


def item(bench: Bench) -> Item:
    (only,) = bench.simulator.shop.items.values()
    return only


async def repriced(bench: Bench, listing: Listing, *prices: str | None) -> list[Result]:
    outcomes = await bench.adapter.write_prices([price_write(listing, prices)])
    assert [each.offer for each in outcomes] == [
        offer.offer for offer, price in zip(listing.offers, prices, strict=True) if price
    ]
    return [each.result for each in outcomes]


@pytest.mark.parametrize(
    "prices",
    [
        ("49.00", "59.00", "69.00"),
        ("149.00", "159.00", "169.00"),
        ("169.00", "159.00", "9.00"),
        ("120.00", "120.00", "120.00"),
    ],
)
async def test_all_prices_of_an_item_move_together_wherever_they_go(
    either: Bench, prices: tuple[str, ...]
) -> None:
    either.stock_with(tee(S=("99.00", 5), M=("109.00", 5), L=("119.00", 5)))
    listing = (await either.listings())["示例T恤"]
    assert await repriced(either, listing, *prices) == [Result.ACCEPTED] * 3
    assert shown(either) == list(prices)
    assert item(either).price == min(Money.of(price, "CNY").minor for price in prices)


@given(
    before=st.lists(st.integers(1, 50_000), min_size=1, max_size=6),
    data=st.data(),
)
@settings(max_examples=40)
async def test_any_move_of_any_skus_is_taken_and_leaves_the_item_price_at_the_lowest(
    before: list[int], data: st.DataObject
) -> None:
    after = data.draw(
        st.lists(
            st.none() | st.integers(1, 50_000), min_size=len(before), max_size=len(before)
        ).filter(any)
    )
    bench = Bench("C")
    sizes = {f"S{n}": (Money(price, "CNY").plain, 5) for n, price in enumerate(before)}
    bench.stock_with(tee("示例T恤", **sizes))
    listing = (await bench.listings())["示例T恤"]
    texts = [Money(price, "CNY").plain if price else None for price in after]
    assert set(await repriced(bench, listing, *texts)) == {Result.ACCEPTED}
    final = [new or old for new, old in zip(after, before, strict=True)]
    assert [truth.price.minor for truth in bench.simulator.offers()] == final
    assert item(bench).price == min(final)
    await bench.client.aclose()


async def test_the_boundary_sku_moves_with_the_item_price_beside_it(taobao: Bench) -> None:
    taobao.stock_with(tee(S=("5.00", 5), M=("10.00", 5)))
    listing = (await taobao.listings())["示例T恤"]
    assert await repriced(taobao, listing, "12.00", None) == [Result.ACCEPTED]
    assert shown(taobao) == ["12.00", "10.00"]
    assert item(taobao).price == 1000


async def test_without_the_item_price_the_platform_refuses_a_boundary_move(taobao: Bench) -> None:
    taobao.stock_with(tee(S=("5.00", 5), M=("10.00", 5)))
    sku = item(taobao).skus[0]
    outcomes = []
    for price in ("4.00", "6.00"):
        params = {
            "num_iid": str(item(taobao).num_iid),
            "properties": sku.properties,
            "price": price,
        }
        try:
            await taobao.top().call("taobao.item.sku.price.update", params, write=True)
            outcomes.append("taken")
        except Exception as error:
            outcomes.append(str(error))
    assert outcomes[0] == "taken"
    assert "IC_CHECKSTEP_ITME_SKU_PRICE_UNMATCH" in outcomes[1]


async def test_raises_are_sent_before_cuts(taobao: Bench) -> None:
    taobao.stock_with(tee(S=("50.00", 5), M=("60.00", 5)))
    listing = (await taobao.listings())["示例T恤"]
    sent: list[str] = []
    taobao.wire.before = lambda params: sent.append(params.get("price", ""))
    await repriced(taobao, listing, "40.00", "80.00")
    assert sent == ["80.00", "40.00"]


async def test_tmall_takes_the_item_and_its_skus_in_one_call(tmall: Bench) -> None:
    tmall.stock_with(tee(S=("99.00", 5), M=("109.00", 5)))
    listing = (await tmall.listings())["示例T恤"]
    tmall.wire.apis.clear()
    await repriced(tmall, listing, "89.00", "99.00")
    assert tmall.wire.apis == ["tmall.item.price.update"]


async def test_an_item_without_skus_is_repriced(either: Bench) -> None:
    either.stock_with(mug())
    listing = (await either.listings())["杯子"]
    assert await repriced(either, listing, "19.90") == [Result.ACCEPTED]
    assert shown(either) == ["19.90"]
    assert (await either.read_again(listing)).offers[0].price == cny("19.90")


async def test_a_price_that_the_platform_refuses_sinks_no_other(taobao: Bench) -> None:
    taobao.stock_with(tee(S=("50.00", 5), M=("60.00", 5)))
    listing = (await taobao.listings())["示例T恤"]
    gone = replace(listing.offers[0], refs={"properties": "1:1"})
    broken = replace(listing, offers=(gone, listing.offers[1]))
    results = await repriced(taobao, broken, "55.00", "70.00")
    assert results == [Result.REJECTED, Result.ACCEPTED]
    assert shown(taobao) == ["50.00", "70.00"]


async def test_a_campaign_lock_is_told_in_the_platforms_words(tmall: Bench) -> None:
    tmall.stock_with(mug())
    item(tmall).lock = "活动期间，禁止修改一口价"
    listing = (await tmall.listings())["杯子"]
    (outcome,) = await tmall.adapter.write_prices([price_write(listing, ["20.00"])])
    assert outcome.result is Result.REJECTED
    assert outcome.words == "活动期间，禁止修改一口价"
    assert outcome.code == "isv.item-is-locked"


async def test_an_unknown_price_of_another_sku_blocks_the_write(either: Bench) -> None:
    either.stock_with(tee(S=("50.00", 5), M=("60.00", 5)))
    listing = (await either.listings())["示例T恤"]
    blind = replace(listing, offers=(replace(listing.offers[0], price=None), listing.offers[1]))
    (outcome,) = await either.adapter.write_prices([price_write(blind, [None, "70.00"])])
    assert outcome.result is Result.REJECTED
    assert "not known" in outcome.words
    assert shown(either) == ["50.00", "60.00"]


async def test_a_price_in_another_currency_is_refused_before_it_is_sent(either: Bench) -> None:
    either.stock_with(mug())
    listing = (await either.listings())["杯子"]
    write = PriceWrite(listing, (OfferPrice(listing.offers[0], Money.of("9", "USD")),))
    (outcome,) = await either.adapter.write_prices([write])
    assert outcome.result is Result.REJECTED
    assert shown(either) == ["25.00"]


async def test_a_compare_at_price_is_unsupported(taobao: Bench) -> None:
    taobao.stock_with(mug())
    listing = (await taobao.listings())["杯子"]
    write = PriceWrite(listing, (OfferPrice(listing.offers[0], cny("20"), NOTHING),))
    with pytest.raises(Unsupported, match="划线价"):
        await taobao.adapter.write_prices([write])


async def test_a_batch_that_breaks_off_in_the_middle_is_in_doubt(taobao: Bench) -> None:
    taobao.stock_with(tee(S=("50.00", 5), M=("60.00", 5)))
    listing = (await taobao.listings())["示例T恤"]
    calls = iter(range(9))

    def expire(params: dict[str, str]) -> None:
        if next(calls) == 1:
            taobao.simulator.shop.session = "another"

    taobao.wire.before = expire
    with pytest.raises(Transient) as caught:
        await taobao.adapter.write_prices([price_write(listing, ["55.00", "70.00"])])
    assert caught.value.in_doubt
    assert isinstance(caught.value.__cause__, AuthExpired)
    assert shown(taobao) == ["50.00", "70.00"]


async def test_a_write_whose_answer_was_lost_is_sent_only_once(taobao: Bench) -> None:
    taobao.stock_with(tee(S=("50.00", 5), M=("60.00", 5)))
    listing = (await taobao.listings())["示例T恤"]
    taobao.wire.apis.clear()
    taobao.fault(FaultKind.ERROR_AFTER)
    with pytest.raises(Transient) as caught:
        await taobao.adapter.write_prices([price_write(listing, ["55.00", None])])
    assert caught.value.in_doubt
    assert len(taobao.wire.apis) == 1
    assert (await taobao.read_again(listing)).offers[0].price == cny("55.00")


async def test_sku_prices_travel_as_text_under_the_skus_id(tmall: Bench) -> None:
    tmall.stock_with(tee(S=("99.00", 5), M=("109.00", 5)))
    listing = (await tmall.listings())["示例T恤"]
    seen: list[dict[str, str]] = []
    tmall.wire.before = seen.append
    await repriced(tmall, listing, "89.50", None)
    (params,) = seen
    assert params["item_price"] == "89.50"
    assert params["sku_prices"] == f'[{{"sku_id": {listing.offers[0].offer}, "price": "89.50"}}]'
