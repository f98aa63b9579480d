"""Jobs done here and now, for commands of one process and for tests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mercer.core.errors import MercerError
from mercer.sync.engine.carried import error_to_json
from mercer.sync.engine.protocol import JobRun, RunState, key_of
from mercer.sync.jobs import JOBS
from mercer.sync.session import Session
from mercer.sync.step import here


@dataclass(slots=True)
class Inline:
    """`submit` returns when the job has ended. Nothing is kept but in memory.

    Once `stop` is set, jobs end between two steps with `Interrupted`.
    """

    session: Session
    stop: asyncio.Event | None = None
    runs: dict[str, JobRun] = field(default_factory=dict)

    async def submit(self, job: str, channel: str, *ids: str, key: str = "") -> str:
        """Raise what is no `MercerError`: a fault of an adapter, or of Mercer."""
        key = key or key_of(job, channel, *ids)
        if key in self.runs:
            return key
        began, output, failure = self.session.clock.now(), None, None
        try:
            output = await JOBS[job].work(here(self.session, self.stop), channel, *ids)
        except MercerError as error:
            failure = error
        self.runs[key] = self._ended(key, job, channel, began, output, failure)
        return key

    def _ended(
        self,
        key: str,
        job: str,
        channel: str,
        began: datetime,
        output: Any,
        failure: MercerError | None,
    ) -> JobRun:
        return JobRun(
            key,
            job,
            channel,
            RunState.DONE if failure is None else RunState.FAILED,
            began,
            began,
            self.session.clock.now(),
            "here",
            output,
            error_to_json(failure) if failure else None,
        )

    async def work(self) -> None:
        """There is nothing left to do: each job is done when it is submitted."""

    async def status(self, key: str) -> JobRun | None:
        return self.runs.get(key)

    async def cancel(self, key: str) -> None:
        """Whatever was submitted has ended."""
