"""What holds of every engine: the same jobs make the same calls and end the same way."""

from __future__ import annotations

from pathlib import Path

import pytest

from mercer.core.errors import AuthExpired
from mercer.core.outcome import Outcome
from mercer.store.database import open_database
from mercer.sync.apply import apply_plan, begin_run
from mercer.sync.cycle import carrier, sync
from mercer.sync.engine.inline import Inline
from mercer.sync.engine.place import Place
from mercer.sync.engine.protocol import RunState, done
from mercer.sync.planning import Request
from tests.sync.conftest import Seller
from tests.sync.engine.conftest import ENGINES, engine_of
from tests.sync.hostile import expire, refuse_item

pytestmark = pytest.mark.parametrize("kind", ENGINES)


async def test_a_cycle_makes_the_same_calls_and_ends_the_same_whoever_does_the_work(
    kind: str, seller: Seller, place: Place, tmp_path: Path
) -> None:
    told = []
    database = open_database(tmp_path / "other.db")
    other = Seller(database)
    for channel in seller.channels.values():
        other.add_channel(channel)
    for each in (seller, other):
        await each.agree("tee", "TEE-S", "TEE-M")
        each.set_price("TEE-S", "9.00")
        each.count("TEE-M", 7)
        for name in each.channels:
            each.at(name).calls.clear()
    told.append(await sync(other.session, Request(), Inline(other.session)))
    async with engine_of(kind, seller, place) as engine:
        told.append(await sync(seller.session, Request(), engine))
    first, second = told
    assert first.applied is not None
    assert second.applied is not None
    ended = [(item.outcome, item.reason) for item in second.applied.items]
    assert ended == [(item.outcome, item.reason) for item in first.applied.items]
    assert first.listings == second.listings
    for name in seller.channels:
        assert seller.at(name).calls == other.at(name).calls
        assert seller.price(name, "TEE-S") == "9.00 CNY"
        assert seller.quantity(name, "TEE-M") == 7
    database.close()


async def test_a_run_is_done_once_however_often_it_is_submitted(
    kind: str, seller: Seller, place: Place
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    run, _, _ = begin_run(seller.session, seller.plan(channels=("north",)).header.id)
    async with engine_of(kind, seller, place) as engine:
        for _ in range(3):
            await done(engine, "apply", "north", run.id)
        found = await engine.status(f"apply:north:{run.id}")
    assert found is not None
    assert found.state is RunState.DONE
    assert len(seller.at("north").writes) == 1


async def test_an_error_comes_back_as_what_it_was(kind: str, seller: Seller, place: Place) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan(channels=("north",))
    seller.at("north").faults = [expire]
    async with engine_of(kind, seller, place) as engine:
        applied = await apply_plan(seller.session, plan.header.id, carry=carrier(engine))
        run = await engine.status(f"apply:north:{applied.run}")
    failure = applied.failed["north"]
    assert isinstance(failure, AuthExpired)
    assert failure.message == "the token has expired"
    assert run is not None
    assert run.state is RunState.FAILED
    assert applied.items[0].reason == "not tried: the token has expired"


async def test_one_refused_item_leaves_the_others_done(
    kind: str, seller: Seller, place: Place
) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    for sku in ("TEE-S", "TEE-M"):
        seller.set_price(sku, "9.00")
    plan = seller.plan(channels=("north",))
    seller.at("north").faults = [refuse_item("tee/TEE-S")]
    async with engine_of(kind, seller, place) as engine:
        applied = await apply_plan(seller.session, plan.header.id, carry=carrier(engine))
    assert applied.count(Outcome.REJECTED) == applied.count(Outcome.CONFIRMED) == 1
    assert not applied.failed
