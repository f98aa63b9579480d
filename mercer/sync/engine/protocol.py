"""The four methods behind which long work is done, and what they tell of a job's run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from mercer.core.errors import RefusedError
from mercer.sync.engine.carried import error_from_json


class RunState(StrEnum):
    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED: Final = frozenset({RunState.DONE, RunState.FAILED, RunState.CANCELLED})


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of a job. `worker` is who had it last; times are the machine's, not the workspace's.

    `error` is the document of `carried.error_to_json`.
    """

    key: str
    job: str
    channel: str
    state: RunState
    submitted_at: datetime
    began_at: datetime | None = None
    ended_at: datetime | None = None
    worker: str = ""
    output: Any = None
    error: Mapping[str, Any] | None = None

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Engine(Protocol):
    async def submit(self, job: str, channel: str, *ids: str, key: str = "") -> str:
        """Have a job done, and return the key of its run.

        The key is the job, its channel and its ids, unless another is given. A key whose run is there
        already is that run: nothing is done twice.
        """

    async def work(self) -> None:
        """Do what is submitted until told to stop."""

    async def status(self, key: str) -> JobRun | None: ...

    async def cancel(self, key: str) -> None:
        """End a run between two of its steps. Does nothing to one that has ended."""


def key_of(job: str, channel: str, *ids: str) -> str:
    return ":".join((job, channel, *ids))


Pause = Callable[[JobRun | None], Awaitable[None]]
"""Returns when it is worth asking again."""


async def _a_moment(run: JobRun | None) -> None:
    del run  # however far it is
    await asyncio.sleep(0.2)


async def done(
    engine: Engine, job: str, channel: str, *ids: str, key: str = "", pause: Pause = _a_moment
) -> Any:
    """Have a job done, and return what it returned. Raise the error that it failed with."""
    return await ended(engine, await engine.submit(job, channel, *ids, key=key), pause)


async def ended(engine: Engine, key: str, pause: Pause = _a_moment) -> Any:
    while (run := await engine.status(key)) is None or not run.ended:
        await pause(run)
    if run.state is RunState.CANCELLED:
        raise RefusedError(f"job {key} was cancelled", hint=f"do it again: mercer jobs retry {key}")
    if run.error is not None:
        raise error_from_json(run.error)
    return run.output
