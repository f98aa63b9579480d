"""How far a job is, told by the worker through the database, and shown by who follows the job."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

from mercer.core.errors import RefusedError
from mercer.store import workers
from mercer.store.database import Database
from mercer.store.workers import Far
from mercer.sync.engine.liveness import DEAD, alive
from mercer.sync.engine.place import Place
from mercer.sync.engine.protocol import Engine, JobRun
from mercer.sync.session import Progress

_OFTEN: Final = 0.5
"""Seconds between two writes of how far a job is."""

_LOOK: Final = 5.0
"""Seconds between two looks whether there is a worker."""


@dataclass(slots=True)
class Telling:
    """The `Progress` of one run, for others to see."""

    database: Database
    run: str
    _far: dict[tuple[str, str], Far] = field(default_factory=dict)
    _told: float = 0.0

    def begin(self, channel: str, what: str, total: int | None) -> None:
        self._far[channel, what] = Far(channel, what, 0, total)
        self._tell()

    def advance(self, channel: str, what: str, by: int = 1) -> None:
        far = self._far.get((channel, what), Far(channel, what, 0, None))
        self._far[channel, what] = Far(channel, what, far.done + by, far.total)
        self._tell()

    def end(self, channel: str, what: str) -> None:
        self._far.pop((channel, what), None)
        if not self._far:
            self._told = 0.0
        self._tell()

    def _tell(self) -> None:
        if time.monotonic() - self._told < _OFTEN:
            return
        self._told = time.monotonic()
        with self.database.aside() as tx:
            workers.tell_progress(tx, self.run, list(self._far.values()))


@dataclass(slots=True)
class Following:
    """An `Engine` whose work others do: whoever asks for a run's status sees how far it is.

    `runs`: the keys of what was submitted. Raise `RefusedError` once no worker is left to do it.
    """

    engine: Engine
    place: Place
    database: Database
    progress: Progress
    runs: list[str] = field(default_factory=list)
    _shown: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)
    _seen: float = field(default_factory=time.monotonic)
    _looked: float = field(default_factory=time.monotonic)

    async def submit(self, job: str, channel: str, *ids: str, key: str = "") -> str:
        run = await self.engine.submit(job, channel, *ids, key=key)
        self.runs.append(run)
        return run

    async def work(self) -> None:
        """The workers' business."""

    async def status(self, key: str) -> JobRun | None:
        run = await self.engine.status(key)
        ended = run is not None and run.ended
        self._show(key, [] if ended else self._far(key))
        if not ended:
            self._look(key)
        return run

    async def cancel(self, key: str) -> None:
        await self.engine.cancel(key)

    def _far(self, key: str) -> list[Far]:
        with self.database.read() as tx:
            return workers.progress_of(tx, key)

    def _show(self, key: str, far: list[Far]) -> None:
        shown, now = self._shown.setdefault(key, {}), {(e.channel, e.what): e for e in far}
        for place in [place for place in shown if place not in now]:
            self.progress.end(*place)
            del shown[place]
        for place, each in now.items():
            if place not in shown or each.done < shown[place]:
                self.progress.begin(*place, each.total)
                shown[place] = 0
            self.progress.advance(*place, each.done - shown[place])
            shown[place] = each.done

    def _look(self, key: str) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        if alive(self.database, self.place):
            self._seen = now
        elif now - self._seen > DEAD.total_seconds():
            raise RefusedError(
                f"no worker is there any more; job {key} waits for the next one",
                hint=f"start one: mercer run. Or drop the job: mercer jobs cancel {key}",
            )
