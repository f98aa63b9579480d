"""The way between Mercer and the simulated shops: it takes time, and it can end for good."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx

from mercer.core.clock import Clock
from mercer.plugins.simulation import Dropped, Simulator


class Killed(BaseException):
    """The process is gone. Not an `Exception`: nothing that Mercer catches may catch it."""


@dataclass(slots=True)
class Life:
    """A process's life. Once it is over, whatever waits for the network or the clock stops there.

    `left`: how many more moments it lives at which it could die; `None` until somebody kills it.
    """

    over: bool = False
    left: int | None = None

    def go_on(self) -> None:
        if self.left is not None:
            self.left -= 1
            self.over = self.over or self.left < 0
        if self.over:
            raise Killed


@dataclass(frozen=True, slots=True)
class MortalClock:
    """A clock as one process sees it."""

    clock: Clock
    life: Life

    def now(self) -> datetime:
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        self.life.go_on()
        await self.clock.sleep(seconds)
        self.life.go_on()


class Network(httpx.AsyncBaseTransport):
    """Reaches `http://<channel>.test/...` after a while, and comes back after a while.

    A process that is killed meanwhile never hears the answer; whether the shop got the request is a
    matter of when.
    """

    def __init__(
        self,
        simulators: Mapping[str, Simulator],
        clock: Clock,
        life: Life,
        rng: random.Random,
        latency: tuple[float, float] = (0.03, 0.25),
    ) -> None:
        self._apps = {
            f"{channel}.test": httpx.ASGITransport(simulator.app)
            for channel, simulator in simulators.items()
        }
        self._clock = clock
        self._life = life
        self._rng = rng
        self._latency = latency

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._travel()
        try:
            reply = await self.reach(request)
        except Dropped:
            await self._travel()
            raise httpx.ReadError("the connection broke", request=request) from None
        await self._travel()
        return reply

    async def reach(self, request: httpx.Request) -> httpx.Response:
        """What becomes of a request once it is at the shop. Raise `Dropped` for no answer."""
        return await self._apps[request.url.host].handle_async_request(request)

    async def _travel(self) -> None:
        self._life.go_on()
        await self._clock.sleep(self._rng.uniform(*self._latency) / 2)
        self._life.go_on()
