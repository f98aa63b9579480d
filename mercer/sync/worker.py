"""The worker: does the jobs that are submitted, submits what is due, and ends cleanly when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

from mercer.core.clock import Clock, PacedClock
from mercer.sync.breaker import Breaker
from mercer.sync.engine.durable import Durable, Duty
from mercer.sync.engine.liveness import Liveness
from mercer.sync.engine.lock import alone
from mercer.sync.engine.place import Place
from mercer.sync.engine.stopping import StoppableClock, Stopping
from mercer.sync.engine.telling import Telling
from mercer.sync.jobs import JobLane
from mercer.sync.schedule import Line, Schedule
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class Worker:
    """`clock` is the workspace's own, which nothing stops; the session's waits end with the worker.

    `tell` is called with a sentence about what a person may want to see.
    """

    place: Place
    session: Session
    clock: Clock
    lines: Sequence[Line]
    stopping: Stopping
    at_once: int
    tell: Callable[[str], None]

    async def work(self) -> None:
        """Until it is told to stop. Raise `WorkspaceError` for a second worker on SQLite."""
        with self._in_place() as (liveness, client):
            self.tell(f"at work on {', '.join(sorted(self.session.connections)) or 'no channel'}")
            breaker = Breaker(self.session.database, self.session.clock, self.tell)
            duty = Duty(liveness.id, self._session, breaker, self.stopping, self.at_once)
            engine = Durable(self.place, duty)
            schedule = Schedule(
                tuple(self.lines), PacedClock(self.clock), client, self.session.database
            )
            submitting = asyncio.create_task(self._submit(schedule))
            try:
                await engine.work()
            finally:
                submitting.cancel()
                with suppress(asyncio.CancelledError):
                    await submitting
                engine.close()

    async def _submit(self, schedule: Schedule) -> None:
        """A fault of it ends the worker: one that submits nothing would go unseen."""
        try:
            await schedule.keep()
        finally:
            self.stopping.stop()

    @contextmanager
    def _in_place(self) -> Iterator[tuple[Liveness, Durable]]:
        with ExitStack() as stack:
            if self.place.lock is not None:
                stack.enter_context(alone(self.place.lock))
            client = Durable(self.place)
            stack.callback(client.close)
            client.prepare()
            liveness = Liveness(
                self.session.database, client.adopt, self.place.file is not None, self.tell
            )
            liveness.begin()
            stack.callback(liveness.end)
            yield liveness, client

    def _session(self, run: str) -> Session:
        session = replace(self.session, progress=Telling(self.session.database, run))
        if run.partition(":")[0] != JobLane.STOCK:
            return session
        # It never ends to wait for something to do: that is no reason to hurry a simulated world.
        return replace(session, clock=StoppableClock(PacedClock(self.clock), self.stopping))
