from __future__ import annotations

import pytest

from mercer.core.cell import NOTHING
from mercer.core.errors import ProtocolBroken, Rejected
from mercer.core.listing import ListingStatus
from mercer.core.product import Product, ProductStatus, Sku
from mercer.core.stock import StockReading
from mercer.plugins.shopify import reads
from mercer.plugins.shopify.simulator import resolvers
from mercer.plugins.simulation import ShopProduct

from .conftest import Rig, listings, tee, usd


async def test_a_listing_shows_prices_stock_and_options(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    location = str(rig.simulator.shop.location)

    (listing,) = await listings(rig.adapter())

    assert (listing.code, listing.title, listing.status) == (
        "tee",
        "Shirt TEE",
        ListingStatus.LISTED,
    )
    assert listing.description == "<p>Soft.</p>"
    first = listing.offers[0]
    assert (first.merchant_code, first.price, first.compare_at) == (
        "TEE-1",
        usd("20"),
        usd("30"),
    )
    assert first.stock == (StockReading(location, 5),)
    assert first.options == (("Size", "TEE-1"),)


async def test_what_is_off_the_shelf_is_read_too(rig: Rig) -> None:
    sku = Sku("OLD-1")
    product = Product("OLD", "Old", status=ProductStatus.ARCHIVED, skus=(sku,))
    rig.simulator.seed([ShopProduct(product, {"OLD-1": usd("1")}, {"OLD-1": 0})])

    (listing,) = await listings(rig.adapter())

    assert listing.status is ListingStatus.DELISTED
    assert listing.offers[0].options == ()
    assert listing.offers[0].compare_at is NOTHING


async def test_all_pages_are_read_and_only_the_last_is_complete(rig: Rig) -> None:
    rig.simulator.seed([tee(f"P{number}", skus=1) for number in range(120)])

    pages = [page async for page in rig.adapter().read_listings()]

    assert [page.complete for page in pages] == [False, False, True]
    assert len({each.listing for page in pages for each in page.listings}) == 120


async def test_a_cursor_that_stands_still_ends_the_reading(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = {"hasNextPage": True, "endCursor": "here"}
    stuck = {"nodes": [], "edges": [], "pageInfo": info}
    adapter = rig.adapter(location="1")
    monkeypatch.setattr(resolvers, "connection", lambda *_args, **_kwargs: stuck)

    with pytest.raises(ProtocolBroken, match="another page"):
        await listings(adapter)


async def test_an_empty_shop_is_completely_read(rig: Rig) -> None:
    pages = [page async for page in rig.adapter().read_listings()]

    assert [(page.listings, page.complete) for page in pages] == [((), True)]


async def test_variants_beyond_the_first_page_are_read_too(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=420)])

    (listing,) = await listings(rig.adapter())

    assert [offer.merchant_code for offer in listing.offers] == [f"TEE-{n}" for n in range(1, 421)]


async def test_an_export_reads_what_pages_read(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.simulator.seed([tee(f"P/{number}", skus=3, quantity=number) for number in range(230)])
    paged = await listings(rig.adapter())

    monkeypatch.setattr(reads, "BULK_FROM", 10)
    pages = [page async for page in rig.adapter().read_listings()]

    assert [page.complete for page in pages] == [True]
    assert list(pages[0].listings) == paged


async def test_one_odd_product_is_set_aside_and_nothing_is_concluded_from_its_absence(
    rig: Rig,
) -> None:
    rig.simulator.seed([tee("GOOD"), tee("ODD")])
    odd = rig.simulator.shop.by_sku("ODD-1")[0]
    odd.price = type(odd.price)(12345, "BHD")  # three decimals, in a shop that has two

    (page,) = [page async for page in rig.adapter().read_listings()]

    assert [listing.code for listing in page.listings] == ["good"]
    assert [each.id for each in page.unreadable] == [str(odd.product)]
    assert not page.complete
    with pytest.raises(ProtocolBroken, match=str(odd.product)):
        await rig.adapter().read_back([str(odd.product)])


async def test_reading_back_finds_what_is_there_and_leaves_out_what_is_gone(rig: Rig) -> None:
    rig.simulator.seed([tee("A"), tee("B")])
    adapter = rig.adapter()
    first, second = await listings(adapter)
    rig.simulator.shop.remove(rig.simulator.shop.state.products[int(first.listing)])

    assert await adapter.read_back([first.listing, second.listing]) == (second,)


async def test_stock_is_that_of_the_location_in_the_settings(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    shop = rig.simulator.shop
    shop.open("second")
    (first, second) = shop.state.locations
    shop.level(shop.by_sku("TEE-1")[0].inventory_item, second).is_active = True

    (listing,) = await listings(rig.adapter(location=str(second)))
    assert listing.offers[0].stock == (StockReading(str(second), 0),)
    (listing,) = await listings(rig.adapter())
    assert listing.offers[0].stock == (StockReading(str(first), 5),)


async def test_an_inactive_level_shows_none_and_remembers_what_lies_there(rig: Rig) -> None:
    rig.simulator.seed([tee(skus=1)])
    shop = rig.simulator.shop
    shop.level(shop.by_sku("TEE-1")[0].inventory_item, shop.location).is_active = False

    (listing,) = await listings(rig.adapter())

    (offer,) = listing.offers
    assert offer.stock[0].quantity == 0
    assert (offer.refs["level"], offer.refs["dormant"]) == ("inactive", "5")


async def test_without_a_location_for_online_orders_the_setting_is_named(rig: Rig) -> None:
    for location in rig.simulator.shop.state.locations.values():
        location.fulfills_online_orders = False

    with pytest.raises(Rejected) as caught:
        await listings(rig.adapter())

    assert "location" in caught.value.hint
