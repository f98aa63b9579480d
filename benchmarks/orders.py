"""Orders of four platforms into one workspace, against reading the same pages and storing nothing.

Both runs go through the adapters, the transport and the simulators, in one process on a virtual
clock: what is above the floor is what taking orders in costs, in seconds of CPU.

`python -m benchmarks.orders 100000` for another number of orders, or several.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from cryptography.fernet import Fernet
from sqlalchemy import select

from mercer.core.account import Channel
from mercer.core.clock import VirtualClock
from mercer.core.contract import ReadsOrders
from mercer.core.quota import NEEDED, working
from mercer.core.risk import LargeQuantity, LowPrice, ManyOrders
from mercer.plugins import registry
from mercer.plugins.client import HttpClient
from mercer.plugins.simulation import Simulator, World
from mercer.plugins.transport import Transport
from mercer.sandbox.catalogue import generate
from mercer.store import tables
from mercer.store.database import Database, open_database
from mercer.store.quota import SharedLimiter
from mercer.store.vault import Vault
from mercer.sync.catalogue import save_products
from mercer.sync.intake import pull_orders
from mercer.sync.link import auto_link
from mercer.sync.pull import pull_listings
from mercer.sync.session import Connection, Session
from mercer.sync.stocktake import Count, count_in
from mercer.testkit.mount import address, mounted

CHANNELS: Final = {"amazon": "USD", "jd": "CNY", "shopify": "USD", "taobao": "CNY"}
SIZES: Final = (2_000, 10_000)
PRODUCTS: Final = 400
"""About 2.2 SKUs each, on every channel."""

_DAY: Final = 20 * 3600.0
"""Seconds of the shops' clock in which all orders are placed."""

_KEPT: Final = (tables.orders, tables.order_lines, tables.movements, tables.parcels, tables.holds)
_MEGABYTE: Final = 1024


@dataclass(slots=True)
class Trade:
    """A seller with four simulated shops in one workspace, linked and counted, and no orders yet."""

    database: Database
    world: World
    simulators: dict[str, Simulator]
    session: Session
    skus: list[str]
    rng: random.Random = field(default_factory=lambda: random.Random(11))

    @classmethod
    def opened(cls, folder: Path) -> Trade:
        world = World(7, VirtualClock())
        plenty = 10_000_000
        articles = [
            replace(each, quantities=dict.fromkeys(each.quantities, plenty))
            for each in generate(PRODUCTS, 7)
        ]
        channels = {name: Channel(name, name, name, of) for name, of in CHANNELS.items()}
        simulators = {name: _simulator(channel, world) for name, channel in channels.items()}
        for name, simulator in simulators.items():
            simulator.seed([article.on(CHANNELS[name]) for article in articles])
        database, client = open_database(folder / "mercer.db"), mounted(simulators)
        limiter = SharedLimiter(database)
        connections = {}
        for name, channel in channels.items():
            plugin = registry.load(name)
            transport = Transport(
                HttpClient(client),
                limiter,
                world.clock,
                channel=name,
                account=name,
                rng=random.Random(7),
            )
            values = simulators[name].settings(address(name))
            adapter: Any = plugin.connect(
                channel, plugin.settings.model_validate(values), transport, world.clock
            )
            connections[name] = Connection(channel, adapter)
        key = Fernet.generate_key().decode()
        session = Session(
            database,
            world.clock,
            connections,
            channels,
            checks=lambda: [ManyOrders(), LargeQuantity(), LowPrice()],
            vault=Vault(lambda: [key]),
        )
        save_products(session, [article.product for article in articles])
        skus = [sku for article in articles for sku in article.quantities]
        with database.write() as tx:
            count_in(tx, session, [Count(sku, "", plenty) for sku in skus], world.clock.now())
        return cls(database, world, simulators, session, skus)

    def sell(self, orders: int) -> None:
        """So many orders over all shops, of one to three lines, nine of ten paid."""
        step = _DAY / orders
        shops = list(self.simulators.values())
        for number in range(orders):
            self.world.clock.advance(step)
            codes = self.rng.sample(self.skus, self.rng.choice((1, 1, 1, 2, 3)))
            lines = [(code, self.rng.choice((1, 1, 2))) for code in codes]
            shops[number % len(shops)].order(lines, paid=number % 10 != 0)
        self.world.clock.advance(600)

    async def look(self) -> None:
        """What the shops show after all that, and which SKU each offer is."""
        _, failed = await pull_listings(self.session)
        for error in failed.values():
            raise error
        auto_link(self.session)

    async def read(self) -> int:
        """The floor: the same windows through the same adapters, and nothing is kept."""
        read, now = 0, self.world.clock.now()
        for connection in self.session.connections.values():
            assert isinstance(connection.adapter, ReadsOrders)
            reads, start = connection.declared.orders, now - timedelta(seconds=_DAY + 3600)
            while start < now:
                end = now if reads.span is None else min(now, start + reads.span)
                with working(NEEDED):
                    async for page in connection.adapter.read_orders(start, end):
                        read += len(page.orders)
                start = end
        return read

    async def take_in(self) -> int:
        """As `mercer pull orders`, until every order is in; tells how many were new."""
        new = 0
        while True:
            taken, failed = await pull_orders(self.session)
            for error in failed.values():
                raise error
            new += sum(each.new for each in taken.values())
            waits = [each.next_poll_at for each in taken.values() if each.next_poll_at]
            if not waits:
                return new
            self.world.clock.advance_to(max(waits))

    def forget_how_far(self) -> None:
        """The next pull reads everything again."""
        with self.database.write() as tx:
            tx.execute(tables.channels.update().values(orders_watermark=None))

    def checksum(self) -> str:
        """Of every row that orders leave behind, whenever they were read last."""
        digest = sha256()
        with self.database.read() as tx:
            for table in _KEPT:
                said = [column for column in table.columns if column.name != "read_at"]
                for row in tx.execute(select(*said).order_by(*table.primary_key)):
                    digest.update(repr(tuple(row)).encode())
        return digest.hexdigest()


