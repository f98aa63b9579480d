"""Stock at the shops: nobody is given sold units back, and nothing is shown twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mercer.core.cell import NOTHING, Field
from mercer.core.contract import OrderReads
from mercer.core.listing import FulfilledBy, Listing, ListingStatus, Offer
from mercer.core.merge import Cause, State
from mercer.core.outcome import Outcome
from mercer.core.product import Product, Sku
from mercer.core.stock import StockReading
from mercer.core.stock_rule import StockRule
from mercer.store import tables
from mercer.sync.catalogue import save_products
from mercer.sync.intake import pull_orders
from mercer.sync.link import set_link
from mercer.sync.pull import pull_listings, read_back
from tests.sync.conftest import Seller, yuan
from tests.sync.hostile import Hostile, Outcomes, Send, WithoutCompareAndSet


def use(seller: Seller, adapter: type[Hostile], order_lag: float = 0.0) -> Hostile:
    """Both shops anew, on this kind of connection."""
    for channel in list(seller.channels.values()):
        seller.add_channel(channel, adapter)
        hostile = seller.at(channel.name)
        hostile.order_lag = timedelta(seconds=order_lag)
        orders = OrderReads(overlap=timedelta(seconds=5), lag=hostile.order_lag)
        hostile.says = replace(hostile.says, orders=orders)
    return seller.at("north")


@pytest.mark.parametrize("adapter", [Hostile, WithoutCompareAndSet])
@pytest.mark.parametrize("order_lag", [0.0, 120.0])
async def test_a_shop_that_sold_between_pull_and_apply_is_not_given_its_units_back(
    seller: Seller, adapter: type[Hostile], order_lag: float
) -> None:
    use(seller, adapter, order_lag)
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    seller.count("TEE-S", 15)
    plan = seller.plan(channels=("north",))
    seller.sell("north", "TEE-S", 3)
    seller.later(1)
    applied = await seller.apply(plan)
    assert applied.count(Outcome.CONFIRMED) == 1
    assert seller.quantity("north", "TEE-S") == 12
    assert seller.rows(tables.findings) == []


@pytest.mark.parametrize("adapter", [Hostile, WithoutCompareAndSet])
@pytest.mark.parametrize("order_lag", [0.0, 120.0])
@pytest.mark.parametrize("call", range(6))
async def test_a_sale_just_before_any_call_of_an_apply_is_never_undone_for_long(
    seller: Seller, adapter: type[Hostile], order_lag: float, call: int
) -> None:
    north = use(seller, adapter, order_lag)
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    seller.count("TEE-S", 15)
    plan = seller.plan(channels=("north",))
    calls = 0

    def sell(name: str) -> None:
        nonlocal calls
        seller.later(0.3)
        if calls == call:
            seller.sell("north", "TEE-S", 2)
        calls += 1

    north.before_each = sell
    await seller.apply(plan)
    north.before_each = lambda name: None
    for _ in range(4):
        seller.later(180)
        await seller.sync()
    sold = 2 if calls > call else 0
    assert seller.quantity("north", "TEE-S") == 15 - sold
    assert seller.quantity("south", "TEE-S") == 15 - sold
    assert seller.open_rows("north") == 0


async def test_a_write_waits_while_the_shop_sells_what_its_orders_do_not_list_yet(
    seller: Seller,
) -> None:
    north = use(seller, WithoutCompareAndSet, order_lag=120.0)
    await seller.agree("tee", "TEE-S", quantity=100)
    seller.later(600)
    seller.count("TEE-S", 200)
    plan = seller.plan(channels=("north",))

    def busy(name: str) -> None:
        if name == "read_back":
            seller.sell("north", "TEE-S", 1)

    north.before_each = busy
    (item,) = (await seller.apply(plan)).items
    assert item.outcome is Outcome.UNCONVERGED
    assert "selling" in item.reason
    assert north.writes == [], "an absolute number would have given units back"


@pytest.mark.parametrize("adapter", [Hostile, WithoutCompareAndSet])
async def test_a_sale_right_after_a_write_does_not_hide_that_the_write_arrived(
    seller: Seller, adapter: type[Hostile]
) -> None:
    north = use(seller, adapter)
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    seller.count("TEE-S", 15)

    async def sold_at_once(send: Send, taken: Outcomes) -> Outcomes:
        outcomes = await send()
        seller.later(0.1)
        seller.sell("north", "TEE-S", 2)
        seller.later(0.1)
        return outcomes

    north.faults = [sold_at_once]
    began = seller.clock.now()
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.CONFIRMED) == 1
    assert (len(north.writes), seller.quantity("north", "TEE-S")) == (1, 13)
    assert seller.clock.now() - began < north.says.deadline
    assert seller.cell("north", "TEE-S", Field.STOCK).state is State.AGREED


async def test_a_sale_on_one_shop_lowers_what_the_other_shows(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    seller.sell("north", "TEE-S", 3)
    seller.later()
    cycle = await seller.sync()
    assert [change.cell.channel for change in seller.changes(cycle.plan)] == ["south"]
    assert seller.quantity("south", "TEE-S") == 7
    assert seller.at("north").writes == [], "the shop took its own sale off by itself"


async def test_a_sale_between_the_listing_and_the_orders_is_expected_to_show_by_itself(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    await pull_listings(seller.session)
    seller.later()
    seller.sell("north", "TEE-S", 1)
    await pull_orders(seller.session)
    cell = seller.cell("north", "TEE-S", Field.STOCK)
    assert (cell.observed, cell.desired, cell.state) == ("10", "9", State.AGREED)
    seller.later()
    await seller.pull()
    cell = seller.cell("north", "TEE-S", Field.STOCK)
    assert (cell.observed, cell.state, cell.unexplained) == ("9", State.AGREED, 0)
    assert seller.rows(tables.findings) == []


async def test_stock_moved_by_no_order_is_recorded_and_what_we_want_is_pushed(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    seller.sell("north", "TEE-S", 2)
    seller.shops["north"].change("tee", "tee/TEE-S", quantity=50)
    seller.later()
    await seller.pull()
    cell = seller.cell("north", "TEE-S", Field.STOCK)
    assert (cell.state, cell.cause, cell.unexplained) == (State.PUSH, Cause.UNEXPLAINED, 42)
    (finding,) = seller.rows(tables.findings)
    assert (finding["expected"], finding["observed"], finding["sku"]) == (8, 50, "TEE-S")
    await seller.sync()
    assert seller.quantity("north", "TEE-S") == 8
    assert len(seller.rows(tables.findings)) == 1


async def test_the_same_unexplained_numbers_are_recorded_again_when_they_happen_again(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    for _ in range(2):
        seller.later()
        seller.shops["north"].change("tee", "tee/TEE-S", quantity=50)
        seller.later()
        await seller.sync()
        await seller.sync()
    assert len(seller.rows(tables.findings)) == 2


async def test_a_cancelled_order_gives_its_units_back_everywhere(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=10)
    seller.later()
    order = seller.sell("north", "TEE-S", 4)
    seller.later()
    await seller.sync()
    assert seller.quantity("south", "TEE-S") == 6
    seller.later()
    seller.shops["north"].cancel(order.order, seller.clock.now())
    seller.later()
    await seller.sync()
    assert (seller.quantity("north", "TEE-S"), seller.quantity("south", "TEE-S")) == (10, 10)
    assert seller.rows(tables.findings) == []


async def test_a_rule_limits_what_a_channel_shows(seller: Seller) -> None:
    seller.rule("north", stock_rule=StockRule("careful", percent=50, buffer=1))
    seller.own("tee", "TEE-S", quantity=10)
    seller.show("north", "tee", "TEE-S", quantity=4)
    await seller.pull()
    cell = seller.cell("north", "TEE-S", Field.STOCK)
    assert (cell.desired, cell.state) == ("4", State.AGREED)
    assert cell.why == "rule careful: 10 available, 50 % of it is 5, less 1 as a buffer"


async def test_nothing_negative_is_ever_shown(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", quantity=1)
    seller.later()
    seller.sell("north", "TEE-S", 1)
    seller.sell("south", "TEE-S", 1)
    seller.later()
    await seller.sync()
    await seller.sync()
    balance = seller.balance("TEE-S")
    assert balance is not None
    assert balance.available == -1
    assert seller.cell("north", "TEE-S", Field.STOCK).desired == "0"
    assert seller.quantity("south", "TEE-S") == 0
    assert len(seller.rows(tables.incidents)) == 1


# ------------------------------------------------------------------ several offers of one SKU


def twice(seller: Seller, *quantities: int) -> None:
    """One SKU on a page of its own for each quantity, all on north."""
    seller.own("tee", "TEE-S", quantity=sum(quantities))
    for number, quantity in enumerate(quantities):
        stock = (StockReading("", quantity),)
        offer = Offer(f"o{number}", None, yuan("10.00"), NOTHING, stock)
        page = Listing(f"page{number}", "Title of tee", ListingStatus.LISTED, (offer,), "", None)
        seller.shops["north"].put(page)


def shown(seller: Seller) -> list[str | None]:
    return [
        cell["desired"] for cell in seller.rows(tables.cells) if cell["field"] == Field.STOCK.value
    ]


async def test_offers_of_one_sku_share_out_what_there_is(seller: Seller) -> None:
    twice(seller, 3, 2)
    await seller.pull()
    set_link(seller.session, "north", "o0", "TEE-S")
    assert shown(seller) == ["5", None]
    set_link(seller.session, "north", "o1", "TEE-S")
    assert shown(seller) == ["3", "2"]
    set_link(seller.session, "north", "o0", None)
    assert shown(seller) == [None, "5"]


async def test_an_offer_that_goes_leaves_its_share_to_the_others_and_takes_it_back(
    seller: Seller,
) -> None:
    twice(seller, 3, 2)
    await seller.pull()
    for offer in ("o0", "o1"):
        set_link(seller.session, "north", offer, "TEE-S")
    seller.later()
    gone = seller.shops["north"].listings.pop("page0")
    await seller.pull()
    assert seller.rows(tables.cells)[0]["state"] == State.MISSING.value
    assert shown(seller)[1] == "5"
    seller.later()
    seller.shops["north"].put(gone)
    await seller.pull()
    assert shown(seller) == ["3", "2"]


async def test_an_offer_that_its_listing_lost_leaves_its_share_to_the_others(
    seller: Seller,
) -> None:
    seller.own("tee", "TEE-S", quantity=6)
    offers = tuple(
        Offer(f"o{number}", None, yuan("10.00"), NOTHING, (StockReading("", 2),))
        for number in range(3)
    )
    page = Listing("page", "Title of tee", ListingStatus.LISTED, offers, "", None)
    seller.shops["north"].put(page)
    await seller.pull()
    for offer in offers:
        set_link(seller.session, "north", offer.offer, "TEE-S")
    assert shown(seller) == ["2", "2", "2"]
    # The clock stands still: what is gone is told by what the read showed, not by when.
    seller.shops["north"].put(replace(page, offers=offers[:2]))
    await seller.pull()
    assert shown(seller)[:2] == ["3", "3"]


async def test_a_read_of_one_page_alone_moves_the_shares_of_the_others(seller: Seller) -> None:
    twice(seller, 3, 2)
    await seller.pull()
    for offer in ("o0", "o1"):
        set_link(seller.session, "north", offer, "TEE-S")
    page = seller.shops["north"].listings["page0"]
    connection = seller.session.connection("north")
    seller.shops["north"].put(replace(page, offers=()))
    await read_back(seller.session, connection, ["page0"])
    assert shown(seller)[1] == "5"
    seller.shops["north"].put(page)
    await read_back(seller.session, connection, ["page0"])
    assert shown(seller) == ["3", "2"]


# ------------------------------------------------------------------ bundles


async def test_a_bundle_shows_what_its_parts_make_up_and_reserves_them(seller: Seller) -> None:
    await seller.agree("cup", "CUP", quantity=9)
    await seller.agree("lid", "LID", quantity=7)
    bundle = Sku("SET", parts=(("CUP", 2), ("LID", 1)))
    save_products(seller.session, [Product("set", "Title of set", skus=(bundle,))])
    seller.set_price("SET", "30.00")
    seller.show("north", "set", "SET", price="30.00", quantity=4)
    await seller.pull()
    cell = seller.cell("north", "SET", Field.STOCK)
    assert (cell.desired, cell.state) == ("4", State.AGREED)
    seller.later()
    seller.sell("north", "SET", 2)
    seller.later()
    await seller.sync()
    cup, lid = seller.balance("CUP"), seller.balance("LID")
    assert cup is not None
    assert lid is not None
    assert (cup.available, lid.available) == (5, 5)
    assert seller.quantity("south", "CUP") == 5
    assert seller.quantity("north", "SET") == 2


async def test_a_bundle_of_which_a_part_was_never_counted_is_unknown(seller: Seller) -> None:
    await seller.agree("cup", "CUP", quantity=9)
    parts = (("CUP", 1), ("LID", 1))
    lid = Product("lid", "Lid", skus=(Sku("LID"),))
    save_products(seller.session, [lid, Product("set", "Set", skus=(Sku("SET", parts=parts),))])
    seller.show("north", "set", "SET")
    await seller.pull()
    cell = seller.cell("north", "SET", Field.STOCK)
    assert (cell.desired, cell.state) == (None, State.BLOCKED)


# ------------------------------------------------------------------ fulfilled by the platform


async def test_an_offer_that_the_platform_fulfils_moves_no_stock_and_is_not_written(
    seller: Seller,
) -> None:
    seller.own("tee", "TEE-S", quantity=10)
    seller.show("north", "tee", "TEE-S", quantity=3)
    page = seller.shops["north"].listings["tee"]
    (offer,) = page.offers
    fulfilled = replace(offer, fulfilled_by=FulfilledBy.PLATFORM)
    seller.shops["north"].put(replace(page, offers=(fulfilled,)))
    await seller.pull()
    assert seller.cell("north", "TEE-S", Field.STOCK).state is State.FOLLOWED
    seller.later()
    order = seller.sell("north", "TEE-S", 2)
    line = replace(order.lines[0], fulfilled_by=FulfilledBy.PLATFORM)
    seller.shops["north"].orders[order.order] = replace(order, lines=(line,))
    seller.later()
    await seller.sync()
    balance = seller.balance("TEE-S")
    assert balance is not None
    assert (balance.on_hand, balance.reserved) == (10, 0)
    assert seller.at("north").writes == []


async def test_what_the_platform_fulfils_takes_no_share(seller: Seller) -> None:
    twice(seller, 3, 2)
    page = seller.shops["north"].listings["page1"]
    seller.shops["north"].put(
        replace(page, offers=(replace(page.offers[0], fulfilled_by=FulfilledBy.PLATFORM),))
    )
    await seller.pull()
    for offer in ("o0", "o1"):
        set_link(seller.session, "north", offer, "TEE-S")
    assert shown(seller) == ["5", None]


async def test_a_page_taken_off_for_want_of_stock_stays_off_until_there_is_some(
    seller: Seller,
) -> None:
    def status() -> str:
        return seller.shops["north"].listings["tee"].status.value

    await seller.agree("tee", "TEE-S", quantity=1)
    seller.later()
    seller.sell("north", "TEE-S", 1)
    seller.shops["north"].rewrite("tee", status=ListingStatus.SOLD_OUT)
    seller.later()
    await seller.sync()
    assert status() == "sold_out"
    seller.count("TEE-S", 5)
    seller.later()
    await seller.sync()
    await seller.sync()
    assert seller.quantity("north", "TEE-S") == 4
    assert status() == "listed"


async def test_a_page_whose_share_is_nothing_stays_off_the_shelf(seller: Seller) -> None:
    twice(seller, 1, 0)
    await seller.pull()
    for offer in ("o0", "o1"):
        set_link(seller.session, "north", offer, "TEE-S")
    seller.shops["north"].rewrite("page1", status=ListingStatus.SOLD_OUT)
    await seller.pull()
    status = [row["desired"] for row in seller.rows(tables.cells) if row["field"] == "status"]
    assert (shown(seller), status) == (["1", "0"], ["listed", "sold_out"])
