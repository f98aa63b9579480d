"""Engines over one seller: here and now, or a worker in this very process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from mercer.core.account import Channel
from mercer.store.database import open_database
from mercer.sync.breaker import Breaker
from mercer.sync.engine.durable import Durable, Duty
from mercer.sync.engine.inline import Inline
from mercer.sync.engine.place import Place
from mercer.sync.engine.protocol import Engine
from mercer.sync.engine.stopping import StoppableClock, Stopping
from mercer.sync.session import Session
from tests import postgresql
from tests.sync.conftest import Seller

ENGINES = ("inline", "sqlite", "postgresql")


@pytest.fixture
def kind() -> str:
    """Which engine, where a test does not try them all."""
    return "sqlite"


@pytest.fixture
def place(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    if kind == "postgresql":
        server: postgresql.Server = request.getfixturevalue("server")
        return Place(address=server.empty_database())
    return Place(file=tmp_path / "engine.db")


@pytest.fixture
def seller(place: Place, tmp_path: Path) -> Iterator[Seller]:
    """Two shops, `north` and `south`, and a database that threads may share."""
    database = open_database(place.address or tmp_path / "mercer.db")
    made = Seller(database)
    for name in ("north", "south"):
        made.add_channel(Channel(name, "memory", name, "CNY"))
    yield made
    database.close()


@asynccontextmanager
async def at_work(
    seller: Seller, place: Place, name: str = "worker", *, adopts: bool = False
) -> AsyncIterator[tuple[Durable, Stopping]]:
    """A worker that works until the end of the block; it has no life of its own beside it."""
    stopping = Stopping()
    stoppable = StoppableClock(seller.clock, stopping)

    def session(run: str) -> Session:
        del run
        return replace(seller.session, clock=stoppable)

    duty = Duty(name, session, Breaker(seller.database, seller.clock), stopping, 2)
    client, engine = Durable(place), Durable(place, duty)
    client.prepare()
    if adopts:
        client.adopt(set())
    working = asyncio.create_task(engine.work())
    try:
        yield client, stopping
    finally:
        stopping.stop()
        await working
        engine.close()
        client.close()


@asynccontextmanager
async def engine_of(kind: str, seller: Seller, place: Place) -> AsyncIterator[Engine]:
    if kind == "inline":
        yield Inline(seller.session)
    else:
        async with at_work(seller, place) as (client, _):
            yield client
