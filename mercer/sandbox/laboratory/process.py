"""One life of a Mercer process in the laboratory: it connects, works, and may be killed at any await."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from mercer.core.account import Channel
from mercer.core.clock import Clock
from mercer.plugins import registry
from mercer.plugins.simulation import Simulator
from mercer.plugins.transport import Transport
from mercer.sandbox.laboratory.network import Life, MortalClock, Network
from mercer.store.database import Database, open_database
from mercer.store.quota import SharedLimiter
from mercer.sync.session import Connection, Session

ADDRESS = "http://{}.test"


@dataclass(slots=True)
class Process:
    """Everything that one process holds; the database file outlives it."""

    path: Path
    channels: Mapping[str, Channel]
    simulators: Mapping[str, Simulator]
    clock: Clock
    rng: random.Random
    life: Life = field(default_factory=Life)
    database: Database = field(init=False)
    session: Session = field(init=False)

    def __post_init__(self) -> None:
        self.database = open_database(self.path)
        clock = MortalClock(self.clock, self.life)
        client = httpx.AsyncClient(
            transport=Network(self.simulators, self.clock, self.life, self.rng)
        )
        limiter = SharedLimiter(self.database)
        connections = {
            name: Connection(channel, self._adapter(channel, client, limiter, clock))
            for name, channel in self.channels.items()
        }
        self.session = Session(self.database, clock, connections, self.channels, who="laboratory")

    def _adapter(
        self, channel: Channel, client: httpx.AsyncClient, limiter: SharedLimiter, clock: Clock
    ) -> Any:
        platform = registry.load(channel.platform)
        raw = self.simulators[channel.name].settings(ADDRESS.format(channel.name))
        transport = Transport(
            client,
            limiter,
            clock,
            channel=channel.name,
            account=channel.account,
            rng=random.Random(self.rng.random()),
        )
        return platform.connect(channel, platform.settings.model_validate(raw), transport, clock)

    def kill(self) -> None:
        """Whatever waits stops where it is, without a word; nothing of it is awaited."""
        self.life.over = True

    def close(self) -> None:
        self.database.close()
