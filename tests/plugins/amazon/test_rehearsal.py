from __future__ import annotations

from mercer.core.contract import ContentWrite, Rehearses
from mercer.core.outcome import Result

from .conftest import Rig, listings, price_write, product, stock_write, usd


async def test_a_rehearsal_tells_what_amazon_would_refuse_and_changes_nothing(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B", "C")])
    adapter = rig.adapter()
    shop = await listings(adapter)
    before = rig.simulator.dump()["items"]
    assert isinstance(adapter, Rehearses)
    outcomes = await adapter.rehearse(
        [
            price_write(shop["A"], "21.00"),
            price_write(shop["B"], "0.00"),
            stock_write(shop["C"], 9),
            ContentWrite(shop["C"], title="Cup"),
        ]
    )
    ended = {(each.listing, each.offer): each for each in outcomes}
    assert {place: each.result for place, each in ended.items()} == {
        ("A", "A"): Result.ACCEPTED,
        ("B", "B"): Result.REJECTED,
        ("C", "C"): Result.ACCEPTED,
        ("C", ""): Result.ACCEPTED,
    }
    assert (ended["B", "B"].code, "our_price" in ended["B", "B"].words) == ("4000001", True)
    assert {each.price for each in rig.simulator.offers()} == {usd("20.00")}
    assert rig.simulator.dump()["items"] == before
    assert rig.shown("C").quantity == 5


async def test_what_is_refused_without_asking_is_refused_in_a_rehearsal_too(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.fulfil_by_amazon("A", 4)
    adapter = rig.adapter()
    shop = await listings(adapter)
    (outcome,) = await adapter.rehearse([stock_write(shop["A"], 9)])
    assert outcome.result is Result.REJECTED
    assert rig.recorder.of("PATCH", "/") == []


async def test_every_patch_of_a_rehearsal_is_a_preview(rig: Rig) -> None:
    rig.simulator.seed([product(*(f"SKU-{n}" for n in range(12)))])
    adapter = rig.adapter()
    shop = await listings(adapter)
    await adapter.rehearse([price_write(each, "21.00") for each in shop.values()])
    sent = rig.recorder.of("PATCH", "/")
    assert len(sent) == 12
    assert {request.url.params["mode"] for request in sent} == {"VALIDATION_PREVIEW"}
