"""A clean stop: what is at a request ends it, what waits is left where it is, nothing new begins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mercer.core.clock import Clock

GRACE: Final = 4.0
"""Seconds that a request has to end; what it leaves then is settled by the journal."""


@dataclass(slots=True)
class Stopping:
    """Jobs that it stops are left unfinished, to be taken up by the next worker."""

    _told: asyncio.Event = field(default_factory=asyncio.Event)
    _jobs: set[asyncio.Task[Any]] = field(default_factory=set)
    _parked: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def told(self) -> bool:
        return self._told.is_set()

    def stop(self) -> None:
        self._told.set()

    @contextmanager
    def job(self) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None  # jobs are tasks
        self._jobs.add(task)
        try:
            yield
        finally:
            self._jobs.discard(task)
            self._parked.discard(task)

    async def between_steps(self) -> None:
        if self.told:
            await self._park()

    async def _park(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._parked.add(task)
        await asyncio.Event().wait()  # until it is cancelled

    async def unless(self, waiting: Awaitable[None]) -> None:
        """Wait; told to stop meanwhile, never return."""
        sleeper, told = asyncio.ensure_future(waiting), asyncio.ensure_future(self._told.wait())
        try:
            await asyncio.wait({sleeper, told}, return_when=asyncio.FIRST_COMPLETED)
            if not sleeper.done():
                await self._park()
            await sleeper
        finally:
            for each in (sleeper, told):
                each.cancel()

    async def stopped(self) -> None:
        """Return when it was told to stop and no job is at work any more."""
        await self._told.wait()
        end = time.monotonic() + GRACE
        while time.monotonic() < end:
            if self._jobs <= self._parked:
                break
            await asyncio.sleep(0.05)
        left = list(self._jobs)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class StoppableClock:
    """Whoever waits by it is left waiting once the worker is told to stop."""

    clock: Clock
    stopping: Stopping

    def now(self) -> datetime:
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        await self.stopping.unless(self.clock.sleep(seconds))
