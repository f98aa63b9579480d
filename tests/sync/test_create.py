"""Listings are created once, and only where nothing else is open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mercer.core.errors import Rejected
from mercer.core.listing import Listing
from mercer.core.outcome import Outcome
from mercer.core.plan import ChangeKind
from mercer.core.price import PriceEntry
from mercer.core.product import Product, ProductStatus, Sku
from mercer.sync.catalogue import save_products, set_prices
from tests.sync import hostile
from tests.sync.conftest import Seller, yuan
from tests.sync.hostile import Crash, Fault


async def missing(seller: Seller) -> None:
    """A product that north, which is read whole, does not have."""
    await seller.agree("tee", "TEE-S")
    seller.own("cap", "CAP-R", "CAP-B", price="7.00", quantity=6)


def made(seller: Seller) -> list[str]:
    return [call for call in seller.at("north").calls if call == "create_listing"]


async def test_a_product_that_a_shop_lacks_is_created_once_with_price_and_stock(
    seller: Seller,
) -> None:
    await missing(seller)
    plan = seller.plan(channels=("north",))
    (change,) = seller.changes(plan)
    assert (change.kind, change.after) == (ChangeKind.CREATE, "cap")
    assert (await seller.apply(plan)).count(Outcome.CONFIRMED) == 1
    assert (seller.price("north", "CAP-B"), seller.quantity("north", "CAP-B")) == ("7.00 CNY", 6)
    assert seller.plan(channels=("north",)).totals.changes == 0
    (again,) = (await seller.apply(plan)).items
    assert again.outcome is Outcome.STALE
    assert len(made(seller)) == 1


async def test_nothing_is_created_before_the_shop_was_read_whole(seller: Seller) -> None:
    for channel in ("north", "south"):
        seller.at(channel).complete = False
    seller.own("cap", "CAP")
    await seller.pull()
    assert seller.plan().totals.changes == 0
    seller.at("north").complete = True
    await seller.pull()
    assert seller.plan().totals.changes == 1


async def test_nothing_is_created_on_a_channel_that_does_not_want_it(seller: Seller) -> None:
    seller.rule("north", create_listings=False)
    await missing(seller)
    assert seller.plan(channels=("north",)).totals.changes == 0


@pytest.mark.parametrize("status", [ProductStatus.DRAFT, ProductStatus.ARCHIVED])
async def test_a_product_that_is_not_on_sale_is_not_created(
    seller: Seller, status: ProductStatus
) -> None:
    await missing(seller)
    save_products(seller.session, [Product("cap", "Cap", status=status)])
    assert seller.plan(channels=("north",)).totals.changes == 0


async def test_a_creation_is_blocked_while_anything_of_the_shop_is_unagreed(
    seller: Seller,
) -> None:
    seller.own("tee", "TEE-S", price="10.00")
    seller.show("north", "tee", "TEE-S", price="11.00")
    seller.own("cap", "CAP")
    await seller.pull()
    (change,) = seller.changes(seller.plan(channels=("north",)))
    assert change.guard.startswith("unadopted")


async def test_a_creation_without_a_price_is_blocked(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    save_products(seller.session, [Product("cap", "Cap", skus=(Sku("CAP-R"), Sku("CAP-B")))])
    set_prices(seller.session, [PriceEntry("CAP-R", yuan("7.00"))])
    (change,) = seller.changes(seller.plan(channels=("north",)))
    assert change.guard == "missing-price: a SKU of cap has no price in CNY"


async def test_a_creation_below_its_floor_is_blocked(seller: Seller) -> None:
    await missing(seller)
    set_prices(seller.session, [PriceEntry("CAP-R", yuan("7.00"), floor=yuan("8.00"))])
    (change,) = seller.changes(seller.plan(channels=("north",)))
    assert change.guard.startswith("below-floor")


async def test_a_price_withdrawn_since_the_plan_is_looked_at_again(seller: Seller) -> None:
    await missing(seller)
    plan = seller.plan(channels=("north",))
    set_prices(seller.session, [PriceEntry("CAP-R", yuan("7.00"), floor=yuan("8.00"))])
    (item,) = (await seller.apply(plan)).items
    assert item.outcome is Outcome.BLOCKED
    assert made(seller) == []


async def test_an_uncounted_sku_is_created_without_a_quantity(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    save_products(seller.session, [Product("cap", "Cap", skus=(Sku("CAP"),))])
    seller.set_price("CAP", "7.00")
    drafts = []
    create = seller.at("north").create_listing

    async def noted(draft: object) -> Listing:
        drafts.append(draft)
        return await create(draft)  # type: ignore[arg-type]

    seller.at("north").create_listing = noted  # type: ignore[method-assign]
    await seller.apply(seller.plan(channels=("north",)))
    assert drafts[0].offers[0].quantity is None  # type: ignore[attr-defined]


@pytest.mark.parametrize("fault", [hostile.fail_after, hostile.garble])
async def test_a_creation_in_doubt_that_happened_is_found_by_reading_the_shop(
    seller: Seller, fault: Fault
) -> None:
    await missing(seller)
    seller.at("north").faults = [fault]
    (item,) = (await seller.apply(seller.plan(channels=("north",)))).items
    assert item.outcome is Outcome.UNCONVERGED
    assert seller.open_rows("north") == 1
    plan = seller.plan(channels=("north",))
    assert plan.totals.changes == 0
    assert any("whether cap was created" in note for note in plan.notes)
    seller.later()
    await seller.sync()
    assert (len(made(seller)), seller.open_rows("north")) == (1, 0)
    assert seller.price("north", "CAP-R") == "7.00 CNY"
    assert seller.plan(channels=("north",)).totals.changes == 0


async def test_what_a_creation_in_doubt_made_is_ours_and_needs_no_adoption(
    seller: Seller,
) -> None:
    await missing(seller)
    seller.at("north").faults = [hostile.fail_after]
    await seller.apply(seller.plan(channels=("north",)))
    seller.set_price("CAP-R", "7.50")
    seller.later()
    await seller.sync()
    assert seller.price("north", "CAP-R") == "7.50 CNY"


async def test_a_creation_in_doubt_is_not_repeated_before_the_shop_was_read_whole(
    seller: Seller,
) -> None:
    await missing(seller)
    plan = seller.plan(channels=("north",))
    seller.at("north").faults = [hostile.time_out]
    await seller.apply(plan)
    (again,) = (await seller.apply(plan)).items
    assert again.outcome is Outcome.STALE
    seller.at("north").complete = False
    seller.later()
    await seller.sync()
    assert len(made(seller)) == 1
    seller.at("north").complete = True
    seller.later()
    await seller.sync()
    assert len(made(seller)) == 2
    assert seller.price("north", "CAP-R") == "7.00 CNY"


async def test_an_enumeration_within_the_settle_lag_does_not_settle_a_creation(
    seller: Seller,
) -> None:
    seller.declare("north", settle=timedelta(minutes=1))
    await missing(seller)
    north = seller.at("north")
    north.faults = [hostile.fail_after]
    await seller.apply(seller.plan(channels=("north",)))
    north.hidden = {"cap"}
    await seller.pull()
    assert seller.plan(channels=("north",)).totals.changes == 0
    assert seller.open_rows("north") == 1
    seller.later(61)
    north.hidden = set()
    await seller.sync()
    assert len(made(seller)) == 1


@pytest.mark.parametrize(("fault", "calls"), [(hostile.crash_after, 1), (hostile.crash_before, 2)])
async def test_a_creation_cut_short_by_a_crash_is_settled_by_reading_the_shop(
    seller: Seller, fault: Fault, calls: int
) -> None:
    await missing(seller)
    seller.at("north").faults = [fault]
    with pytest.raises(Crash):
        await seller.apply(seller.plan(channels=("north",)))
    assert seller.open_rows("north") == 1
    seller.later()
    await seller.sync()
    assert (len(made(seller)), seller.open_rows("north")) == (calls, 0)
    assert seller.price("north", "CAP-R") == "7.00 CNY"


async def test_a_creation_that_the_platform_refuses_says_why(seller: Seller) -> None:
    await missing(seller)

    async def refuse(send: hostile.Send, taken: hostile.Outcomes) -> hostile.Outcomes:
        raise Rejected("refused", code="NO_IMAGE", words="a listing needs an image")

    seller.at("north").faults = [refuse]
    (item,) = (await seller.apply(seller.plan(channels=("north",)))).items
    assert (item.outcome, item.reason) == (Outcome.REJECTED, "NO_IMAGE a listing needs an image")
    assert seller.open_rows("north") == 0


async def test_what_the_platform_made_otherwise_is_put_right_without_an_adoption(
    seller: Seller,
) -> None:
    await missing(seller)

    async def rounded(send: hostile.Send, taken: hostile.Outcomes) -> hostile.Outcomes:
        outcomes = await send()
        seller.shops["north"].rewrite("cap", title="TITLE OF CAP")
        seller.at("north").answer = seller.shops["north"].listings["cap"]
        return outcomes

    seller.at("north").faults = [rounded]
    await seller.apply(seller.plan(channels=("north",)))
    assert seller.shops["north"].listings["cap"].title == "TITLE OF CAP"
    seller.later()
    await seller.sync()
    assert seller.shops["north"].listings["cap"].title == "Title of cap"


async def test_a_page_made_without_our_merchant_codes_is_not_made_again(seller: Seller) -> None:
    await missing(seller)

    async def forgetful(send: hostile.Send, taken: hostile.Outcomes) -> hostile.Outcomes:
        outcomes = await send()
        shop = seller.shops["north"]
        page = shop.listings["cap"]
        shop.put(hostile.without_codes(page))
        seller.at("north").answer = shop.listings["cap"]
        return outcomes

    seller.at("north").faults = [forgetful]
    (item,) = (await seller.apply(seller.plan(channels=("north",)))).items
    assert item.outcome is Outcome.UNCONVERGED
    seller.later()
    await seller.sync()
    seller.later()
    await seller.sync()
    assert len(made(seller)) == 1
