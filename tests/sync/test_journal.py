"""The intent is committed before a request leaves; whatever happens then is settled by reading."""

from __future__ import annotations

import asyncio

import pytest

from mercer.core.cell import Field, Lane
from mercer.core.contract import GroupBy
from mercer.core.errors import AuthExpired, Throttled
from mercer.core.outcome import Outcome
from mercer.store.runs import IN_DOUBT
from tests.sync import hostile
from tests.sync.conftest import Seller
from tests.sync.hostile import Crash, Fault

pytestmark = pytest.mark.both_databases


async def _pending(seller: Seller, *skus: str) -> None:
    await seller.agree("tee", *skus)
    for sku in skus:
        seller.set_price(sku, "9.00")


async def test_an_intent_is_committed_before_its_request_leaves(seller: Seller) -> None:
    await _pending(seller, "TEE-S")
    seen: list[int] = []

    def look(call: str) -> None:
        if call == "write_prices":
            seen.append(seller.open_rows("north"))

    seller.at("north").before_each = look
    await seller.apply(seller.plan(channels=("north",)))
    assert seen == [1]
    assert seller.open_rows("north") == 0


@pytest.mark.parametrize("fault", [hostile.crash_before, hostile.crash_after])
async def test_a_crash_leaves_an_intent_that_the_next_sync_settles_by_reading(
    seller: Seller, fault: Fault
) -> None:
    await _pending(seller, "TEE-S")
    north = seller.at("north")
    north.faults = [fault]
    with pytest.raises(Crash):
        await seller.apply(seller.plan(channels=("north",)))
    assert seller.open_rows("north") == 1

    seller.later()
    first = len(north.calls)
    await seller.sync()
    assert north.calls[first] == "read_back", "it reads before anything else"
    assert seller.price("north", "TEE-S") == "9.00 CNY"
    assert seller.open_rows("north") == 0
    # What took effect is not sent again; what did not is sent once more.
    assert len(north.writes) == (1 if fault is hostile.crash_after else 2)


def test_an_interrupted_run_leaves_an_intent_that_is_settled_later(seller: Seller) -> None:
    async def interrupted() -> None:
        await _pending(seller, "TEE-S")
        seller.at("north").faults = [hostile.interrupt_after]
        await seller.apply(seller.plan(channels=("north",)))

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(interrupted())
    assert seller.open_rows("north") == 1
    seller.later()
    asyncio.run(_synced(seller))
    assert seller.open_rows("north") == 0
    assert len(seller.at("north").writes) == 1


async def _synced(seller: Seller) -> None:
    await seller.sync()


async def test_a_crash_within_the_deadline_is_not_planned_again_meanwhile(seller: Seller) -> None:
    await _pending(seller, "TEE-S")
    north = seller.at("north")
    north.faults = [hostile.crash_before]
    with pytest.raises(Crash):
        await seller.apply(seller.plan(channels=("north",)))
    assert seller.plan(channels=("north",)).totals.changes == 0
    await seller.sync()
    assert len(north.writes) == 1
    assert seller.open_rows("north") == 1


@pytest.mark.parametrize("fault", [hostile.fail_after, hostile.garble])
async def test_what_took_effect_though_the_answer_was_lost_is_not_sent_twice(
    seller: Seller, fault: Fault
) -> None:
    await _pending(seller, "TEE-S", "TEE-M")
    seller.at("north").faults = [fault]
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert {item.outcome for item in applied.items} == {Outcome.CONFIRMED}
    assert "in doubt" in applied.items[0].reason
    assert len(seller.at("north").writes) == 1
    rows = seller.journal(applied.run)
    assert {row["outcome"] for row in rows} == {IN_DOUBT}
    assert all(row["settled"].startswith("confirmed") for row in rows)


async def test_a_write_in_doubt_without_effect_is_sent_again_once_its_deadline_has_passed(
    seller: Seller,
) -> None:
    await _pending(seller, "TEE-S")
    seller.at("north").faults = [hostile.time_out]
    began = seller.clock.now()
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.CONFIRMED) == 1
    assert (seller.clock.now() - began) >= seller.at("north").says.deadline
    first, second = seller.journal(applied.run)
    assert first["settled"].startswith("unconverged")
    assert (second["outcome"], second["settled"]) == ("accepted", "confirmed")
    assert first["key"] != second["key"]


async def test_each_retry_has_its_own_journal_row(seller: Seller) -> None:
    await _pending(seller, "TEE-S")
    seller.at("north").faults = [hostile.fail_before, hostile.swallow]
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.CONFIRMED) == 1
    outcomes = [(row["outcome"], row["settled"]) for row in seller.journal(applied.run)]
    assert [outcome for outcome, _ in outcomes] == ["failed", "accepted", "accepted"]
    assert outcomes[2][1] == "confirmed"
    assert seller.journal(applied.run)[0]["words"] == "the shop is not reachable"


async def test_a_shop_that_cannot_be_reached_is_tried_three_times_in_a_run(
    seller: Seller,
) -> None:
    await _pending(seller, "TEE-S")
    seller.at("north").always = hostile.fail_before
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.UNCONVERGED) == 1
    assert len(seller.journal(applied.run)) == 3
    assert seller.plan(channels=("north",)).totals.changes == 1


