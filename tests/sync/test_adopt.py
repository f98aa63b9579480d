"""The first agreement with a shop that already sells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.core.cell import NOTHING, Field
from mercer.core.errors import RefusedError
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.merge import State
from mercer.core.policy import THEIRS
from mercer.core.product import Product, Sku
from mercer.core.stock import Balance, StockReading
from mercer.store import catalogue, prices
from mercer.sync.adopt import Adopted, adopt_ours, adopt_theirs
from mercer.sync.catalogue import save_products
from mercer.sync.link import set_link
from tests.sync.conftest import Seller, yuan


async def differing(seller: Seller) -> None:
    seller.own("tee", "TEE-S", price="10.00", quantity=4)
    for channel in ("north", "south"):
        seller.show(channel, "tee", "TEE-S", price="11.00", quantity=9)
    await seller.pull()


async def test_ours_pushes_the_difference_on_that_channel_only(seller: Seller) -> None:
    await differing(seller)
    assert adopt_ours(seller.session, "north") == Adopted(settled=2)
    await seller.sync()
    assert (seller.price("north", "TEE-S"), seller.quantity("north", "TEE-S")) == ("10.00 CNY", 4)
    assert (seller.price("south", "TEE-S"), seller.quantity("south", "TEE-S")) == ("11.00 CNY", 9)


async def test_ours_twice_settles_nothing_more(seller: Seller) -> None:
    await differing(seller)
    adopt_ours(seller.session, "north")
    assert adopt_ours(seller.session, "north") == Adopted(settled=0)


async def test_theirs_stays_on_its_channel(seller: Seller) -> None:
    await differing(seller)
    adopted = adopt_theirs(seller.session, "north")
    assert adopted.settled == 1
    cell = seller.cell("north", "TEE-S", Field.PRICE)
    assert (cell.state, cell.desired) == (State.AGREED, "11.00 CNY")
    assert cell.why == "this channel keeps its own value"
    assert seller.cell("south", "TEE-S", Field.PRICE).state is State.UNAGREED
    with seller.database.read() as tx:
        (entry,) = prices.of_skus(tx, ["TEE-S"])["TEE-S"]
    assert entry.price == yuan("10.00")


async def test_theirs_never_takes_counted_stock_from_a_shop(seller: Seller) -> None:
    await differing(seller)
    adopted = adopt_theirs(seller.session, "north")
    assert seller.cell("north", "TEE-S", Field.STOCK).state is State.UNAGREED
    assert seller.balance("TEE-S") == Balance(4, 0)
    assert any("the ledger says 4, the shop shows 9" in left for left in adopted.left)


async def test_theirs_of_a_shop_never_read_is_refused(seller: Seller) -> None:
    with pytest.raises(RefusedError, match="never been read"):
        adopt_theirs(seller.session, "north")


async def test_theirs_makes_products_of_the_shops_own_listings(seller: Seller) -> None:
    seller.show("north", "tee", "TEE-S", "TEE-M", price="11.00", quantity=9)
    await seller.pull()
    adopted = adopt_theirs(seller.session, "north")
    assert (adopted.created, adopted.left) == (1, ())
    with seller.database.read() as tx:
        product = catalogue.products_of(tx, ["tee"])["tee"]
    assert {sku.sku for sku in product.skus} == {"TEE-S", "TEE-M"}
    assert seller.balance("TEE-S") == Balance(9, 0)
    states = {seller.cell("north", "TEE-S", field).state for field in (Field.PRICE, Field.STOCK)}
    assert states == {State.AGREED}
    assert seller.plan(channels=("north",)).totals.changes == 0


async def test_listings_that_share_a_code_become_products_of_their_own(seller: Seller) -> None:
    for number in range(3):
        stock = (StockReading("", 1),)
        offer = Offer(f"o{number}", f"SKU-{number}", yuan("10.00"), NOTHING, stock)
        page = Listing(f"id{number}", f"T{number}", ListingStatus.LISTED, (offer,), "", "same")
        seller.shops["north"].put(page)
    await seller.pull()
    assert adopt_theirs(seller.session, "north").created == 3
    with seller.database.read() as tx:
        titles = [product.title for product in catalogue.every_product(tx)]
    assert sorted(titles) == ["T0", "T1", "T2"]


async def test_a_listing_taken_off_the_shelf_becomes_a_draft(seller: Seller) -> None:
    seller.show("north", "tee", "TEE-S")
    seller.shops["north"].rewrite("tee", status=ListingStatus.DELISTED)
    await seller.pull()
    adopt_theirs(seller.session, "north")
    assert seller.plan(channels=("north",)).totals.changes == 0


async def test_a_listing_linked_in_part_is_left_to_a_person(seller: Seller) -> None:
    seller.own("tee", "TEE-S")
    seller.show("north", "tee", "TEE-S", "OTHER")
    await seller.pull()
    adopted = adopt_theirs(seller.session, "north")
    assert adopted.created == 0
    assert any("some of its offers are linked" in left for left in adopted.left)


async def test_one_sku_on_several_offers_is_counted_by_a_person(seller: Seller) -> None:
    save_products(seller.session, [Product("tee", "Title of tee", skus=(Sku("TEE-S"),))])
    seller.show("north", "tee", "TEE-S", quantity=5)
    page = seller.shops["north"].listings["tee"]
    twin = replace(page.offers[0], offer="twin", merchant_code=None, stock=(StockReading("", 3),))
    seller.shops["north"].put(replace(page, offers=(*page.offers, twin)))
    await seller.pull()
    set_link(seller.session, "north", "twin", "TEE-S")
    adopted = adopt_theirs(seller.session, "north")
    assert seller.balance("TEE-S") is None
    assert any("several offers show it" in left for left in adopted.left)


async def test_a_price_that_our_book_lacks_is_taken_from_the_shop_for_that_channel(
    seller: Seller,
) -> None:
    save_products(seller.session, [Product("tee", "Title of tee", skus=(Sku("TEE-S"),))])
    for channel, price in (("north", "11.00"), ("south", "12.00")):
        seller.show(channel, "tee", "TEE-S", price=price)
    await seller.pull()
    adopt_theirs(seller.session, "north")
    assert seller.cell("north", "TEE-S", Field.PRICE).desired == "11.00 CNY"
    assert seller.cell("south", "TEE-S", Field.PRICE).state is State.BLOCKED


async def test_stock_taken_from_a_shop_counts_its_orders_since_the_reading(
    seller: Seller,
) -> None:
    seller.show("north", "tee", "TEE-S", quantity=9)
    await seller.pull()
    seller.later()
    seller.sell("north", "TEE-S", 2)
    seller.later()
    adopt_theirs(seller.session, "north")
    await seller.sync()
    assert seller.balance("TEE-S") == Balance(9, 2)
    assert seller.quantity("north", "TEE-S") == 7


async def test_a_later_edit_of_an_adopted_value_follows_the_channels_policy(
    seller: Seller,
) -> None:
    seller.rule("north", policies={Field.PRICE: THEIRS})
    await seller.agree("tee", "TEE-S")
    seller.later()
    seller.shops["north"].change("tee", "tee/TEE-S", price=yuan("9.90"))
    await seller.sync()
    assert seller.price("north", "TEE-S") == "9.90 CNY"
    assert seller.price("south", "TEE-S") == "10.00 CNY"
    cell = seller.cell("north", "TEE-S", Field.PRICE)
    assert (cell.state, cell.desired) == (State.AGREED, "9.90 CNY")
