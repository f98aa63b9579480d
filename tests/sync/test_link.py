"""Which SKU each offer is: by merchant code, then by barcode, else a person decides."""

from __future__ import annotations

import pytest

from mercer.core.cell import NOTHING, Field
from mercer.core.errors import InputError
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.merge import State
from mercer.core.product import Product, Sku
from mercer.core.stock import StockReading
from mercer.store import offers
from mercer.store.offers import OfferRow
from mercer.sync.catalogue import save_products
from mercer.sync.link import Linked, auto_link, set_link
from mercer.sync.pull import pull_listings
from tests.sync.conftest import Seller, yuan


def put(
    seller: Seller, listing: str, *codes: tuple[str | None, str | None], price: str = "10.00"
) -> None:
    """A page at north whose offers carry these (merchant code, barcode) pairs."""
    made = tuple(
        Offer(f"{listing}-{number}", code, yuan(price), NOTHING, (StockReading("", 5),), barcode)
        for number, (code, barcode) in enumerate(codes)
    )
    page = Listing(listing, f"Title of {listing}", ListingStatus.LISTED, made, "", listing)
    seller.shops["north"].put(page)


async def linked(seller: Seller) -> Linked:
    await pull_listings(seller.session)
    return auto_link(seller.session)["north"]


def queue(seller: Seller) -> dict[str, str | None]:
    with seller.database.read() as tx:
        return {row.offer: row.link_note for row in offers.unlinked(tx, "north")}


def links(seller: Seller) -> dict[str, tuple[str | None, str | None]]:
    with seller.database.read() as tx:
        found: list[OfferRow] = offers.linked(tx, "north")
        return {row.offer: (row.sku, row.linked_by) for row in found}


def own(seller: Seller) -> None:
    skus = (Sku("A", "111"), Sku("B", "222"), Sku("C", "333"), Sku("D", "333"))
    save_products(seller.session, [Product("p", "P", skus=skus)])


async def test_an_offer_is_linked_by_its_merchant_code_before_its_barcode(seller: Seller) -> None:
    own(seller)
    put(seller, "page", ("A", "222"))
    assert await linked(seller) == Linked(by_code=1, by_barcode=0, queued=0)
    assert links(seller) == {"page-0": ("A", "code")}


@pytest.mark.parametrize("code", [None, "", "UNKNOWN"])
async def test_an_offer_without_a_known_code_is_linked_by_its_barcode(
    seller: Seller, code: str | None
) -> None:
    own(seller)
    put(seller, "page", (code, "222"))
    assert await linked(seller) == Linked(0, 1, 0)
    assert links(seller) == {"page-0": ("B", "barcode")}


@pytest.mark.parametrize(
    ("code", "barcode", "reason"),
    [
        ("UNKNOWN", None, "no SKU UNKNOWN in the catalogue"),
        (None, None, "the offer has no merchant code"),
        (None, "999", "the offer has no merchant code"),
        (None, "333", "barcode 333 belongs to several SKUs: C, D"),
    ],
)
async def test_what_has_no_single_answer_waits_with_its_reason(
    seller: Seller, code: str | None, barcode: str | None, reason: str
) -> None:
    own(seller)
    put(seller, "page", (code, barcode))
    assert await linked(seller) == Linked(0, 0, 1)
    assert queue(seller) == {"page-0": reason}


@pytest.mark.parametrize("carried", [("A", None), (None, "111")])
async def test_what_several_offers_carry_is_left_to_a_person(
    seller: Seller, carried: tuple[str | None, str | None]
) -> None:
    own(seller)
    put(seller, "page", carried, carried)
    assert await linked(seller) == Linked(0, 0, 2)
    assert all("several offers of this channel" in (note or "") for note in queue(seller).values())


@pytest.mark.parametrize("carried", [("A", None), (None, "111")])
async def test_a_newcomer_that_carries_what_a_linked_offer_does_is_left_to_a_person(
    seller: Seller, carried: tuple[str | None, str | None]
) -> None:
    own(seller)
    put(seller, "first", carried)
    await linked(seller)
    put(seller, "second", carried)
    assert (await linked(seller)).queued == 1
    assert list(links(seller)) == ["first-0"]


async def test_a_person_links_and_unlinks_by_hand(seller: Seller) -> None:
    own(seller)
    put(seller, "page", ("ODD", None))
    await linked(seller)
    set_link(seller.session, "north", "ODD", "A")
    assert links(seller) == {"page-0": ("A", "tester")}
    set_link(seller.session, "north", "page-0", None)
    assert links(seller) == {}
    assert seller.cell("north", "ODD", Field.PRICE).state is State.UNLINKED


async def test_a_wrong_name_is_an_error_that_says_what_to_name(seller: Seller) -> None:
    own(seller)
    put(seller, "page", ("X", None), ("X", None))
    await linked(seller)
    with pytest.raises(InputError, match="has no offer 'Y'"):
        set_link(seller.session, "north", "Y", "A")
    with pytest.raises(InputError, match="2 offers of north carry 'X'"):
        set_link(seller.session, "north", "X", "A")
    with pytest.raises(InputError, match="no SKU 'Z'"):
        set_link(seller.session, "north", "page-0", "Z")


async def test_what_was_agreed_on_for_one_sku_is_not_agreed_on_for_another(
    seller: Seller,
) -> None:
    """A wrong link put right must not push prices that nobody has adopted."""
    await seller.agree("tee", "TEE-S")
    seller.own("cap", "CAP", price="50.00", quantity=3)
    set_link(seller.session, "north", "TEE-S", "CAP")
    assert seller.cell("north", "TEE-S", Field.PRICE).state is State.UNAGREED
    assert seller.cell("north", "TEE-S", Field.STOCK).state is State.UNAGREED
    page = seller.cell("north", "TEE-S", Field.PRICE).key.listing
    assert page == "tee"
    assert seller.plan(channels=("north",), fields=(Field.PRICE, Field.STOCK)).totals.changes == 0


async def test_linking_the_same_again_keeps_what_was_agreed_on(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    set_link(seller.session, "north", "TEE-S", "TEE-S")
    cell = seller.cell("north", "TEE-S", Field.PRICE)
    assert (cell.state, cell.base) == (State.AGREED, "10.00 CNY")


async def test_a_page_whose_offers_are_of_two_products_keeps_its_own_title(
    seller: Seller,
) -> None:
    seller.own("tee", "TEE-S")
    seller.own("cap", "CAP")
    seller.show("north", "mixed", "TEE-S", "CAP")
    await seller.pull()
    plan = seller.plan(channels=("north",), fields=(Field.TITLE,))
    assert [c for c in seller.changes(plan) if c.cell.listing == "mixed"] == []


async def test_a_product_that_comes_into_the_catalogue_later_is_linked_then(
    seller: Seller,
) -> None:
    put(seller, "page", ("A", None))
    assert (await linked(seller)).queued == 1
    own(seller)
    assert (await linked(seller)).by_code == 1
