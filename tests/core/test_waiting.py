"""Waits that whoever set the work going may fill."""

from __future__ import annotations

from mercer.core.clock import VirtualClock
from mercer.core.waiting import wait, waiting_by


async def test_without_anybody_to_fill_it_a_wait_is_a_sleep() -> None:
    clock = VirtualClock()
    await wait(clock, 7.0, "nothing")
    assert (clock.now() - VirtualClock().now()).total_seconds() == 7.0


async def test_who_waits_is_told_how_long_and_for_what_and_sleeps_again_outside() -> None:
    clock, told = VirtualClock(), []

    async def waiter(seconds: float, what: str) -> None:
        told.append((seconds, what))
        with waiting_by(None):
            await wait(clock, seconds, what)

    with waiting_by(waiter):
        await wait(clock, 3.0, "the quota of a call")
    await wait(clock, 4.0, "nobody")
    assert told == [(3.0, "the quota of a call")]
    assert (clock.now() - VirtualClock().now()).total_seconds() == 7.0
