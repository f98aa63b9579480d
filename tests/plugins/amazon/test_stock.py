from __future__ import annotations

import pytest

from mercer.core.errors import AuthExpired, Transient
from mercer.core.listing import FulfilledBy
from mercer.core.outcome import Result
from mercer.core.stock import StockReading
from mercer.plugins.simulation import FaultKind

from .conftest import Rig, listings, product, stock_write


async def test_a_quantity_is_set_and_the_handling_time_survives(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    (outcome,) = await adapter.write_stock([stock_write(listing, 9)], "key")
    assert outcome.result is Result.ACCEPTED
    assert rig.stock("A").newest.ours == {
        "fulfillment_channel_code": "DEFAULT",
        "quantity": 9,
        "lead_time_to_ship_max_days": 2,
    }


async def test_zero_ends_sales_and_shows_as_sold_out(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    await adapter.write_stock([stock_write(listing, 0)], "key")
    await rig.clock.sleep(adapter.declared.settle.total_seconds())
    (read,) = await adapter.read_back(["A"])
    assert (read.status.value, read.offers[0].stock[0].quantity) == ("sold_out", 0)


async def test_what_amazon_fulfils_is_read_from_its_inventory_and_never_written(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    rig.simulator.fulfil_by_amazon("A", 40)
    adapter = rig.adapter()
    shop = await listings(adapter)
    (offer,) = shop["A"].offers
    assert offer.fulfilled_by is FulfilledBy.PLATFORM
    assert offer.stock == (StockReading("AMAZON_NA", 40),)
    assert shop["B"].offers[0].fulfilled_by is FulfilledBy.SELLER
    refused, taken = await adapter.write_stock(
        [stock_write(shop["A"], 7), stock_write(shop["B"], 7)], "key"
    )
    assert (refused.offer, refused.result) == ("A", Result.REJECTED)
    assert "FBA" in refused.words
    assert (taken.offer, taken.result) == ("B", Result.ACCEPTED)
    assert rig.shown("A").quantity == 40


async def test_a_number_whose_answer_was_lost_is_in_doubt_and_sent_only_once(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    rig.strike(FaultKind.ERROR_AFTER)
    with pytest.raises(Transient) as caught:
        await adapter.write_stock([stock_write(listing, 9)], "key")
    assert caught.value.in_doubt
    assert len(rig.recorder.of("PATCH", "/A?")) == 1
    assert rig.shown("A").quantity == 9


async def test_a_batch_that_breaks_off_in_the_middle_is_in_doubt(rig: Rig) -> None:
    skus = [f"SKU-{n}" for n in range(12)]
    rig.simulator.seed([product(*skus)])
    adapter = rig.adapter()
    shop = await listings(adapter)

    def revoke(_: object) -> None:
        if len(rig.recorder.of("PATCH", "/")) >= 5:
            rig.simulator.shop.seller.refresh_token = "another"
            rig.simulator.shop.seller.tokens.clear()

    rig.recorder.before = revoke
    with pytest.raises(Transient) as caught:
        await adapter.write_stock([stock_write(shop[sku], 9) for sku in skus], "key")
    assert caught.value.in_doubt
    assert isinstance(caught.value.__cause__, AuthExpired)
    assert {rig.shown(sku).quantity for sku in skus} == {5, 9}


async def test_a_batch_that_fails_before_anything_was_taken_fails_as_what_it_is(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    adapter = rig.adapter()
    shop = await listings(adapter)

    def revoke(_: object) -> None:
        rig.simulator.shop.seller.refresh_token = "another"
        rig.simulator.shop.seller.tokens.clear()

    rig.recorder.before = revoke
    with pytest.raises(AuthExpired):
        await adapter.write_stock([stock_write(shop["A"], 9), stock_write(shop["B"], 9)], "key")
