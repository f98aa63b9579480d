from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.core.cell import NOTHING
from mercer.core.contract import ContentWrite, DraftOffer, ListingDraft, StatusWrite
from mercer.core.errors import Rejected, Transient
from mercer.core.listing import ListingStatus
from mercer.core.outcome import Result
from mercer.plugins.simulation import Edit, FaultKind

from .conftest import Rig, listings, tee, usd

DRAFT = ListingDraft(
    code="Mug_01",
    title="Mug",
    description="<p>Holds tea.</p>",
    status=ListingStatus.LISTED,
    offers=(
        DraftOffer("MUG-R", usd("8.50"), usd("9"), "4006381333931", (("Colour", "Red"),), 4),
        DraftOffer("MUG-B", usd("8.50"), NOTHING, None, (("Colour", "Blue"),), None),
    ),
    vendor="Acme",
    tags=("kitchen", "Gift"),
    images=("https://cdn.example.com/mug.jpg",),
)


async def test_title_and_description_are_written_and_confirmed(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    adapter = rig.adapter()
    (listing,) = await listings(adapter)

    (outcome,) = await adapter.write_content([ContentWrite(listing, "New", "<p>New.</p>")])

    assert (outcome.listing, outcome.offer, outcome.result) == (
        listing.listing,
        "",
        Result.CONFIRMED,
    )
    (shown,) = await adapter.read_back([listing.listing])
    assert (shown.title, shown.description) == ("New", "<p>New.</p>")


async def test_a_part_of_the_content_that_is_not_given_stays(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    adapter = rig.adapter()
    (listing,) = await listings(adapter)

    await adapter.write_content([ContentWrite(listing, title="New")])

    (shown,) = await adapter.read_back([listing.listing])
    assert (shown.title, shown.description) == ("New", listing.description)


async def test_a_refused_title_carries_the_shops_words_and_the_next_is_written(rig: Rig) -> None:
    rig.simulator.seed([tee("A"), tee("B")])
    adapter = rig.adapter()
    first, second = await listings(adapter)

    refused, good = await adapter.write_content(
        [ContentWrite(first, title=" "), ContentWrite(second, title="Fine")]
    )

    assert (refused.result, refused.words) == (Result.REJECTED, "Title can't be blank")
    assert good.result is Result.CONFIRMED


async def test_a_listing_is_taken_off_the_shelf_and_put_back(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    adapter = rig.adapter()
    (listing,) = await listings(adapter)

    for status in (ListingStatus.DELISTED, ListingStatus.LISTED):
        (outcome,) = await adapter.write_status([StatusWrite(listing, status)])
        assert outcome.result is Result.CONFIRMED
        assert rig.shown("TEE-1").status == status.value


async def test_a_write_of_a_wrong_id_is_the_items_fault(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    adapter = rig.adapter()
    (listing,) = await listings(adapter)

    (outcome,) = await adapter.write_status(
        [StatusWrite(replace(listing, listing="no number"), ListingStatus.LISTED)]
    )

    assert (outcome.result, outcome.code) == (Result.REJECTED, "INVALID_VARIABLE")


async def test_a_new_listing_is_complete_published_and_on_sale(rig: Rig) -> None:
    listing = await rig.adapter().create_listing(DRAFT)

    assert (listing.code, listing.title, listing.status) == ("mug-01", "Mug", ListingStatus.LISTED)
    red, blue = listing.offers
    assert (red.merchant_code, red.price, red.compare_at, red.barcode) == (
        "MUG-R",
        usd("8.50"),
        usd("9"),
        "4006381333931",
    )
    assert (red.options, blue.options) == ((("Colour", "Red"),), (("Colour", "Blue"),))
    assert (red.stock[0].quantity, blue.stock[0].quantity) == (4, 0)
    assert {offer.refs["tracked"] for offer in listing.offers} == {"yes"}
    (product,) = rig.simulator.shop.state.products.values()
    assert product.publications == list(rig.simulator.shop.state.publications)
    assert (product.vendor, product.tags, product.images) == (
        "Acme",
        ["Gift", "kitchen"],
        ["https://cdn.example.com/mug.jpg"],
    )


async def test_a_listing_for_later_is_a_draft_that_no_channel_shows(rig: Rig) -> None:
    await rig.adapter().create_listing(replace(DRAFT, status=ListingStatus.DELISTED))

    (product,) = rig.simulator.shop.state.products.values()
    assert (product.status, product.publications) == ("DRAFT", [])


async def test_making_a_listing_twice_makes_it_once(rig: Rig) -> None:
    adapter = rig.adapter()

    assert await adapter.create_listing(DRAFT) == await adapter.create_listing(DRAFT)
    assert len(rig.simulator.offers()) == 2


async def test_a_creation_in_doubt_is_finished_by_the_next_attempt(rig: Rig) -> None:
    adapter = rig.adapter()
    rig.strike(FaultKind.ERROR_AFTER)
    with pytest.raises(Transient) as caught:
        await adapter.create_listing(DRAFT)
    assert caught.value.in_doubt

    listing = await adapter.create_listing(DRAFT)

    (product,) = rig.simulator.shop.state.products.values()
    assert listing.listing == str(product.id)
    assert product.publications


async def test_a_handle_that_another_product_has_is_not_taken_over(rig: Rig) -> None:
    rig.simulator.seed([tee("mug-01")])

    with pytest.raises(Rejected, match="mug-01"):
        await rig.adapter().create_listing(DRAFT)

    assert [each.merchant_code for each in rig.simulator.offers()] == ["mug-01-1", "mug-01-2"]


async def test_the_same_product_at_another_price_is_somebody_elses(rig: Rig) -> None:
    """Found by the laboratory: somebody listed it by hand while its creation was planned."""
    adapter = rig.adapter()
    await adapter.create_listing(DRAFT)
    rig.simulator.edit("MUG-R", Edit(price=usd("9.90")))

    with pytest.raises(Rejected, match="mug-01"):
        await adapter.create_listing(DRAFT)


async def test_the_shops_refusal_of_a_new_listing_is_told(rig: Rig) -> None:
    twins = tuple(replace(offer, options=()) for offer in DRAFT.offers)

    with pytest.raises(Rejected, match="'Default Title' already exists") as caught:
        await rig.adapter().create_listing(replace(DRAFT, offers=twins))

    assert caught.value.code == "INVALID_VARIANT"
    assert not rig.simulator.offers()


async def test_an_unknown_sales_channel_is_told_before_anything_is_made(rig: Rig) -> None:
    with pytest.raises(Rejected) as caught:
        await rig.adapter(publication="Kiosk").create_listing(DRAFT)

    assert "Online Store" in caught.value.hint
    assert not rig.simulator.offers()
