"""A platform on the bench: its simulator, its adapter, and a clock that stands still."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from mercer.core.account import Channel
from mercer.core.clock import VirtualClock
from mercer.core.contract import Adapter, ReadsListings
from mercer.core.listing import Listing, Offer
from mercer.log import at_level
from mercer.plugins.client import HttpClient
from mercer.plugins.platform import ChannelSettings, Platform
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.simulation import Fault, FaultKind, Simulator, World
from mercer.plugins.transport import Transport
from mercer.sandbox.catalogue import Article, generate
from mercer.testkit.mount import address, mounted


class Records(logging.Handler):
    """Keeps every log record as the text and fields that could be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.getMessage()} {record.__dict__}")


@dataclass(slots=True)
class Bench:
    """One channel of a platform, its simulated shop stocked with `articles`.

    `settings` work; `reconnected` makes an adapter from others.
    """

    platform: Platform
    channel: Channel
    world: World
    simulator: Simulator
    articles: list[Article]
    settings: dict[str, str]
    records: Records = field(default_factory=Records)
    adapter: Any = field(init=False)

    def __post_init__(self) -> None:
        self.adapter = self.reconnected(self.settings)

    @classmethod
    def of(cls, platform: Platform, currency: str, products: int, seed: int = 7) -> Bench:
        world = World(seed, VirtualClock())
        channel = Channel("bench", platform.name, "bench", currency)
        assert platform.simulator is not None, f"{platform.name} brings no simulator"
        simulator = platform.simulator(channel, world)
        articles = generate(products, seed)
        simulator.seed([article.on(currency) for article in articles])
        world.clock.advance(3600)
        settings = simulator.settings(address(channel.name))
        return cls(platform, channel, world, simulator, articles, settings)

    def reconnected(
        self, settings: dict[str, str], client: httpx.AsyncClient | None = None
    ) -> Adapter:
        """Reaches the simulator, unless `client` reaches something else."""
        clock = self.world.clock
        transport = Transport(
            HttpClient(client or mounted({self.channel.name: self.simulator})),
            MemoryLimiter(),
            clock,
            channel=self.channel.name,
            account=self.channel.account,
        )
        return self.platform.connect(self.channel, self.validated(settings), transport, clock)

    def validated(self, settings: dict[str, str]) -> ChannelSettings:
        return self.platform.settings.model_validate(settings)

    @property
    def secrets(self) -> dict[str, str]:
        """The secret settings in plain text, by name."""
        model = self.validated(self.settings)
        return {
            name: value.get_secret_value()
            for name in self.settings
            if isinstance(value := getattr(model, name), SecretStr)
        }

    def has(self, capability: type) -> bool:
        return isinstance(self.adapter, capability)

    def strike(self, kind: FaultKind, *, count: int | None = 1, writes_only: bool = True) -> None:
        """The next requests meet this fault."""
        self.world.faults.active = [Fault(kind, count=count, writes_only=writes_only)]

    def calm(self) -> None:
        self.world.faults.active = []

    async def shop(self) -> dict[str, Listing]:
        """The whole shop as the adapter reads it."""
        assert isinstance(self.adapter, ReadsListings)
        return {
            listing.listing: listing
            async for page in self.adapter.read_listings()
            for listing in page.listings
        }

    async def first(self) -> tuple[Listing, Offer]:
        """Some listing that is on sale with several units of its first offer."""
        for listing in (await self.shop()).values():
            offer = listing.offers[0]
            if listing.status.value == "listed" and offer.stock and offer.stock[0].quantity > 3:
                return listing, offer
        raise AssertionError("the stocked shop shows no such listing")

    async def again(self, listing: Listing) -> Listing:
        """The listing as it is once every write has settled."""
        await self.world.clock.sleep(self.adapter.declared.settle.total_seconds())
        (read,) = await self.adapter.read_back([listing.listing])
        found: Listing = read
        return found


def on_bench(test: Callable[[Any, Bench], Awaitable[None]]) -> Callable[[Any, Bench], None]:
    """Run a coroutine test without asking the plugin author for an asyncio plugin of pytest."""

    @functools.wraps(test)
    def run(self: Any, bench: Bench) -> None:
        logger = logging.getLogger("mercer")
        logger.addHandler(bench.records)
        try:
            with at_level(logging.DEBUG):
                asyncio.run(_awaited(test(self, bench)))
        finally:
            logger.removeHandler(bench.records)

    return run


async def _awaited(coroutine: Awaitable[None]) -> None:
    await coroutine
