"""One life of a Mercer process in the laboratory: it connects, works, and may be killed at any await."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from mercer.core.account import Channel
from mercer.core.clock import Clock
from mercer.core.quota import Limiter
from mercer.plugins import registry
from mercer.plugins.client import HttpClient
from mercer.plugins.platform import Platform
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
        connections = connected(
            {name: registry.load(each.platform) for name, each in self.channels.items()},
            self.channels,
            self.simulators,
            client,
            limiter,
            clock,
            self.rng,
        )
        self.session = Session(self.database, clock, connections, self.channels, who="laboratory")

    def kill(self) -> None:
        """Whatever waits stops where it is, without a word; nothing of it is awaited."""
        self.life.over = True

    def close(self) -> None:
        self.database.close()


def connected(
    platforms: Mapping[str, Platform],
    channels: Mapping[str, Channel],
    simulators: Mapping[str, Simulator],
    client: httpx.AsyncClient,
    limiter: Limiter,
    clock: Clock,
    rng: random.Random,
) -> dict[str, Connection]:
    """An adapter for each channel, of its platform, which reaches its simulator through `client`."""
    found: dict[str, Connection] = {}
    for name, channel in channels.items():
        platform = platforms[name]
        raw = simulators[name].settings(ADDRESS.format(name))
        transport = Transport(
            HttpClient(client),
            limiter,
            clock,
            channel=name,
            account=channel.account,
            rng=random.Random(rng.random()),
        )
        settings = platform.settings.model_validate(raw)
        found[name] = Connection(channel, platform.connect(channel, settings, transport, clock))
    return found
