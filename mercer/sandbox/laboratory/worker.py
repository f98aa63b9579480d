"""Mercer's process in a history: born, given a day, killed, and born again on the same database."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from mercer.core.account import Channel
from mercer.core.clock import Clock
from mercer.plugins.platform import Platform
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.simulation import Simulator
from mercer.sandbox.laboratory.bad_day import BadDay
from mercer.sandbox.laboratory.mortal import MortalDatabase
from mercer.sandbox.laboratory.network import Life, MortalClock
from mercer.sandbox.laboratory.process import connected
from mercer.sandbox.laboratory.wire import Wire
from mercer.sandbox.laboratory.witness import Witness
from mercer.store.database import Database
from mercer.store.vault import Vault
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class SkewedClock:
    """A clock that is ahead of the world's, or behind it."""

    clock: Clock
    ahead: timedelta

    def now(self) -> datetime:
        return self.clock.now() + self.ahead

    async def sleep(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What outlives every process. `act` is what somebody else does while a request travels."""

    database: Database
    platforms: Mapping[str, Platform]
    simulators: Mapping[str, Simulator]
    clock: Clock
    skewed: SkewedClock
    witness: Witness
    vault: Vault
    rng: random.Random
    act: Callable[[], None]


@dataclass(slots=True)
class Worker:
    """One life of it, with the channels as `mercer.toml` had them when it was born."""

    around: Surroundings
    channels: Mapping[str, Channel]
    life: Life = field(default_factory=Life)
    session: Session = field(init=False)
    _database: MortalDatabase = field(init=False)
    _wire: Wire = field(init=False)

    def __post_init__(self) -> None:
        around, dice = self.around, random.Random(self.around.rng.random())
        clock = MortalClock(around.skewed, self.life)
        self._database = MortalDatabase(around.database, self.life, dice)
        self._wire = Wire(
            around.simulators, around.clock, self.life, dice, around.witness, around.act
        )
        connections = connected(
            {name: around.platforms[each.platform] for name, each in self.channels.items()},
            self.channels,
            around.simulators,
            httpx.AsyncClient(transport=self._wire, trust_env=False),
            MemoryLimiter(),  # a new process knows nothing of what the old one used up,
            clock,
            dice,
        )
        self.session = Session(
            self._database,
            clock,
            connections,
            self.channels,
            who="laboratory",
            vault=around.vault,
            new_key=lambda: f"{dice.getrandbits(128):032x}",
        )

    def begin(self, day: BadDay) -> None:
        self.life.left = day.left
        self._database.busy = day.busy
        self._wire.trouble = day.trouble
