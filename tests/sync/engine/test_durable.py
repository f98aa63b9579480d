"""What only a worker can do: be killed, stopped, cancelled, and go on elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from mercer.core.campaign import Tolerance
from mercer.core.errors import AuthExpired, InputError, RefusedError, WorkspaceError
from mercer.core.outcome import Outcome
from mercer.core.price import PriceEntry
from mercer.core.terms import Share, Terms
from mercer.store import breakers
from mercer.sync.apply import apply_plan, begin_run
from mercer.sync.campaigns import Wish, create, prepare
from mercer.sync.cycle import carrier
from mercer.sync.engine import stopping as stopping_module
from mercer.sync.engine.dead import dead_letters
from mercer.sync.engine.durable import Durable
from mercer.sync.engine.lock import alone
from mercer.sync.engine.place import Place
from mercer.sync.engine.protocol import RunState, done, ended
from tests.sync.conftest import Seller, yuan
from tests.sync.engine.conftest import at_work
from tests.sync.hostile import Outcomes, Send, expire


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping_module, "GRACE", 0.2)


def hanging(
    before: bool, reached: asyncio.Event
) -> Callable[[Send, Outcomes], Awaitable[Outcomes]]:
    """The process dies here, before or after the write took effect."""

    async def fault(send: Send, taken: Outcomes) -> Outcomes:
        if not before:
            await send()
        reached.set()
        await asyncio.Event().wait()
        return taken

    return fault


@pytest.mark.parametrize("before", [True, False])
async def test_what_a_dead_worker_left_another_takes_up_and_does_nothing_twice(
    seller: Seller, place: Place, before: bool
) -> None:
    for code in ("tee", "cap", "mug"):
        await seller.agree(code, f"{code}-1")
        seller.set_price(f"{code}-1", "9.00")
    run, _, _ = begin_run(seller.session, seller.plan(channels=("north",)).header.id)
    north, reached = seller.at("north"), asyncio.Event()
    north.faults = [hanging(before, reached)]
    async with at_work(seller, place, "first") as (engine, _):
        key = await engine.submit("apply", "north", run.id)
        await reached.wait()
    async with at_work(seller, place, "second", adopts=True) as (engine, _):
        await ended(engine, key)
        found = await engine.status(key)
    assert found is not None
    assert found.worker == "second"
    assert [seller.price("north", f"{code}-1") for code in ("tee", "cap", "mug")] == [
        "9.00 CNY"
    ] * 3
    assert seller.open_rows("north") == 0
    rows = seller.journal(run.id)
    confirmed = [row["change"] for row in rows if str(row["settled"]).startswith("confirmed")]
    assert len(confirmed) == len(set(confirmed)) == 3


async def test_a_canary_that_is_left_alone_is_looked_at_by_the_next_worker(
    seller: Seller, place: Place
) -> None:
    for code in ("tee", "cap", "mug"):
        await seller.agree(code, f"{code}-1")
        seller.set_price(f"{code}-1", "9.00")
    plan = seller.plan(channels=("north",)).header.id
    sleep, reached = seller.clock.sleep, asyncio.Event()

    async def hangs(seconds: float) -> None:
        if seconds > 30:
            reached.set()
            await asyncio.Event().wait()
        await sleep(seconds)

    seller.clock.sleep = hangs  # type: ignore[method-assign]
    run, _, _ = begin_run(seller.session, plan, Terms(Share(1), timedelta(minutes=5)))
    async with at_work(seller, place, "first") as (engine, _):
        await engine.submit("canary", "north", run.id)
        await reached.wait()
    assert len(seller.at("north").writes) == 1
    seller.later(200)
    began = seller.clock.now()
    seller.clock.sleep = sleep  # type: ignore[method-assign]
    async with at_work(seller, place, "second", adopts=True) as (engine, _):
        applied = await apply_plan(seller.session, plan, carry=carrier(engine))
    assert seller.clock.now() - began == timedelta(seconds=100)
    assert (applied.run, applied.stopped, applied.canary) == (run.id, "", 1)
    assert applied.count(Outcome.CONFIRMED) == 3
    assert len(seller.journal(run.id)) == 3


async def test_a_run_whose_job_was_cancelled_goes_on_with_another(
    seller: Seller, place: Place
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan(channels=("north",)).header.id
    run, _, _ = begin_run(seller.session, plan)
    client = Durable(place)
    client.prepare()
    key = await client.submit("apply", "north", run.id)
    await client.cancel(key)
    client.close()
    async with at_work(seller, place) as (engine, _):
        applied = await apply_plan(seller.session, plan, carry=carrier(engine))
        found = await engine.status(f"{key}:2")
    assert found is not None
    assert found.state is RunState.DONE
    assert (applied.run, applied.count(Outcome.CONFIRMED)) == (run.id, 1)


async def test_the_edge_of_a_campaign_goes_beside_bulky_work(seller: Seller, place: Place) -> None:
    await seller.agree("tee", "TEE-S")
    await seller.agree("mug", "MUG")
    sale = PriceEntry("MUG", yuan("9.50"), "north")
    start, end = (seller.clock.now() + timedelta(hours=hours) for hours in (1, 2))
    late = Tolerance.parse("0s..+10m")
    create(seller.session, prepare(seller.session, Wish("sale", start, end, late, late, (sale,))))
    seller.set_price("TEE-S", "9.00")
    run, _, _ = begin_run(seller.session, seller.plan(channels=("north",)).header.id)
    reached = asyncio.Event()
    seller.at("north").faults = [hanging(True, reached)]
    async with at_work(seller, place) as (engine, _):
        await engine.submit("apply", "north", run.id)
        await reached.wait()
        seller.clock.advance_to(start)
        said = await done(engine, "edge", "north", "sale", "start")
    assert [each["as_foreseen"] for each in said["runs"]] == [True]
    assert (seller.price("north", "MUG"), seller.price("north", "TEE-S")) == (
        "9.50 CNY",
        "10.00 CNY",
    )


async def test_a_cancelled_job_ends_between_two_steps_and_says_so(
    seller: Seller, place: Place
) -> None:
    async with at_work(seller, place) as (engine, _):
        await engine.submit("stock", "north")
        await asyncio.sleep(0.1)
        await engine.cancel("stock:north")
        with pytest.raises(RefusedError, match="was cancelled"):
            await ended(engine, "stock:north")


async def test_a_job_that_failed_for_good_is_done_again_when_a_person_says_so(
    seller: Seller, place: Place
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    run, _, _ = begin_run(seller.session, seller.plan(channels=("north",)).header.id)
    seller.at("north").faults = [expire]
    async with at_work(seller, place) as (engine, _):
        with pytest.raises(Exception, match="token has expired"):
            await done(engine, "apply", "north", run.id)
        key = f"apply:north:{run.id}"
        assert [each.key for each in dead_letters(await engine.listed())] == [key]
        with seller.database.read() as tx:
            (resting,) = breakers.every(tx)
        assert (resting.channel, resting.kind) == ("north", "auth")
        await engine.retry(key)
        with pytest.raises(RefusedError, match="north rests since"):
            await ended(engine, key)
        seller.later(11 * 60)
        await engine.retry(key)
        await ended(engine, key)
        assert dead_letters(await engine.listed()) == []
        with pytest.raises(InputError, match="there is no job"):
            await engine.retry("apply:north:r99")
        found = await engine.listed([RunState.DONE])
    assert [each.key for each in found] == [key]
    assert seller.price("north", "TEE-S") == "9.00 CNY"
    with seller.database.read() as tx:
        assert breakers.every(tx) == []


async def test_a_shop_that_stock_cannot_be_kept_at_rests_at_once(
    seller: Seller, place: Place
) -> None:
    seller.at("north").read_faults = [AuthExpired("the token has expired")]
    async with at_work(seller, place) as (engine, _):
        with pytest.raises(AuthExpired, match="token has expired"):
            await done(engine, "stock", "north")
        with seller.database.read() as tx:
            (resting,) = breakers.every(tx)
        assert (resting.channel, resting.reason) == ("north", "the token has expired")
        assert [each.key for each in dead_letters(await engine.listed())] == ["stock:north"]


async def test_runs_that_ended_long_ago_are_forgotten(seller: Seller, place: Place) -> None:
    async with at_work(seller, place) as (engine, _):
        await done(engine, "listings", "north")
        (run,) = await engine.listed()
        assert run.ended_at is not None
        assert await engine.sweep(run.ended_at) == 0
        assert await engine.sweep(run.ended_at.replace(year=run.ended_at.year + 1)) == 1
        assert await engine.listed() == []


def test_a_second_holder_of_the_lock_is_told_of_postgresql(tmp_path: Path) -> None:
    file = tmp_path / "engine.lock"
    with alone(file), pytest.raises(WorkspaceError, match="only one") as raised, alone(file):
        pass
    assert "postgresql://" in raised.value.hint
    with alone(file):
        pass
