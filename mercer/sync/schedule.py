"""When each job of each channel is due: cron lines, a little apart from each other, never overlapping."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from croniter import croniter

from mercer.core.clock import Clock
from mercer.store import breakers
from mercer.store.database import Database
from mercer.sync import campaign_edges, handing
from mercer.sync.engine.durable import KEPT
from mercer.sync.engine.protocol import JobRun, RunState, key_of
from mercer.sync.jobs import JOBS

_MOST_APART: Final = timedelta(seconds=60)

LOOK: Final = 1.0
"""Seconds between two looks at what is due."""


@dataclass(frozen=True, slots=True)
class Line:
    """When one job is due; `zone` is that of the cron line's hours."""

    job: str
    channel: str
    cron: str
    zone: str = "UTC"

    def last(self, now: datetime) -> datetime:
        """The last moment at which it was due, by now."""
        apart = self._apart(now)
        local = (now - apart).astimezone(ZoneInfo(self.zone))
        # The moment itself counts; croniter tells only what is before.
        found: datetime = croniter(self.cron, local + timedelta(seconds=1)).get_prev(datetime)
        return found.astimezone(now.tzinfo)

    def _apart(self, now: datetime) -> timedelta:
        """A part of the period, the same on every worker, so that channels do not all begin at once."""
        first: datetime = croniter(self.cron, now).get_next(datetime)
        second: datetime = croniter(self.cron, first).get_next(datetime)
        share = (
            int(hashlib.sha256(f"{self.job}:{self.channel}".encode()).hexdigest()[:4], 16) / 0xFFFF
        )
        return min((second - first) / 10, _MOST_APART) * share


class Submits(Protocol):
    """What a schedule needs of an engine that keeps its runs."""

    async def submit(self, job: str, channel: str, *ids: str, key: str = "") -> str: ...

    async def listed(self, states: Sequence[RunState]) -> list[JobRun]: ...

    async def sweep(self, now: datetime) -> int: ...


@dataclass(slots=True)
class Schedule:
    """What is due is submitted, by whichever worker sees it first: a moment's run has one key, and so
    has the edge of a campaign on a channel.

    What was due while no worker was there is made good once, when one begins.
    """

    lines: tuple[Line, ...]
    clock: Clock
    engine: Submits
    database: Database
    _submitted: dict[Line, datetime] = field(default_factory=dict)
    _edges: set[str] = field(default_factory=set)

    async def keep(self) -> None:
        """For ever: cancel it to end it."""
        while True:
            await self.look()
            await self.clock.sleep(LOOK)

    async def look(self) -> None:
        now = self.clock.now()
        await self._submit_edges(now)
        moments = {line: line.last(now) for line in self.lines}
        due = {
            line: moment
            for line, moment in moments.items()
            if self._submitted.get(line) != moment and now - moment < KEPT
        }
        due = self._awake(due, now) if due else due
        if not due:
            return
        going = await self._going()
        for line, moment in due.items():
            self._submitted[line] = moment
            if line.job == "maintain":
                await self.engine.sweep(datetime.now(UTC))
            if (line.job, line.channel) not in going:
                key = f"{line.job}:{line.channel}:{moment:%Y-%m-%dT%H:%MZ}"
                await self.engine.submit(line.job, line.channel, key=key)

    async def _submit_edges(self, now: datetime) -> None:
        """And what platforms are to be handed before. Those of a channel that rests wait until it works
        again.
        """
        with self.database.read() as tx:
            edges = campaign_edges.due(tx, now, KEPT)
            due = [("edge", *each) for each in edges] + [("hand", *e) for e in handing.due(tx, now)]
            resting = {each.channel for each in breakers.every(tx) if each.until > now}
        for job, channel, *ids in due:
            key = key_of(job, channel, *ids)
            if key not in self._edges and channel not in resting:
                await self.engine.submit(job, channel, *ids)
                self._edges.add(key)

    def _awake(self, due: Mapping[Line, datetime], now: datetime) -> dict[Line, datetime]:
        """Without the channels that rest; where the rest is over, one job tries, and the others wait."""
        with self.database.read() as tx:
            resting = {each.channel: each.until for each in breakers.every(tx)}
        found: dict[Line, datetime] = {}
        tried: set[str] = set()
        for line, moment in due.items():
            if line.channel in resting:
                if (
                    resting[line.channel] > now
                    or line.channel in tried
                    or not JOBS[line.job].proves
                ):
                    continue
                tried.add(line.channel)
            found[line] = moment
        return found

    async def _going(self) -> Mapping[tuple[str, str], str]:
        runs = await self.engine.listed([RunState.WAITING, RunState.WORKING])
        return {(run.job, run.channel): run.key for run in runs}
