"""Only a complete enumeration, or a read by id, concludes that something is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.errors import Transient
from mercer.core.merge import Owner, State
from mercer.core.outcome import Outcome
from mercer.store import cells, tables
from mercer.sync.pull import pull_listings, take_in
from mercer.sync.status import ChannelStatus, status_of
from tests.sync.conftest import Seller


def cell(seller: Seller, code: str, sku: str, field: Field = Field.PRICE) -> Cell:
    """Also of what is no longer at the shop."""
    key = CellKey("north", code, f"{code}/{sku}", field)
    with seller.database.read() as tx:
        return cells.of_listings(tx, [("north", code)])[key]


def north(seller: Seller) -> ChannelStatus:
    return next(each for each in status_of(seller.session) if each.channel == "north")


async def test_a_listing_that_a_complete_enumeration_lacks_is_missing(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    await seller.agree("cap", "CAP")
    seller.later()
    del seller.shops["north"].listings["tee"]
    pulled, _ = await pull_listings(seller.session)
    assert (pulled["north"].gone, pulled["north"].complete) == (1, True)
    assert cell(seller, "tee", "TEE-S").state is State.MISSING
    assert cell(seller, "cap", "CAP").state is State.AGREED
    assert north(seller).missing > 0
    assert north(seller).absent == 1


async def test_an_incomplete_enumeration_concludes_nothing(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.later()
    seller.at("north").complete = False
    seller.at("north").hidden = {"tee"}
    pulled, _ = await pull_listings(seller.session)
    assert (pulled["north"].gone, pulled["north"].complete) == (0, False)
    assert cell(seller, "tee", "TEE-S").state is State.AGREED
    assert (north(seller).missing, north(seller).absent) == (0, 0)


async def test_an_enumeration_that_broke_off_concludes_nothing(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.later()
    seller.at("north").read_faults = [Transient("not reachable", in_doubt=False)]
    _, failed = await pull_listings(seller.session)
    assert list(failed) == ["north"]
    assert cell(seller, "tee", "TEE-S").state is State.AGREED


async def test_what_comes_back_is_compared_again(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.later()
    page = seller.shops["north"].listings.pop("tee")
    await seller.pull()
    seller.set_price("TEE-S", "9.00")
    assert seller.plan(channels=("north",), fields=(Field.PRICE,)).totals.changes == 0
    seller.later()
    seller.shops["north"].put(page)
    await seller.pull()
    found = cell(seller, "tee", "TEE-S")
    assert (found.state, found.gone) == (State.PUSH, False)


async def test_what_is_gone_is_not_written(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan(channels=("north",))
    seller.later()
    del seller.shops["north"].listings["tee"]
    (item,) = (await seller.apply(plan)).items
    assert (item.outcome, item.reason) == (Outcome.STALE, "it is no longer at the shop")
    assert seller.at("north").writes == []


async def test_an_offer_that_its_listing_lost_is_missing(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    page = seller.shops["north"].listings["tee"]
    seller.shops["north"].put(replace(page, offers=page.offers[:1]))
    await seller.pull()
    assert cell(seller, "tee", "TEE-M").state is State.MISSING
    assert cell(seller, "tee", "TEE-S").state is State.AGREED


async def test_a_listing_that_cannot_be_read_is_set_aside_and_is_not_gone(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    await seller.agree("cap", "CAP")
    seller.later()
    seller.at("north").unreadable = {"tee"}
    seller.shops["north"].change("cap", "cap/CAP", quantity=3)
    pulled, _ = await pull_listings(seller.session)
    assert (pulled["north"].unreadable, pulled["north"].gone) == (1, 0)
    assert cell(seller, "tee", "TEE-S").state is State.AGREED
    assert cell(seller, "cap", "CAP", Field.STOCK).observed == "3"
    (aside,) = seller.rows(tables.quarantine)
    assert (aside["id"], aside["reason"]) == ("tee", "a price of a new kind")

    seller.later()
    seller.at("north").unreadable = set()
    await pull_listings(seller.session)
    assert seller.rows(tables.quarantine) == []


async def test_an_unreadable_listing_that_was_deleted_is_no_longer_aside(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.at("north").unreadable = {"tee"}
    await pull_listings(seller.session)
    seller.later()
    del seller.shops["north"].listings["tee"]
    await pull_listings(seller.session)
    assert seller.rows(tables.quarantine) == []
    assert cell(seller, "tee", "TEE-S").state is State.MISSING


async def test_nothing_is_created_while_a_listing_never_read_may_be_the_product(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.own("cap", "CAP")
    seller.show("north", "cap", "CAP")
    seller.at("north").unreadable = {"cap"}
    seller.later()
    await seller.pull()
    plan = seller.plan(channels=("north",))
    assert plan.totals.changes == 0
    assert any("cannot be read" in note for note in plan.notes)


async def test_a_read_that_began_before_a_later_one_tells_nothing(seller: Seller) -> None:
    """Two reads at once: the slower one may bring an older state."""
    await seller.agree("tee", "TEE-S")
    seller.later()
    old_began = seller.clock.now()
    old = seller.shops["north"].listings["tee"]
    seller.later()
    seller.shops["north"].change("tee", "tee/TEE-S", quantity=3)
    await seller.pull()
    take_in(seller.session, seller.session.connection("north"), [old], old_began)
    assert cell(seller, "tee", "TEE-S", Field.STOCK).observed == "3"


async def test_an_unlinked_listing_is_left_alone(seller: Seller) -> None:
    seller.show("north", "theirs", "NOT-OURS")
    await seller.sync()
    states = {row["state"] for row in seller.rows(tables.cells)}
    assert states <= {State.UNLINKED.value, State.FOLLOWED.value}
    assert seller.at("north").writes == []


@pytest.mark.parametrize("field", [Field.PRICE, Field.STOCK, Field.TITLE])
async def test_a_field_that_the_channel_owns_is_followed_and_never_written(
    seller: Seller, field: Field
) -> None:
    seller.rule("north", owners={field: Owner.CHANNEL})
    await seller.agree("tee", "TEE-S")
    seller.later()
    seller.set_price("TEE-S", "9.00")
    seller.count("TEE-S", 3)
    await seller.sync()
    page, offer = seller.shops["north"].find("TEE-S")
    held = {Field.PRICE: str(offer.price), Field.STOCK: offer.stock[0].quantity}
    assert held.get(field, page.title) in {"10.00 CNY", 10, "Title of tee"}
