"""An event loop in which waiting takes no time: when nobody can go on, the clock jumps ahead.

Unlike a clock that moves whenever somebody sleeps, it keeps tasks that wait side by side in the order
in which they are due, so that many workers can be watched for hours of the world's time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from mercer.core.clock import VirtualClock

T = TypeVar("T")

_SINGLES_DAY: Final = datetime(2026, 11, 10, 16, tzinfo=UTC)
"""Midnight in Beijing, when the year's largest sale begins."""

_PATIENCE: Final = 0.05
"""Real seconds to wait for a thread or a socket when nothing in the loop is due."""


class LoopClock(VirtualClock):
    """Shows the loop's time. Only for what runs inside `run`; nobody else may advance it."""

    def __init__(self, start: datetime = _SINGLES_DAY) -> None:
        super().__init__(start)
        self._start = start
        self._loop: _Loop | None = None

    def now(self) -> datetime:
        if self._loop is not None:
            self._now = self._start + timedelta(seconds=self._loop.time())
        return self._now

    def advance_to(self, moment: datetime) -> None:
        if self._loop is not None:
            raise AssertionError("time passes by itself here: sleep instead")
        super().advance_to(moment)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0))

    def begin(self, loop: _Loop) -> None:
        """From now on it shows this loop's time, going on from where it stands."""
        self._start = self._now - timedelta(seconds=loop.time())
        self._loop = loop

    def end(self) -> None:
        self.now()
        self._loop = None


def run(clock: LoopClock, work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time; `clock` shows it, and keeps it for a next run."""
    loop = _Loop()
    clock.begin(loop)
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(work)
    finally:
        clock.end()


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._passed = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self._passed

    def jump(self, seconds: float) -> None:
        self._passed += seconds


class _Jumping(selectors.DefaultSelector):
    """What the loop waits in: instead of waiting, it moves the loop's time."""

    def __init__(self, loop: _Loop) -> None:
        super().__init__()
        self._clock = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(_PATIENCE)
        self._clock.jump(timeout)
        return []
