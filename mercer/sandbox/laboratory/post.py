"""The post between shops and Mercer: webhooks and messages come late, twice, out of order, or never."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mercer.core.clock import Clock
from mercer.plugins.simulation import Notice, Simulator

_EVERY = 0.2
"""Seconds between two looks at what the shops have sent."""

Deliver = Callable[[str, Notice], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Shares of the notices that are lost, come twice, or come late by up to `lateness` seconds.

    The others take `usual` seconds, drawn each by itself, so that they overtake each other.
    """

    lost: float = 0.02
    twice: float = 0.03
    late: float = 0.03
    lateness: float = 60.0
    usual: tuple[float, float] = (0.1, 2.0)


@dataclass(slots=True)
class Post:
    """Carries webhooks until it is stopped. `deliver` raises nothing that should end it."""

    simulators: Mapping[str, Simulator]
    clock: Clock
    rng: random.Random
    deliver: Deliver
    trouble: Trouble = field(default_factory=Trouble)
    _bag: list[tuple[datetime, int, str, Notice]] = field(default_factory=list)
    _number: int = 0

    async def carry(self) -> None:
        """For ever: cancel it to end it."""
        while True:
            self._collect()
            now = self.clock.now()
            due = []
            while self._bag and self._bag[0][0] <= now:
                _, _, channel, notice = heapq.heappop(self._bag)
                due.append(self.deliver(channel, notice))
            if due:
                await asyncio.gather(*due)
            await self.clock.sleep(_EVERY)

    def _collect(self) -> None:
        for channel, simulator in self.simulators.items():
            for notice in simulator.notices():
                if self.rng.random() < self.trouble.lost:
                    continue
                self._send(channel, notice)
                if self.rng.random() < self.trouble.twice:
                    self._send(channel, notice)

    def _send(self, channel: str, notice: Notice) -> None:
        delay = self.rng.uniform(*self.trouble.usual)
        if self.rng.random() < self.trouble.late:
            delay = self.rng.uniform(0, self.trouble.lateness)
        self._number += 1
        due = max(notice.at, self.clock.now()) + timedelta(seconds=delay)
        heapq.heappush(self._bag, (due, self._number, channel, notice))
