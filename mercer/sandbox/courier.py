"""Carry the webhooks of a sandbox's shops to a `mercer serve` on this machine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

from mercer.config.tables import LOOPBACK
from mercer.core.errors import InputError
from mercer.plugins.simulation import Notice
from mercer.sandbox.world import Sandbox

EVERY: Final = 0.2
"""Seconds between two looks at what the shops have sent."""

TRIES: Final = 8
"""How often a shop calls before it gives up, as Shopify does."""

_TIMEOUT: Final = 5.0


def checked_subscriber(url: str) -> str:
    """Raise `InputError` for what is not on this machine: a sandbox calls nobody else."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise InputError(
            f"{url!r} is not an http address of this machine",
            hint="give what mercer serve prints, as http://127.0.0.1:8766",
        )
    return url.rstrip("/")


@dataclass(slots=True)
class Courier:
    """`subscriber`: the address of `mercer serve`. What it does not take is brought again."""

    sandbox: Sandbox
    subscriber: str
    _bag: list[tuple[int, str, Notice]] = field(default_factory=list)

    async def carry(self) -> None:
        """For ever: cancel it to end it."""
        async with httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT) as client:
            while True:
                self._collect()
                now = self.sandbox.world.clock.now()
                due = [each for each in self._bag if each[2].at <= now]
                self._bag = [each for each in self._bag if each[2].at > now]
                for tries, channel, notice in due:
                    taken = await self._delivered(client, channel, notice)
                    if not taken and tries + 1 < TRIES:
                        self._bag.append((tries + 1, channel, notice))
                await asyncio.sleep(EVERY)

    def _collect(self) -> None:
        for channel, simulator in self.sandbox.simulators.items():
            self._bag += [(0, channel, notice) for notice in simulator.notices()]

    async def _delivered(self, client: httpx.AsyncClient, channel: str, notice: Notice) -> bool:
        url = f"{self.subscriber}/webhooks/{channel}"
        try:
            answer = await client.post(url, content=notice.body, headers=dict(notice.headers))
        except httpx.HTTPError:
            return False
        return answer.is_success
