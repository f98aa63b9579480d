from __future__ import annotations

from mercer.core.contract import ContentWrite
from mercer.core.outcome import Result

from .conftest import Rig, listings, product


async def test_a_title_keeps_its_language_and_the_other_texts(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    (outcome,) = await adapter.write_content([ContentWrite(listing, title="Large mug")])
    assert outcome.result is Result.ACCEPTED
    attributes = rig.item("A").newest.attributes
    assert attributes["item_name"] == [
        {"value": "Large mug", "language_tag": "en_US", "marketplace_id": "ATVPDKIKX0DER"}
    ]
    assert attributes["product_description"][0]["value"] == "Holds tea."


async def test_texts_of_an_offer_on_anothers_page_are_not_ours_to_write(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    for name in ("item_name", "product_description"):
        del rig.item("A").newest.attributes[name]
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    (outcome,) = await adapter.write_content([ContentWrite(listing, title="Mine")])
    assert outcome.result is Result.REJECTED
    assert "others" in outcome.words
    assert rig.recorder.of("PATCH", "/") == []


async def test_texts_under_a_wrong_product_type_are_rejected_in_amazons_words(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    adapter = rig.adapter()
    listing = (await listings(adapter))["A"]
    rig.item("A").product_type = "CUP"
    (outcome,) = await adapter.write_content([ContentWrite(listing, title="Large mug")])
    assert (outcome.result, outcome.code) == (Result.REJECTED, "4000003")
