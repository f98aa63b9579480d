"""Time is handed in. Everything inside Mercer is UTC."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""

    async def sleep(self, seconds: float) -> None:
        """Return when the clock shows at least `seconds` more than at the call."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class VirtualClock:
    """Stands still until somebody waits or advances it: a day passes in no time."""

    def __init__(self, start: datetime = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self.advance_to(self._now + timedelta(seconds=seconds))

    def advance_to(self, moment: datetime) -> None:
        """Time never goes back: an earlier moment changes nothing."""
        self._now = max(self._now, moment)

    async def sleep(self, seconds: float) -> None:
        # A timedelta counts whole microseconds; rounded down, a shorter wait would never end.
        until = self._now + timedelta(microseconds=math.ceil(max(seconds, 0) * 1e6))
        await asyncio.sleep(0)
        self.advance_to(until)


@dataclass(frozen=True, slots=True)
class PacedClock:
    """A sleep takes as long as it says, also where time is simulated: idling hurries no world on."""

    clock: Clock

    def now(self) -> datetime:
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        began = self.clock.now()
        await asyncio.sleep(seconds)
        left = seconds - (self.clock.now() - began).total_seconds()
        if left > 0:
            await self.clock.sleep(left)
