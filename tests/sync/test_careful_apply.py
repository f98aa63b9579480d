"""A canary goes first, a run that fails too often stops, and what was stopped is gone on with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from mercer.core.cell import Field, Lane
from mercer.core.clock import VirtualClock
from mercer.core.contract import Batch
from mercer.core.outcome import Outcome
from mercer.core.terms import Share, Terms
from mercer.sync.apply import Applied, apply_plan
from mercer.sync.cycle import carrier
from mercer.sync.engine.inline import Inline
from tests.sync import hostile
from tests.sync.conftest import Seller, yuan

CODES = ("tee", "cap", "mug", "pin", "bag", "hat")
FIRST = Terms(Share(2), timedelta(minutes=5))


async def moved(seller: Seller, *channels: str) -> str:
    """The plan of six prices on each shop, read and written one by one; those of a bag come first."""
    for code in CODES:
        await seller.agree(code, f"{code}-1")
        seller.set_price(f"{code}-1", "9.00")
    for channel in seller.channels:
        alone = Batch(1, one_listing=True, quota="calls", wave=1)
        seller.declare(channel, batches={Lane.PRICE: alone})
    return seller.plan(channels=channels).header.id


async def applied(seller: Seller, plan: str, terms: Terms | None = None) -> Applied:
    return await apply_plan(seller.session, plan, terms=terms)


def prices(seller: Seller, channel: str = "north") -> list[str]:
    return [seller.price(channel, f"{code}-1").removesuffix(" CNY") for code in CODES]


def after_the_wait(seller: Seller, do: Callable[[], None]) -> None:
    """Done once, while the canary is left alone."""
    sleep = seller.clock.sleep

    async def meddled(seconds: float) -> None:
        if seconds > 30:
            seller.clock.sleep = sleep  # type: ignore[method-assign]
            do()
        await sleep(seconds)

    seller.clock.sleep = meddled  # type: ignore[method-assign]


async def test_a_few_are_written_first_and_the_others_once_they_have_held(seller: Seller) -> None:
    plan = await moved(seller)
    shown: list[list[str]] = []
    after_the_wait(seller, lambda: shown.extend([prices(seller), prices(seller, "south")]))
    began = seller.clock.now()
    done = await applied(seller, plan, FIRST)
    assert [sorted(each) for each in shown] == [["10.00"] * 5 + ["9.00"]] * 2
    assert seller.clock.now() - began >= timedelta(minutes=5)
    assert (done.count(Outcome.CONFIRMED), done.stopped) == (12, "")
    assert len(seller.at("north").writes) == len(seller.at("south").writes) == 6
    again = await applied(seller, plan)
    assert again.run != done.run, "it was over"


async def test_a_canary_that_another_hand_moved_meanwhile_stops_the_run_everywhere(
    seller: Seller,
) -> None:
    plan = await moved(seller)
    after_the_wait(
        seller, lambda: seller.shops["north"].change("bag", "bag/bag-1", price=yuan("8.00"))
    )
    done = await applied(seller, plan, FIRST)
    assert done.stopped == ("the canary found bag-1 price on north: the shop shows 8.00 CNY by now")
    assert (done.count(Outcome.CONFIRMED), done.count(Outcome.OPEN)) == (2, 10)
    assert prices(seller, "south").count("9.00") == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (hostile.refuse_item("bag/bag-1"), "rejected: TOO_LOW below the minimum"),
        (hostile.swallow, "unconverged: accepted, but the shop still shows 10.00 CNY"),
    ],
)
async def test_a_canary_that_does_not_land_stops_the_run(
    seller: Seller, fault: hostile.Fault, told: str
) -> None:
    plan = await moved(seller)
    seller.at("north").always = fault
    done = await applied(seller, plan, FIRST)
    assert told in done.stopped
    assert done.count(Outcome.OPEN) == 10
    assert prices(seller, "south").count("9.00") == 1


async def test_a_canary_that_cannot_be_tried_on_a_channel_stops_the_run(seller: Seller) -> None:
    plan = await moved(seller)
    seller.at("north").faults = [hostile.expire]
    done = await applied(seller, plan, FIRST)
    assert done.stopped == "the canary could not be tried on north: the token has expired"
    assert (done.count(Outcome.CONFIRMED), done.count(Outcome.OPEN)) == (1, 11)


async def test_a_change_overtaken_meanwhile_says_nothing_against_the_others(seller: Seller) -> None:
    plan = await moved(seller)
    seller.set_price("bag-1", "9.50")
    done = await applied(seller, plan, Terms(Share(8)))
    assert not done.stopped
    assert (done.count(Outcome.STALE), done.count(Outcome.CONFIRMED)) == (2, 10)
    seller.set_price("cap-1", "9.60")
    seller.set_price("bag-1", "9.70")
    plan = seller.plan().header.id
    seller.set_price("bag-1", "9.80")
    stopped = await applied(seller, plan, FIRST)
    assert stopped.stopped.startswith("nothing of the canary was written on north: stale: since")


async def test_a_stopped_run_goes_on_and_sends_nothing_twice(seller: Seller) -> None:
    plan = await moved(seller)
    seller.at("north").faults = [hostile.refuse_item("bag/bag-1")]
    stopped = await applied(seller, plan, FIRST)
    done = await applied(seller, plan)
    assert done.run == stopped.run
    assert (done.count(Outcome.CONFIRMED), done.stopped) == (12, "")
    written = [row["change"] for row in seller.journal(done.run)]
    assert len(written) == len(set(written)) == 12
    assert seller.plan().totals.changes == 0


async def test_a_run_killed_in_the_wait_waits_for_the_rest_and_goes_on(seller: Seller) -> None:
    plan = await moved(seller, "north")

    def die() -> None:
        raise hostile.Crash

    after_the_wait(seller, die)
    with pytest.raises(hostile.Crash):
        await applied(seller, plan, FIRST)
    seller.later(200)
    seller.at("north").calls.clear()
    began = seller.clock.now()
    done = await applied(seller, plan)
    assert seller.clock.now() - began == timedelta(seconds=100)
    assert (done.run, done.count(Outcome.CONFIRMED)) == ("r1", 6)
    assert len(seller.at("north").writes) == 4, "the canary had been written"


async def test_a_run_stops_beyond_so_many_failures_and_can_go_on(seller: Seller) -> None:
    plan = await moved(seller)
    seller.at("north").always = hostile.fail_before
    seller.at("south").always = hostile.refuse_item("pin/pin-1")
    stopped = await applied(seller, plan, Terms(max_failures=Share(2)))
    assert stopped.stopped == "more than 2 changes were rejected or did not converge"
    assert stopped.count(Outcome.UNCONVERGED) + stopped.count(Outcome.REJECTED) == 3
    assert stopped.count(Outcome.OPEN) > 0
    seller.at("north").always = seller.at("south").always = None
    done = await applied(seller, plan, Terms(max_failures=Share(2)))
    assert (done.run, done.count(Outcome.CONFIRMED)) == (stopped.run, 12)
    with_failures = seller.plan()
    assert with_failures.totals.changes == 0


async def test_as_many_failures_as_are_allowed_do_not_stop_a_run(seller: Seller) -> None:
    plan = await moved(seller)
    seller.at("north").always = hostile.refuse_item("pin/pin-1")
    done = await applied(seller, plan, Terms(max_failures=Share(10, percent=True)))
    assert (done.count(Outcome.CONFIRMED), done.count(Outcome.REJECTED)) == (11, 1)


async def test_an_interrupt_lets_the_batch_end_and_leaves_nothing_in_doubt(seller: Seller) -> None:
    plan = await moved(seller)
    stop = asyncio.Event()

    async def interrupted(send: hostile.Send, taken: hostile.Outcomes) -> hostile.Outcomes:
        stop.set()
        await asyncio.sleep(0)
        return await send()

    seller.at("north").faults = [None, interrupted]
    engine = Inline(seller.session, stop)
    stopped = await apply_plan(seller.session, plan, carry=carrier(engine))
    assert stopped.stopped == "interrupted between two batches"
    assert not stopped.failed
    assert prices(seller).count("9.00") == 2
    assert all(row["outcome"] == "accepted" for row in seller.journal(stopped.run))
    done = await applied(seller, plan)
    assert (done.run, done.count(Outcome.CONFIRMED)) == (stopped.run, 12)
    assert len(seller.journal(done.run)) == 12
    assert seller.cell("north", "tee-1", Field.PRICE).base == "9.00 CNY"


async def test_an_interrupt_while_the_canary_is_left_alone_ends_at_once(seller: Seller) -> None:
    plan = await moved(seller)
    stop = asyncio.Event()
    waiting: Callable[[float], Awaitable[None]] = seller.clock.sleep

    async def long(seconds: float) -> None:
        if seconds > 30:
            stop.set()
            await asyncio.Event().wait()
        await waiting(seconds)

    seller.clock.sleep = long  # type: ignore[method-assign]
    engine = Inline(seller.session, stop)
    stopped = await apply_plan(seller.session, plan, terms=FIRST, carry=carrier(engine))
    assert (stopped.count(Outcome.CONFIRMED), stopped.count(Outcome.OPEN)) == (2, 10)
    seller.clock.sleep = VirtualClock.sleep.__get__(seller.clock)  # type: ignore[method-assign]
    done = await applied(seller, plan)
    assert (done.run, done.count(Outcome.CONFIRMED)) == (stopped.run, 12)
