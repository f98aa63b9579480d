from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.errors import Transient
from mercer.core.listing import Listing
from mercer.core.outcome import Result
from mercer.plugins.amazon.feeds import is_sooner, patches_seconds
from mercer.plugins.simulation import FaultKind

from .conftest import Rig, listings, price_write, product, stock_write, usd

MANY = [f"SKU-{n:04}" for n in range(700)]


@pytest.fixture
async def shop(rig: Rig) -> dict[str, Listing]:
    rig.simulator.seed([product(*MANY)])
    return await listings(rig.adapter())


def uploaded(rig: Rig) -> dict[str, object]:
    (request,) = rig.recorder.of("PUT", "/storage/")
    found: dict[str, object] = json.loads(request.content)
    return found


@given(st.integers(1, 25_000))
def test_once_a_feed_is_sooner_it_stays_so_for_more(count: int) -> None:
    assert not is_sooner(count) or is_sooner(min(count + 1, 25_000))


def test_a_few_hundred_patches_are_sooner_than_a_feed_and_a_thousand_are_not() -> None:
    assert not is_sooner(300)
    assert is_sooner(1000)
    assert patches_seconds(5) == 0


def test_more_than_a_feed_takes_is_never_fed() -> None:
    assert not is_sooner(25_001)


async def test_many_prices_travel_in_one_feed_and_are_done_sooner(
    rig: Rig, shop: dict[str, Listing]
) -> None:
    began = rig.clock.now()
    writes = [price_write(listing, "25.00") for listing in shop.values()]
    outcomes = await rig.adapter().write_prices(writes)
    assert {each.result for each in outcomes} == {Result.ACCEPTED}
    assert sorted(each.offer for each in outcomes) == MANY
    assert {each.price for each in rig.simulator.offers()} == {usd("25.00")}
    assert rig.recorder.of("PATCH", "/") == []
    assert (rig.clock.now() - began).total_seconds() < patches_seconds(len(writes))


async def test_stock_in_a_feed_keeps_the_handling_time(rig: Rig, shop: dict[str, Listing]) -> None:
    await rig.adapter().write_stock([stock_write(each, 3) for each in shop.values()], "key")
    kept = [each.newest.ours for each in rig.simulator.shop.seller.stock.values()]
    assert {ours["lead_time_to_ship_max_days"] for ours in kept if ours} == {2}
    assert {each.quantity for each in rig.simulator.offers()} == {3}


async def test_a_message_that_amazon_refuses_sinks_no_other(
    rig: Rig, shop: dict[str, Listing]
) -> None:
    writes = [price_write(each, "25.00") for each in shop.values()]
    writes[3] = price_write(shop[MANY[3]], "0.00")
    del rig.simulator.shop.items[MANY[5]]
    outcomes = await rig.adapter().write_prices(writes)
    refused = {each.offer: each for each in outcomes if each.result is Result.REJECTED}
    assert refused.keys() == {MANY[3], MANY[5]}
    assert refused[MANY[3]].code == "4000001"
    assert "does not match" in refused[MANY[5]].words
    assert rig.shown(MANY[4]).price == usd("25.00")


async def test_a_feed_that_never_ends_is_given_up_in_doubt(
    rig: Rig, shop: dict[str, Listing]
) -> None:
    rig.simulator.shop.stuck = True
    with pytest.raises(Transient) as caught:
        await rig.adapter().write_prices([price_write(each, "25.00") for each in shop.values()])
    assert caught.value.in_doubt


async def test_a_feed_that_fails_as_a_whole_is_in_doubt(rig: Rig, shop: dict[str, Listing]) -> None:
    adapter = rig.adapter()
    rig.recorder.before = lambda request: (
        setattr(rig.simulator.shop.seller, "id", "ASOMEBODYELSE")
        if request.url.path.endswith("/feeds")
        else None
    )
    with pytest.raises(Transient) as caught:
        await adapter.write_prices([price_write(each, "25.00") for each in shop.values()])
    assert (caught.value.in_doubt, caught.value.code) == (True, "FATAL")


async def test_a_feed_whose_answer_was_lost_is_in_doubt_and_made_only_once(
    rig: Rig, shop: dict[str, Listing]
) -> None:
    rig.strike(FaultKind.ERROR_AFTER)
    with pytest.raises(Transient) as caught:
        await rig.adapter().write_prices([price_write(each, "25.00") for each in shop.values()])
    assert caught.value.in_doubt
    assert len(rig.simulator.shop.feeds) == 1


async def test_a_feed_that_amazon_takes_and_loses_is_never_more_than_accepted(
    rig: Rig, shop: dict[str, Listing]
) -> None:
    rig.strike(FaultKind.LOST_WRITE)
    outcomes = await rig.adapter().write_prices(
        [price_write(each, "25.00") for each in shop.values()]
    )
    assert {each.result for each in outcomes} == {Result.ACCEPTED}
    assert {each.price for each in rig.simulator.offers()} == {usd("20.00")}


async def test_the_upload_has_the_documents_own_content_type_and_no_token(
    rig: Rig, shop: dict[str, Listing]
) -> None:
    await rig.adapter().write_prices([price_write(each, "25.00") for each in shop.values()])
    (request,) = rig.recorder.of("PUT", "/storage/")
    assert request.headers["content-type"] == "application/json; charset=UTF-8"
    assert "x-amz-access-token" not in request.headers
    assert b'"value_with_tax":25.00' in request.content
    assert uploaded(rig)["header"] == {"sellerId": rig.simulator.shop.seller.id, "version": "2.0"}


async def test_a_feed_that_somebody_cancelled_did_nothing_and_is_not_in_doubt(
    rig: Rig, shop: dict[str, Listing]
) -> None:
    def cancel(_: object) -> None:
        for job in rig.simulator.shop.feeds.values():
            job.outcome = "CANCELLED"

    rig.recorder.before = cancel
    with pytest.raises(Transient, match="cancelled") as caught:
        await rig.adapter().write_prices([price_write(each, "25.00") for each in shop.values()])
    assert not caught.value.in_doubt
    assert {each.price for each in rig.simulator.offers()} == {usd("20.00")}


@pytest.mark.parametrize(
    "text", ["no json", '{"issues": [{"severity": "ERROR", "message": "names no message"}]}']
)
async def test_a_report_that_cannot_be_read_leaves_the_feed_in_doubt(
    rig: Rig, shop: dict[str, Listing], text: str
) -> None:
    def spoil(_: object) -> None:
        for job in rig.simulator.shop.feeds.values():
            if job.result:
                rig.simulator.shop.documents[job.result].text = text
                rig.simulator.shop.documents[job.result].packed = False

    rig.recorder.before = spoil
    with pytest.raises(Transient) as caught:
        await rig.adapter().write_prices([price_write(each, "25.00") for each in shop.values()])
    assert caught.value.in_doubt
