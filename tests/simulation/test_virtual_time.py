"""The laboratory's loop: waiting takes no time, and those who wait go on in the order of their times."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from mercer.sandbox.laboratory.virtual_time import LoopClock, run


def test_those_who_wait_side_by_side_go_on_when_each_is_due() -> None:
    clock = LoopClock()
    began = clock.now()
    woken: list[tuple[str, float]] = []

    async def waiting(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, (clock.now() - began).total_seconds()))

    async def both() -> None:
        await asyncio.gather(waiting("slow", 100), waiting("quick", 30, 30, 30, 30))

    real = time.monotonic()
    run(clock, both())
    assert [(name, round(at, 6)) for name, at in woken] == [
        ("quick", 30), ("quick", 60), ("quick", 90), ("slow", 100), ("quick", 120),
    ]  # fmt: skip
    assert time.monotonic() - real < 5


def test_the_clock_goes_on_in_a_second_run_where_the_first_ended() -> None:
    clock = LoopClock()
    began = clock.now()
    run(clock, clock.sleep(60))
    run(clock, clock.sleep(60))
    assert clock.now() - began == timedelta(minutes=2)


def test_nobody_advances_time_while_it_passes_by_itself() -> None:
    clock = LoopClock()

    async def hurry() -> None:
        clock.advance(1)

    with pytest.raises(AssertionError):
        run(clock, hurry())