@pytest.mark.parametrize(
    ("fault", "error"), [(hostile.throttle, Throttled), (hostile.expire, AuthExpired)]
)
async def test_a_channel_that_must_stop_says_how_far_it_came(
    seller: Seller, fault: Fault, error: type[Exception]
) -> None:
    await _pending(seller, "TEE-S")
    seller.count("TEE-S", 4)
    seller.at("north").faults = [None, fault]
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert isinstance(applied.failed["north"], error)
    outcomes = {item.change.cell.field: item.outcome for item in applied.items}
    assert outcomes == {Field.STOCK: Outcome.CONFIRMED, Field.PRICE: Outcome.UNCONVERGED}
    assert seller.open_rows("north") == 0
    await seller.sync()
    assert seller.price("north", "TEE-S") == "9.00 CNY"


async def test_authorisation_that_expires_before_the_read_back_leaves_the_row_open(
    seller: Seller,
) -> None:
    await _pending(seller, "TEE-S")
    north = seller.at("north")
    north.read_faults = [None, AuthExpired("the token has expired")]
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert isinstance(applied.failed["north"], AuthExpired)
    assert seller.open_rows("north") == 1
    await seller.sync()
    assert seller.open_rows("north") == 0
    assert len(north.writes) == 1


async def test_a_batch_refused_because_of_one_item_is_halved_until_that_one_stands_alone(
    seller: Seller,
) -> None:
    skus = [f"S{number}" for number in range(8)]
    await _pending(seller, *skus)
    seller.at("north").always = hostile.refuse("tee/S5")
    applied = await seller.apply(seller.plan(channels=("north",)))
    outcomes = {item.change.sku: item.outcome for item in applied.items}
    assert outcomes.pop("S5") is Outcome.REJECTED
    assert set(outcomes.values()) == {Outcome.CONFIRMED}
    assert seller.price("north", "S5") == "10.00 CNY"
    refused = next(item for item in applied.items if item.change.sku == "S5")
    assert refused.reason == "BAD_ITEM one item is invalid"


async def test_one_refused_item_leaves_the_others_of_its_batch_done(seller: Seller) -> None:
    await _pending(seller, "TEE-S", "TEE-M")
    seller.at("north").faults = [hostile.refuse_item("tee/TEE-M")]
    applied = await seller.apply(seller.plan(channels=("north",)))
    outcomes = {item.change.sku: (item.outcome, item.reason) for item in applied.items}
    assert outcomes["TEE-M"] == (Outcome.REJECTED, "TOO_LOW below the minimum")
    assert outcomes["TEE-S"][0] is Outcome.CONFIRMED


async def test_an_item_that_the_answer_leaves_out_is_in_doubt_and_read_back(
    seller: Seller,
) -> None:
    await _pending(seller, "TEE-S", "TEE-M")
    seller.at("north").faults = [hostile.omit_last]
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.CONFIRMED) == 2
    assert sorted(row["outcome"] for row in seller.journal(applied.run)) == ["accepted", IN_DOUBT]
    assert len(seller.at("north").writes) == 1


async def test_a_lost_compare_and_set_is_read_computed_and_sent_again(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.count("TEE-S", 6)
    seller.at("north").faults = [hostile.lose_race]
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.CONFIRMED) == 1
    assert [row["outcome"] for row in seller.journal(applied.run)] == ["stale", "accepted"]
    assert seller.quantity("north", "TEE-S") == 6


async def test_a_race_lost_again_and_again_ends_stale_with_its_reason(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.count("TEE-S", 6)
    seller.at("north").always = hostile.lose_race
    (item,) = (await seller.apply(seller.plan(channels=("north",)))).items
    assert (item.outcome, item.reason) == (Outcome.STALE, "the shop sold meanwhile")


async def test_a_value_that_the_platform_returned_needs_no_reading_back(seller: Seller) -> None:
    await _pending(seller, "TEE-S")
    north = seller.at("north")
    north.faults = [hostile.confirm]
    applied = await seller.apply(seller.plan(channels=("north",)))
    assert applied.count(Outcome.CONFIRMED) == 1
    assert north.calls[-1] == "write_prices"
    assert seller.plan(channels=("north",)).totals.changes == 0


async def test_two_runs_at_once_write_a_cell_once(seller: Seller) -> None:
    await _pending(seller, "TEE-S")
    plan = seller.plan(channels=("north",))
    first, second = await asyncio.gather(seller.apply(plan), seller.apply(plan))
    assert len(seller.at("north").writes) == 1
    assert {first.items[0].outcome, second.items[0].outcome} <= {Outcome.CONFIRMED, Outcome.STALE}


async def test_a_group_of_which_another_run_is_writing_a_part_is_left_whole(
    seller: Seller,
) -> None:
    seller.declare("north", groups={Lane.PRICE: GroupBy.LISTING})
    await _pending(seller, "TEE-S", "TEE-M")
    plan = seller.plan(channels=("north",))
    moved = False

    def move(call: str) -> None:
        nonlocal moved
        if call == "read_back" and not moved:
            moved = True
            seller.set_price("TEE-M", "9.50")

    seller.at("north").before_each = move
    applied = await seller.apply(plan)
    assert {item.outcome for item in applied.items} == {Outcome.STALE}
    assert seller.at("north").writes == []