def _simulator(channel: Channel, world: World) -> Simulator:
    make = registry.load(channel.platform).simulator
    assert make is not None, f"{channel.platform} brings no simulator"
    return make(channel, world)


@dataclass(frozen=True, slots=True)
class Measured:
    """CPU seconds, and megabytes that taking in needs beside what the simulators hold already."""

    orders: int
    floor: float
    taking: float
    again: float
    memory: int


async def measure(orders: int) -> Measured:
    with TemporaryDirectory() as folder:
        trade = Trade.opened(Path(folder))
        trade.sell(orders)
        await trade.look()
        with cpu() as floor:
            read = await trade.read()
        assert read >= orders, f"{read} of {orders} read"
        before = _peak()
        with cpu() as taking:
            new = await trade.take_in()
        assert new == orders, f"{new} of {orders} taken in"
        memory = _peak() - before
        checksum = trade.checksum()
        trade.forget_how_far()
        with cpu() as again:
            new = await trade.take_in()
        assert new == 0, f"{new} taken in again"
        assert trade.checksum() == checksum, "a second import changed something"
        trade.database.close()
    return Measured(orders, floor[0], taking[0], again[0], memory)


@contextmanager
def cpu() -> Iterator[list[float]]:
    spent = [0.0]
    began = time.process_time()
    yield spent
    spent[0] = time.process_time() - began


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEGABYTE


def report(sizes: Sequence[int] = SIZES) -> str:
    """Each size in a process of its own, so that its memory is its own."""
    lines = [
        "orders: four platforms into one workspace, CPU time beside reading and storing nothing"
    ]
    for size in sizes:
        found = _measured(size)
        own = found.taking / found.floor
        lines.append(
            f"  {found.orders:,} orders: {found.orders / found.taking:,.0f} a second, {own:.1f} times "
            f"the floor of {found.floor:.1f} s; a second import changes nothing and takes "
            f"{found.again / found.floor:.1f} times; memory +{found.memory} MB (goal: under 40)"
        )
    return "\n".join(lines)


def _measured(size: int) -> Measured:
    command = [sys.executable, "-m", "benchmarks.orders", "--inside", str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measured(**json.loads(done.stdout))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        sys.stdout.write(json.dumps(asdict(asyncio.run(measure(int(sys.argv[2]))))))
    else:
        print(report([int(size) for size in sys.argv[1:]] or SIZES))
