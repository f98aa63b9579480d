"""When jobs are due, and which of them are begun."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mercer.core.campaign import Campaign, ChannelEdge, Edge, Tolerance, Window
from mercer.core.clock import VirtualClock
from mercer.core.errors import AuthExpired
from mercer.store import campaigns
from mercer.store.database import Database
from mercer.sync.breaker import Breaker
from mercer.sync.engine.protocol import JobRun, RunState
from mercer.sync.schedule import Line, Schedule

NOON = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)


@dataclass
class Submitted:
    """Remembers what it was handed, and tells what is still going."""

    keys: list[str] = field(default_factory=list)
    going: list[JobRun] = field(default_factory=list)
    swept: int = 0

    async def submit(self, job: str, channel: str, *ids: str, key: str = "") -> str:
        self.keys.append(key or ":".join((job, channel, *ids)))
        return key

    async def listed(self, states: Any) -> list[JobRun]:
        return self.going

    async def sweep(self, now: datetime) -> int:
        self.swept += 1
        return 0


def schedule(database: Database, clock: VirtualClock, *lines: Line) -> tuple[Schedule, Submitted]:
    submitted = Submitted()
    return Schedule(lines, clock, submitted, database), submitted


async def test_a_job_is_begun_once_each_time_it_is_due(database: Database) -> None:
    clock = VirtualClock(NOON)
    kept, submitted = schedule(database, clock, Line("orders", "north", "*/5 * * * *"))
    for _ in range(11 * 60):
        await kept.look()
        clock.advance(1)
    assert submitted.keys == [
        f"orders:north:2026-11-11T{moment}Z" for moment in ("11:55", "12:00", "12:05", "12:10")
    ]


async def test_a_job_still_at_work_is_not_begun_again(database: Database) -> None:
    clock = VirtualClock(NOON)
    kept, submitted = schedule(database, clock, Line("orders", "north", "* * * * *"))
    await kept.look()
    submitted.going = [JobRun("k", "orders", "north", RunState.WORKING, NOON)]
    clock.advance(600)
    await kept.look()
    assert len(submitted.keys) == 1
    submitted.going = []
    clock.advance(60)
    await kept.look()
    assert len(submitted.keys) == 2


async def test_what_was_due_while_nobody_was_there_is_made_good_once(database: Database) -> None:
    clock = VirtualClock(NOON)
    kept, submitted = schedule(database, clock, Line("orders", "north", "* * * * *"))
    await kept.look()
    clock.advance(86_400)
    await kept.look()
    await kept.look()
    assert len(submitted.keys) == 2


def test_hours_are_the_channels_own() -> None:
    line = Line("listings", "north", "0 3 * * *", "Asia/Shanghai")
    assert line.last(NOON) == datetime(2026, 11, 10, 19, 0, tzinfo=UTC)


def test_channels_begin_apart_and_every_worker_says_when_alike() -> None:
    lines = [Line("orders", f"channel-{n}", "*/5 * * * *") for n in range(8)]
    begun = []
    for line in lines:
        moments = [NOON + timedelta(seconds=second) for second in range(120)]
        begun.append(next(at for at in moments if line.last(at) == NOON))
    assert len(set(begun)) > 4
    assert max(begun) - NOON <= timedelta(seconds=60)
    assert [line.last(begun[0]) for line in lines] == [line.last(begun[0]) for line in lines]


async def test_a_channel_that_rests_gets_one_job_to_try_when_its_rest_is_over(
    database: Database,
) -> None:
    clock = VirtualClock(NOON)
    breaker = Breaker(database, clock)
    lines = [Line(job, "north", "* * * * *") for job in ("stock", "orders", "listings")]
    kept, submitted = schedule(database, clock, *lines)
    breaker.failed("north", AuthExpired("the token has expired"))
    await kept.look()
    assert submitted.keys == []
    clock.advance(601)
    await kept.look()
    assert [key.split(":")[0] for key in submitted.keys] == ["orders"]
    breaker.worked("north")
    await kept.look()
    assert {key.split(":")[0] for key in submitted.keys} == {"stock", "orders", "listings"}


async def test_ended_runs_are_forgotten_with_the_other_things_that_had_their_time(
    database: Database,
) -> None:
    kept, submitted = schedule(database, VirtualClock(NOON), Line("maintain", "", "30 4 * * *"))
    await kept.look()
    assert submitted.swept == 1


def sale(database: Database) -> None:
    """On `north`, from noon for an hour."""
    none = Tolerance.parse("0s..+10m")
    edges = (
        ChannelEdge("north", edge, Window.around(at, none), at, 1, 1.0)
        for edge, at in ((Edge.START, NOON), (Edge.END, NOON + timedelta(hours=1)))
    )
    made = Campaign("sale", "", "", none, none, (), "", "anna", NOON, tuple(edges))
    with database.write() as tx:
        campaigns.save(tx, made, [])


async def test_each_edge_of_a_campaign_is_pushed_once_when_it_is_due(database: Database) -> None:
    sale(database)
    clock = VirtualClock(NOON - timedelta(seconds=2))
    kept, submitted = schedule(database, clock)
    for _ in range(4000):
        await kept.look()
        clock.advance(1)
    assert submitted.keys == ["edge:north:sale:start", "edge:north:sale:end"]


async def test_a_start_that_nobody_pushed_is_past_once_the_end_has_begun(
    database: Database,
) -> None:
    sale(database)
    kept, submitted = schedule(database, VirtualClock(NOON + timedelta(hours=2)))
    await kept.look()
    assert submitted.keys == ["edge:north:sale:end"]


async def test_edges_of_a_channel_that_rests_wait_and_those_of_a_cancelled_campaign_never_come(
    database: Database,
) -> None:
    sale(database)
    clock = VirtualClock(NOON)
    kept, submitted = schedule(database, clock)
    Breaker(database, clock).failed("north", AuthExpired("the token has expired"))
    await kept.look()
    assert submitted.keys == []
    clock.advance(601)
    await kept.look()
    assert submitted.keys == ["edge:north:sale:start"]
    with database.write() as tx:
        campaigns.cancel(tx, "sale", "anna", clock.now())
    clock.advance(3600)
    await kept.look()
    assert len(submitted.keys) == 1
