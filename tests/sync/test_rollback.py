"""A run's prices go back where the shops still show them, and the book agrees with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mercer.core.account import Channel
from mercer.core.cell import NOTHING, Field, Nothing
from mercer.core.contract import GroupBy
from mercer.core.errors import AuthExpired, InputError
from mercer.core.merge import Owner, State
from mercer.core.money import Money
from mercer.core.outcome import Outcome
from mercer.core.policy import ASK
from mercer.core.price import PriceEntry
from mercer.store import prices, tables
from mercer.store.conflicts import Choice, listed
from mercer.store.database import open_database
from mercer.store.decisions import How
from mercer.store.plans import Plan
from mercer.sync.adopt import adopt_ours
from mercer.sync.apply import Applied
from mercer.sync.catalogue import drop_prices, set_prices
from mercer.sync.conflicts import Answer, resolve
from mercer.sync.link import set_link
from mercer.sync.planning import Request, make_plan
from mercer.sync.rollback import Narrowed, Rollback, find_run, look, roll_back
from tests.sync import hostile
from tests.sync.conftest import Seller, yuan

PRICES = (Field.PRICE, Field.COMPARE_AT)


async def pushed(seller: Seller) -> Applied:
    """Everything that waits to be pushed is, guards or no guards."""
    allowed = ("big-move", "decimal-slip", "wide-change", "strike-through")
    return await seller.apply(seller.plan(allowed=allowed, reason="meant"))


async def taken_back(
    seller: Seller, run: str, channels: tuple[str, ...] = (), skus: tuple[str, ...] = ()
) -> tuple[Rollback, Plan]:
    found, narrowed = find_run(seller.session, run), Narrowed(channels, skus)
    unread = await look(seller.session, found, narrowed)
    rollback = roll_back(seller.session, found, narrowed, unread)
    names = tuple(sorted({cell.channel for cell in rollback.cells})) or ("north",)
    return rollback, make_plan(seller.session, Request(names, PRICES, None, cells=rollback.cells))


async def cut(seller: Seller, price: str = "9.00") -> Applied:
    """A tee goes from 10.00 to another price on both shops."""
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", price)
    return await pushed(seller)


def whys(rollback: Rollback) -> dict[str, str]:
    return {each.change.cell.channel: each.why for each in rollback.left}


async def test_the_former_price_is_pinned_planned_and_shown_again(seller: Seller) -> None:
    run = await cut(seller)
    rollback, plan = await taken_back(seller, run.run)
    assert [(each.channel, str(each.price)) for each in rollback.pins] == [
        ("north", "10.00 CNY"),
        ("south", "10.00 CNY"),
    ]
    assert [(each.before, each.after) for each in seller.changes(plan)] == [
        ("9.00 CNY", "10.00 CNY")
    ] * 2
    assert (await seller.apply(plan)).count(Outcome.CONFIRMED) == 2
    assert seller.price("north", "TEE-S") == seller.price("south", "TEE-S") == "10.00 CNY"
    assert seller.plan().totals.changes == 0
    with seller.database.read() as tx:
        told = [each for each in prices.history_of(tx, "TEE-S") if each.entry.channel]
    assert {each.reason for each in told} == {"rollback of run r1"}
    lines = [row for row in seller.rows(tables.audit) if row["reason"] == "rollback of run r1"]
    assert {(row["channel"], row["after"]) for row in lines} >= {("north", "10.00 CNY")}


async def test_a_second_rollback_finds_nothing_to_do(seller: Seller) -> None:
    run = await cut(seller)
    first, plan = await taken_back(seller, run.run)
    again, same = await taken_back(seller, run.run)
    assert again.price_book == first.price_book, "the book pins them already"
    assert [each.cell for each in seller.changes(same)] == [
        each.cell for each in seller.changes(plan)
    ]
    await seller.apply(plan)
    rollback, empty = await taken_back(seller, run.run)
    assert (rollback.pins, rollback.left, rollback.back) == ((), (), 2)
    assert empty.totals.changes == 0


async def test_a_rollback_can_itself_be_taken_back(seller: Seller) -> None:
    run = await cut(seller)
    _, plan = await taken_back(seller, run.run)
    back = await seller.apply(plan)
    rollback, plan = await taken_back(seller, back.run)
    await seller.apply(plan)
    assert not rollback.left
    assert seller.price("north", "TEE-S") == "9.00 CNY"
    assert seller.plan().totals.changes == 0


async def test_what_another_hand_or_run_has_moved_since_is_left_and_told(seller: Seller) -> None:
    run = await cut(seller)
    seller.shops["north"].change("tee", "tee/TEE-S", price=yuan("8.50"))
    seller.set_price("TEE-S", "9.50", "south")
    later = await seller.apply(seller.plan(channels=("south",)))
    seller.set_price("TEE-S", "9.00", "south")
    await seller.apply(seller.plan(channels=("south",)))
    rollback, plan = await taken_back(seller, run.run)
    assert whys(rollback) == {
        "north": "another hand has changed it, seen since 2026-11-01 08:00 UTC",
        "south": "run r3 has written it since",
    }
    assert [each.shows for each in rollback.left] == ["8.50 CNY", "9.00 CNY"]
    assert (later.run, rollback.pins, plan.totals.changes) == ("r2", (), 0)


async def test_a_price_that_another_hand_took_back_is_agreed_to_without_a_write(
    seller: Seller,
) -> None:
    run = await cut(seller)
    seller.shops["north"].change("tee", "tee/TEE-S", price=yuan("10.00"))
    rollback, plan = await taken_back(seller, run.run, channels=("north",))
    assert len(rollback.pins) == 1
    assert plan.totals.changes == 0
    assert seller.cell("north", "TEE-S", Field.PRICE).state is State.AGREED


async def test_only_the_chosen_channels_and_skus_go_back(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    for sku in ("TEE-S", "TEE-M"):
        seller.set_price(sku, "9.00")
    run = await pushed(seller)
    rollback, plan = await taken_back(seller, run.run, ("south",), ("TEE-M",))
    await seller.apply(plan)
    assert len(rollback.cells) == 1
    assert seller.price("south", "TEE-M") == "10.00 CNY"
    assert seller.price("south", "TEE-S") == seller.price("north", "TEE-M") == "9.00 CNY"


async def test_stock_and_creations_stay_and_other_changes_wait(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    seller.own("mug", "MUG")
    seller.set_price("TEE-S", "9.00")
    seller.count("TEE-S", 7)
    run = await pushed(seller)
    seller.set_price("TEE-M", "9.90")
    rollback, plan = await taken_back(seller, run.run)
    assert rollback.never == {"stock": 2, "listing": 2}
    assert {each.sku for each in seller.changes(plan)} == {"TEE-S"}
    await seller.apply(plan)
    assert seller.quantity("north", "TEE-S") == 7
    assert seller.price("north", "TEE-M") == "10.00 CNY"


async def test_the_guards_look_at_a_rollback_and_can_be_passed_by_name(seller: Seller) -> None:
    run = await cut(seller, "5.00")
    rollback, plan = await taken_back(seller, run.run)
    assert plan.totals.blocked == 2
    assert "big-move" in seller.changes(plan)[0].guard
    again = Request(("north", "south"), PRICES, None, ("big-move",), "it was wrong", rollback.cells)
    done = await seller.apply(make_plan(seller.session, again))
    assert done.count(Outcome.CONFIRMED) == 2


@pytest.mark.parametrize("before", ["12.00", ""])
async def test_a_compare_at_price_goes_back_with_its_price(seller: Seller, before: str) -> None:
    struck = yuan(before) if before else NOTHING
    await seller.agree("tee", "TEE-S")
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("10.00"), compare_at=struck)])
    adopt_ours(seller.session, "north")
    adopt_ours(seller.session, "south")
    await pushed(seller)
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("9.00"), compare_at=yuan("11.00"))])
    run = await pushed(seller)
    _, plan = await taken_back(seller, run.run)
    assert plan.totals.blocked == 0
    await seller.apply(plan)
    offer = seller.shops["north"].find("TEE-S")[1]
    assert (str(offer.price), offer.compare_at) == ("10.00 CNY", struck)
    assert seller.plan().totals.changes == 0


async def test_a_declared_compare_at_price_stays_declared_beside_a_pin(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("10.00"), compare_at=NOTHING)])
    await pushed(seller)
    seller.set_price("TEE-S", "9.00")
    run = await pushed(seller)
    _, plan = await taken_back(seller, run.run)
    await seller.apply(plan)
    assert seller.cell("north", "TEE-S", Field.COMPARE_AT).state is State.AGREED


async def test_a_group_stays_whole_where_one_of_it_has_moved(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    seller.declare("north", groups=dict.fromkeys(seller.at("north").says.groups, GroupBy.LISTING))
    for sku in ("TEE-S", "TEE-M"):
        seller.set_price(sku, "9.00")
    run = await pushed(seller)
    seller.shops["north"].change("tee", "tee/TEE-M", price=yuan("8.00"))
    rollback, plan = await taken_back(seller, run.run, ("north",))
    assert plan.totals.changes == 0
    assert [each.why.partition(":")[0] for each in rollback.left] == [
        "another hand has changed it, seen since 2026-11-01 08",
        "the platform takes it only with others",
    ]


async def twice(seller: Seller, *prices: str) -> None:
    """One SKU on two listings of a shop."""
    for page, price in zip(("tee", "more"), prices, strict=True):
        seller.show("north", page, "TEE-S", price=price)
    await seller.pull()
    for page in ("tee", "more"):
        set_link(seller.session, "north", f"{page}/TEE-S", "TEE-S")
    adopt_ours(seller.session, "north")


async def test_what_one_entry_of_the_book_cannot_hold_stays(seller: Seller) -> None:
    seller.own("tee", "TEE-S")
    await twice(seller, "10.00", "9.50")
    seller.set_price("TEE-S", "9.00")
    run = await pushed(seller)
    rollback, _ = await taken_back(seller, run.run)
    assert {each.why for each in rollback.left} == {
        "its offers showed 10.00 CNY and 9.50 CNY, and the book has one price of a SKU"
    }


async def test_an_offer_that_the_run_did_not_write_is_never_moved(seller: Seller) -> None:
    seller.own("tee", "TEE-S", price="9.00")
    await twice(seller, "10.00", "9.00")
    run = await pushed(seller)
    rollback, plan = await taken_back(seller, run.run)
    assert whys(rollback) == {
        "north": "offer more/TEE-S of TEE-S would move too: it shows 9.00 CNY"
    }
    assert plan.totals.changes == 0


async def test_a_value_that_the_channel_kept_as_its_own_ends_with_the_rollback(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.rule("north", policies={Field.PRICE: ASK})
    seller.shops["north"].change("tee", "tee/TEE-S", price=yuan("9.80"))
    await seller.pull()
    with seller.database.read() as tx:
        waiting = list(listed(tx, Choice()))
    resolve(seller.session, waiting, Answer(How.VALUE, "a try", "9.00"))
    run = await pushed(seller)
    assert seller.price("north", "TEE-S") == "9.00 CNY"
    _, plan = await taken_back(seller, run.run)
    await seller.apply(plan)
    assert seller.price("north", "TEE-S") == "9.80 CNY"
    assert seller.rows(tables.overrides) == []
    assert seller.plan().totals.changes == 0


async def test_a_pin_lies_on_top_of_a_dated_entry_and_falls_away_when_it_is_dropped(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    now = seller.clock.now()
    dated = PriceEntry(
        "TEE-S", yuan("9.00"), "north", starts_at=now, ends_at=now + timedelta(days=2)
    )
    seller.later()
    set_prices(seller.session, [dated])
    run = await pushed(seller)
    seller.later()
    rollback, plan = await taken_back(seller, run.run)
    await seller.apply(plan)
    assert seller.price("north", "TEE-S") == "10.00 CNY"
    assert seller.plan().totals.changes == 0
    drop_prices(seller.session, rollback.pins)
    assert seller.cell("north", "TEE-S", Field.PRICE).desired == "9.00 CNY"


async def test_a_channel_that_cannot_be_read_keeps_its_prices(seller: Seller) -> None:
    run = await cut(seller)
    seller.at("north").read_faults = [AuthExpired("the token has expired")]
    rollback, plan = await taken_back(seller, run.run)
    assert whys(rollback) == {"north": "the shop could not be read: the token has expired"}
    assert {each.cell.channel for each in seller.changes(plan)} == {"south"}


async def test_a_field_that_became_the_channels_own_stays(seller: Seller) -> None:
    run = await cut(seller)
    seller.rule("north", owners={Field.PRICE: Owner.CHANNEL})
    rollback, _ = await taken_back(seller, run.run)
    assert whys(rollback) == {"north": "the channel decides it by now"}


async def test_what_no_read_has_confirmed_is_not_taken_back(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    seller.at("north").always = hostile.refuse_item("tee/TEE-S")
    run = await pushed(seller)
    _, plan = await taken_back(seller, run.run)
    assert {each.cell.channel for each in seller.changes(plan)} == {"south"}


def test_a_run_that_does_not_exist_is_an_input_error(seller: Seller) -> None:
    with pytest.raises(InputError, match="no run 'r9'"):
        find_run(seller.session, "r9")


amounts = st.sampled_from(["8.50", "9.00", "10.00", "11.00", "12.50"])
SKUS = ("A", "B", "C")
edits = st.lists(
    st.tuples(st.sampled_from(SKUS), st.sampled_from(["", "north", "south"]), amounts,
              st.sampled_from([None, NOTHING, yuan("15.00")])),
    min_size=1, max_size=5,
)  # fmt: skip
meddled = st.lists(
    st.tuples(st.sampled_from(["north", "south"]), st.sampled_from(SKUS), amounts), max_size=3
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=edits, second=edits, hands=meddled, faulty=st.booleans())
async def test_each_price_of_a_run_is_back_or_listed_and_the_book_derives_what_is_shown(
    first: list[tuple[str, str, str, Money | Nothing | None]],
    second: list[tuple[str, str, str, Money | Nothing | None]],
    hands: list[tuple[str, str, str]],
    faulty: bool,
) -> None:
    database = open_database(None)
    seller = Seller(database)
    for name in ("north", "south"):
        seller.add_channel(Channel(name, "memory", name, "CNY"))
    await seller.agree("all", *SKUS)
    for number, round_ in enumerate((first, second)):
        for sku, channel, price, struck in round_:
            set_prices(seller.session, [PriceEntry(sku, yuan(price), channel, struck)])
        for name in seller.channels:
            adopt_ours(seller.session, name)
        if number and faulty:
            seller.at("north").faults = [hostile.refuse_item("all/A"), hostile.time_out]
        run = await pushed(seller)
    written = {
        each.change.cell: each.change.before
        for each in run.items
        if each.outcome is Outcome.CONFIRMED and seller_wrote(seller, run, each.change.id)
    }
    seller.later()
    for name, sku, price in hands:
        seller.shops[name].change("all", f"all/{sku}", price=yuan(price))
    rollback, _ = await taken_back(seller, run.run)
    allowed = ("big-move", "decimal-slip", "wide-change", "strike-through")
    names = tuple(seller.channels)
    meant = Request(names, PRICES, None, allowed, "meant", rollback.cells)
    await seller.apply(make_plan(seller.session, meant))
    listed_ = {each.change.cell for each in rollback.left}
    for cell, before in written.items():
        now = seller.cell(cell.channel, cell.offer.removeprefix("all/"), cell.field)
        if cell not in listed_:
            assert now.observed == before
            assert now.desired == before
            assert now.state is State.AGREED
    still = {each.cell for each in seller.changes(seller.plan())}
    assert still.isdisjoint(written.keys() - listed_)
    again, _ = await taken_back(seller, run.run)
    assert again.pins == ()
    database.close()


def seller_wrote(seller: Seller, run: Applied, change: str) -> bool:
    return any(row["change"] == change for row in seller.journal(run.run))
