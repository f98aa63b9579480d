"""Accepted is not applied: a change is confirmed when the shop shows it."""

from __future__ import annotations

from datetime import timedelta

from mercer.core.cell import Field
from mercer.core.errors import Transient
from mercer.core.merge import State
from mercer.core.outcome import Outcome
from mercer.core.price import PriceEntry
from mercer.sync.adopt import adopt_ours
from mercer.sync.apply import send_stock
from mercer.sync.catalogue import set_prices
from mercer.sync.settling import settle_due
from tests.sync import hostile
from tests.sync.conftest import Seller, yuan


async def test_what_was_accepted_and_never_applied_ends_unconverged_and_is_planned_again(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    north = seller.at("north")
    north.always = hostile.swallow
    (item,) = (await seller.apply(seller.plan(channels=("north",)))).items
    assert item.outcome is Outcome.UNCONVERGED
    assert item.reason == "accepted, but the shop still shows 10.00 CNY"
    assert seller.open_rows("north") == 0

    north.always = None
    plan = seller.plan(channels=("north",))
    assert plan.totals.changes == 1
    assert (await seller.apply(plan)).count(Outcome.CONFIRMED) == 1
    assert seller.plan(channels=("north",)).totals.changes == 0


async def test_a_write_may_take_until_its_deadline_to_show(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    north = seller.at("north")
    seller.declare("north", deadline=timedelta(seconds=30))
    north.write_lag = timedelta(seconds=25)
    began = seller.clock.now()
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.CONFIRMED) == 1
    assert len(north.writes) == 1
    assert seller.clock.now() - began >= timedelta(seconds=25)


async def test_a_write_that_shows_just_when_its_deadline_ends_is_confirmed(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    seller.declare("north", deadline=timedelta(seconds=30), settle=timedelta(seconds=30))
    seller.at("north").write_lag = timedelta(seconds=30)
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.CONFIRMED) == 1
    assert len(seller.at("north").writes) == 1


async def test_a_read_within_the_settle_lag_neither_confirms_nor_makes_drift(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    north = seller.at("north")
    seller.declare("north", settle=timedelta(seconds=20), deadline=timedelta(seconds=60))
    north.write_lag = timedelta(seconds=15)
    states: list[tuple[State, str | None]] = []

    async def look_too_early(send: hostile.Send, taken: hostile.Outcomes) -> hostile.Outcomes:
        outcomes = await send()
        await seller.pull()
        cell = seller.cell("north", "TEE-S", Field.PRICE)
        states.append((cell.state, cell.observed))
        return outcomes

    north.faults = [look_too_early]
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert states == [(State.IN_FLIGHT, "10.00 CNY")]
    assert applied.count(Outcome.CONFIRMED) == 1
    assert len(north.writes) == 1


async def test_an_early_read_that_shows_the_new_value_does_not_confirm_it_either(
    seller: Seller,
) -> None:
    """The shop may show one's own submission before it is true."""
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    seller.declare("north", settle=timedelta(seconds=20), deadline=timedelta(seconds=60))
    states = []

    async def look_too_early(send: hostile.Send, taken: hostile.Outcomes) -> hostile.Outcomes:
        outcomes = await send()
        await seller.pull()
        states.append(seller.cell("north", "TEE-S", Field.PRICE).state)
        return outcomes

    seller.at("north").faults = [look_too_early]
    await seller.apply(seller.plan(channels=("north",)))
    assert states == [State.IN_FLIGHT]


async def test_a_hand_that_moves_the_price_right_after_the_write_is_drift_when_it_is_late(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")

    async def edited(send: hostile.Send, taken: hostile.Outcomes) -> hostile.Outcomes:
        outcomes = await send()
        seller.shops["north"].change("tee", "tee/TEE-S", price=yuan("8.00"))
        return outcomes

    seller.at("north").faults = [edited]
    (item,) = (await seller.apply(seller.plan(channels=("north",)))).items
    assert item.outcome is not Outcome.CONFIRMED
    assert seller.price("north", "TEE-S") == "8.00 CNY", "what another hand set is not overwritten"


async def test_a_listing_that_vanishes_under_a_write_is_unconverged(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")

    async def deleted(send: hostile.Send, taken: hostile.Outcomes) -> hostile.Outcomes:
        outcomes = await send()
        del seller.shops["north"].listings["tee"]
        return outcomes

    seller.at("north").faults = [deleted]
    (item,) = (await seller.apply(seller.plan(channels=("north",)))).items
    assert item.outcome in {Outcome.UNCONVERGED, Outcome.STALE}
    assert "no longer at the shop" in item.reason
    assert seller.open_rows("north") == 0


async def test_a_cell_that_its_channel_keeps_does_not_stay_in_flight_for_ever(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("10.00"), compare_at=yuan("12.00"))])
    adopt_ours(seller.session, "north")

    async def undeclared(send: hostile.Send, taken: hostile.Outcomes) -> hostile.Outcomes:
        seller.undeclare_compare_at("TEE-S")
        return taken

    seller.at("north").always = undeclared
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.items[0].outcome is not Outcome.CONFIRMED
    cell = seller.cell("north", "TEE-S", Field.COMPARE_AT)
    assert (cell.state, cell.in_flight) == (State.FOLLOWED, None)


async def test_a_write_that_shows_after_its_deadline_is_not_sent_again(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    north = seller.at("north")
    north.faults = [hostile.crash_after]
    north.write_lag = timedelta(minutes=2)
    try:
        await seller.apply(seller.plan(channels=("north",)))
    except hostile.Crash:
        seller.later(121)
    assert seller.plan(channels=("north",)).totals.changes == 1, "overdue, as far as is known"
    await seller.sync()
    assert len(north.writes) == 1
    assert seller.cell("north", "TEE-S", Field.PRICE).state is State.AGREED
    (row,) = seller.journal("r1")
    assert row["settled"].startswith("confirmed")


async def test_what_another_reading_has_shown_is_settled_without_one(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.count("TEE-S", 4)
    plan = seller.plan(channels=("north",), fields=(Field.STOCK,))
    await send_stock(seller.session, plan.header.id, rising=True)
    assert seller.open_rows("north") == 1
    seller.later()
    await seller.pull()
    seller.at("north").read_faults = [Transient("away", in_doubt=False)]
    await settle_due(seller.session, seller.connections["north"])
    assert seller.open_rows("north") == 0


async def test_what_was_sent_is_seen_by_the_reading_before_the_next_write(seller: Seller) -> None:
    for sku in ("TEE-S", "MUG"):
        await seller.agree(sku.lower(), sku)
    for sku in ("TEE-S", "MUG"):
        seller.later()
        seller.count(sku, 4)
        plan = seller.plan(channels=("north",), fields=(Field.STOCK,))
        await send_stock(seller.session, plan.header.id, rising=True)
    assert seller.cell("north", "TEE-S", Field.STOCK).state is State.AGREED
    assert seller.open_rows("north") == 1
