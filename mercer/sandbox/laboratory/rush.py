"""A flash sale on several simulated channels, with Mercer keeping their stock, killed now and then.

The same for the same seed. Afterwards the oracle, which knows what really happened at every shop,
says whether every order is there once, every unit accounted for, and what was sold that was not there.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mercer.core.cell import Field
from mercer.core.contract import Event, EventKind, VerifiesWebhooks
from mercer.core.guard import Guard
from mercer.core.merge import State
from mercer.core.stock_rule import StockRule
from mercer.log import at_level
from mercer.plugins import registry
from mercer.plugins.simulation import Notice, Simulator, World
from mercer.sandbox.catalogue import Article, generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.laboratory.crowd import Crowd
from mercer.sandbox.laboratory.ideal import Play
from mercer.sandbox.laboratory.means import best_readers
from mercer.sandbox.laboratory.network import Killed
from mercer.sandbox.laboratory.post import Post, Trouble
from mercer.sandbox.laboratory.process import Process
from mercer.sandbox.laboratory.sale import History
from mercer.sandbox.laboratory.virtual_time import LoopClock, run
from mercer.sandbox.world import simulator_of
from mercer.store import cells, deals, orders
from mercer.sync.adopt import adopt_ours
from mercer.sync.catalogue import save_products
from mercer.sync.cycle import sync
from mercer.sync.fanout import FanOut
from mercer.sync.link import auto_link
from mercer.sync.notices import keep_events
from mercer.sync.planning import Request
from mercer.sync.pull import pull_listings
from mercer.sync.stocktake import Count, open_stock

QUIET: Final = 3 * 3600.0
"""Seconds of the world's time that are left after the sale for everything to settle."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to happen. `buffers`: units that a channel keeps back, by its name."""

    seed: int = 1
    channels: str = "shopify,taobao,jd,amazon"
    products: int = 230
    orders: int = 10_000
    seconds: float = 600.0
    kills: int = 10
    buffers: Mapping[str, int] = field(default_factory=dict)
    trouble: Trouble = field(default_factory=Trouble)


@dataclass(slots=True)
class Rush:
    """Play it once; the simulators and the database file tell the rest."""

    plan: Plan
    folder: Path
    clock: LoopClock = field(default_factory=LoopClock)
    dead: list[tuple[datetime, datetime]] = field(default_factory=list)
    told: dict[tuple[str, str], datetime] = field(default_factory=dict)
    began: datetime = field(init=False)
    ended: datetime = field(init=False)
    rng: random.Random = field(init=False)
    articles: list[Article] = field(init=False)
    simulators: dict[str, Simulator] = field(init=False)
    crowd: Crowd = field(init=False)
    process: Process = field(init=False)

    def __post_init__(self) -> None:
        plan = self.plan
        self.rng = random.Random(f"rush {plan.seed}")
        world = World(plan.seed, self.clock)
        channels = {
            name: replace(channel, stock_rule=StockRule("rush", buffer=plan.buffers.get(name, 0)))
            for name, channel in read_channels(plan.channels).items()
        }
        self.simulators = {
            name: simulator_of(registry.load(channel.platform), channel, world)
            for name, channel in channels.items()
        }
        self.articles = generate(plan.products, plan.seed)
        for name, simulator in self.simulators.items():
            simulator.seed([article.on(channels[name].currency) for article in self.articles])
        self.crowd = Crowd(
            self.simulators,
            self.clock,
            random.Random(f"crowd {plan.seed}"),
            sorted(self.opening, key=lambda sku: random.Random(f"{plan.seed} {sku}").random()),
            plan.orders,
            plan.seconds,
        )
        self._channels = channels

    _channels: Mapping[str, Any] = field(init=False)

    @property
    def opening(self) -> dict[str, int]:
        """What lies there of each SKU when the sale begins."""
        return {
            sku: number for article in self.articles for sku, number in article.quantities.items()
        }

    def play(self) -> None:
        with at_level(logging.ERROR):
            run(self.clock, self._play())

    async def _play(self) -> None:
        self.process = self._born()
        await self._open(self.process)
        self.began = self.clock.now()
        post = Post(
            self.simulators,
            self.clock,
            random.Random(f"post {self.plan.seed}"),
            self._deliver,
            self.plan.trouble,
        )
        carrying = asyncio.create_task(post.carry())
        working = asyncio.create_task(self._keep_working())
        await self.crowd.buy()
        self.ended = self.clock.now()
        await self._until_quiet()
        working.cancel()
        carrying.cancel()
        await asyncio.gather(working, carrying, return_exceptions=True)
        # What a shop did by itself meanwhile shows when it is read as a whole, as every day.
        await sync(self.process.session, Request(fields=(Field.STOCK,)))

    def _born(self) -> Process:
        return Process(
            self.folder / "mercer.db",
            self._channels,
            self.simulators,
            self.clock,
            random.Random(self.rng.random()),
        )

    async def _open(self, process: Process) -> None:
        """The seller has counted, linked and adopted everything, and every shop shows it."""
        session = process.session
        save_products(session, [article.product for article in self.articles])
        open_stock(session, [Count(sku, "", number) for sku, number in self.opening.items()])
        await pull_listings(session)
        auto_link(session)
        for name in session.connections:
            adopt_ours(session, name)
        # Buffers lower many numbers at once, which a seller allows by name.
        allowed = (Guard.WIDE_CHANGE.value, Guard.MASS_SELL_OUT.value)
        await sync(
            session, Request(fields=(Field.STOCK,), allowed=allowed, reason="the sale opens")
        )

    async def _keep_working(self) -> None:
        """The process, born again whenever it was killed."""
        deaths = sorted(self.rng.uniform(0, self.plan.seconds) for _ in range(self.plan.kills))
        for death in deaths:
            left = death - (self.clock.now() - self.began).total_seconds()
            await self._live(max(left, 0.0))
            self.process.close()
            died = self.clock.now()
            await self.clock.sleep(self.rng.uniform(0.5, 3.0))
            self.process = self._born()
            self.dead.append((died, self.clock.now()))
        await self._live(None)

    async def _live(self, seconds: float | None) -> None:
        fan_out = asyncio.create_task(FanOut(self.process.session).run())
        if seconds is None:
            await fan_out
            return
        await asyncio.wait([fan_out], timeout=seconds)
        self.process.kill()
        try:
            await fan_out
        except BaseExceptionGroup as ended:
            if ended.split(Killed)[1] is not None:
                raise

    async def _deliver(self, channel: str, notice: Notice) -> None:
        """A webhook that meets no process, or a dying one, is lost."""
        process = self.process
        if process.life.over:
            return
        connection = process.session.connections[channel]
        keep_events(process.session, connection, self._named(channel, notice))

    def _named(self, channel: str, notice: Notice) -> Sequence[Event]:
        """What a notice names. From now on any reader could have heard of it."""
        adapter = self.process.session.connections[channel].adapter
        assert isinstance(adapter, VerifiesWebhooks)  # it subscribed
        named = adapter.verify(notice.headers, notice.body)
        for event in named:
            if event.kind is EventKind.ORDER:
                self.told.setdefault((channel, event.id), self.clock.now())
        return named

    @property
    def history(self) -> History:
        crowd = self.crowd
        return History(self.began, crowd.sales, crowd.refused, crowd.given_up, self.told, self.dead)

    def plays(self) -> list[Play]:
        """What the best readers would have made of it."""
        listings = {
            sku.sku: each.product.code for each in self.articles for sku in each.product.skus
        }
        history = self.history
        takings = history.takings()
        readers = best_readers(
            self.process.session.connections.values(), listings, self.opening, history.deaths()
        )
        return [reader.play(takings) for reader in readers]

    async def _until_quiet(self) -> None:
        """Until every order is in and nothing is to be written or seen any more."""
        deadline = QUIET
        while deadline > 0:
            await self.clock.sleep(30)
            deadline -= 30
            if self._is_quiet():
                return

    def _is_quiet(self) -> bool:
        placed = sum(len(simulator.orders()) for simulator in self.simulators.values())
        with self.process.database.read() as tx:
            known = sum(orders.count(tx, name) for name in self.simulators)
            moving = (State.PUSH, State.IN_FLIGHT)
            waiting = any(cell.key.field is Field.STOCK for cell in cells.in_states(tx, moving))
            dealt = any(not each.sold_out for each in deals.every(tx).values())
        return known == placed and not waiting and not dealt
