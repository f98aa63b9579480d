"""Jobs on DBOS Transact (its MIT core): a SQLite file without a server, or PostgreSQL with many workers.

The only module that knows DBOS, and it is imported where it is used: it takes a second to load. What
is stored there is JSON: ids, numbers, and errors as sentences.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mercer.core.errors import InputError, MercerError, Throttled, Transient
from mercer.store.engine_database import address_of, open_engine_file, open_engine_schema
from mercer.sync.breaker import Breaker
from mercer.sync.engine.carried import error_from_json, error_to_json
from mercer.sync.engine.place import Place
from mercer.sync.engine.protocol import JobRun, RunState, key_of
from mercer.sync.engine.stopping import Stopping
from mercer.sync.jobs import JOBS, Job, JobLane
from mercer.sync.session import Session

if TYPE_CHECKING:
    import dbos

NAME: Final = "mercer"

VERSION: Final = "mercer-2"
"""Counted up when the order of steps of a job changes: runs of another version are left alone."""

KEPT: Final = timedelta(days=7)
"""How long a run is remembered after it has ended."""

TRIES: Final = 3
"""Of a step whose platform does not answer, or asks for patience, before its job has failed."""

PATIENCE: Final = 60.0
"""Seconds between two tries. A platform that asks for more is asked again by a later job."""

_NOBODY: Final = "workspace"
"""The partition of jobs that are of no channel."""

_POLLS: Final = {
    JobLane.STOCK: 0.2,
    JobLane.ORDERS: 0.3,
    JobLane.EDGES: 0.3,
    JobLane.BULK: 0.5,
}
"""Seconds between two looks for work."""

_AT_ONCE: Final = {JobLane.STOCK: 64, JobLane.ORDERS: 16, JobLane.EDGES: 16}
"""Jobs of one worker side by side; of bulk, as many as it is told."""

_STATES: Final = {
    "DELAYED": RunState.WAITING,
    "ENQUEUED": RunState.WAITING,
    "PENDING": RunState.WORKING,
    "SUCCESS": RunState.DONE,
    "ERROR": RunState.FAILED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": RunState.FAILED,
    "CANCELLED": RunState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Duty:
    """What a worker works with: `session` makes one for a run; `at_once` bulky jobs side by side."""

    worker: str
    session: Callable[[str], Session]
    breaker: Breaker
    stopping: Stopping
    at_once: int


class Durable:
    """An `Engine`. Without a `duty` it submits, tells and cancels; somebody else does the work."""

    def __init__(self, place: Place, duty: Duty | None = None) -> None:
        self.place = place
        self._duty = duty
        self._engine: Any = None
        self._opened: dbos.DBOSClient | None = None

    @property
    def _client(self) -> dbos.DBOSClient:
        if self._opened is None:
            from dbos import DBOSClient, DBOSPortableJSONSerializer  # a second to load

            _hear()
            self._opened = DBOSClient(
                **self._database(), serializer=DBOSPortableJSONSerializer(), application_name=NAME
            )
        return self._opened

    def _database(self) -> dict[str, Any]:
        if self._engine is None:
            file = self.place.file
            self._engine = open_engine_file(file) if file else open_engine_schema(self._address)
        return {"system_database_engine": self._engine}

    @property
    def _address(self) -> str:
        return address_of(self.place.file or self.place.address, self.place.password)

    def close(self) -> None:
        if self._opened is not None:
            self._opened.destroy()
        if self._engine is not None:
            self._engine.dispose()
        self._opened = self._engine = None

    async def submit(self, job: str, channel: str, *ids: str, key: str = "") -> str:
        from dbos import WorkflowSerializationFormat

        handle: Any = await self._client.enqueue_async(
            {
                "workflow_name": job,
                "queue_name": JOBS[job].lane.value,
                "queue_partition_key": channel or _NOBODY,
                "workflow_id": key or key_of(job, channel, *ids),
                "app_version": VERSION,
                "serialization_type": WorkflowSerializationFormat.PORTABLE,
            },
            channel,
            *ids,
        )
        return str(handle.get_workflow_id())

    async def status(self, key: str) -> JobRun | None:
        found = await self._client.list_workflows_async(workflow_ids=[key])
        return _run(found[0]) if found else None

    async def cancel(self, key: str) -> None:
        await self._known(key)
        await self._client.cancel_workflow_async(key)

    async def retry(self, key: str) -> None:
        """Do a job again that has ended, from its first step. Raise `InputError` for any other."""
        run = await self._known(key)
        if not run.ended:
            raise InputError(f"job {key} is {run.state}", hint=f"see it: mercer jobs show {key}")
        await self._client.rewind_workflow_async(
            key, queue_name=JOBS[run.job].lane.value, queue_partition_key=run.channel or _NOBODY
        )

    async def _known(self, key: str) -> JobRun:
        run = await self.status(key)
        if run is None:
            raise InputError(f"there is no job {key!r}", hint="see them: mercer jobs list")
        return run

    async def listed(
        self, states: Sequence[RunState] = (), limit: int | None = None
    ) -> list[JobRun]:
        """Newest first."""
        names = [name for name, state in _STATES.items() if state in states] or None
        found = await self._client.list_workflows_async(
            status=names, sort_desc=True, limit=limit, application_name=NAME
        )
        return [_run(each) for each in found]

    async def sweep(self, now: datetime) -> int:
        """Forget what has ended long ago; tell how many runs."""
        found = await self._client.list_workflows_async(
            completed_before=(now - KEPT).isoformat(), load_input=False, load_output=False
        )
        ids = [each.workflow_id for each in found]
        if ids:
            await self._client.delete_workflows_async(ids)
        return len(ids)

    def adopt(self, alive: set[str]) -> list[str]:
        """Put back into their lanes the runs whose workers are not alive. Called from a thread.

        Only by who holds the lease to do so: what was put back twice would be done twice.
        """
        names = [name for name, state in _STATES.items() if state is RunState.WORKING]
        lost = [
            each
            for each in self._client.list_workflows(status=names, load_output=False)
            if each.executor_id not in alive and each.name in JOBS
        ]
        for each in lost:
            self._client.resume_workflow(each.workflow_id, queue_name=JOBS[each.name].lane.value)
        return [each.workflow_id for each in lost]

    async def work(self) -> None:
        """Only by a worker that has given a sign of life, and on SQLite holds the lock."""
        from dbos import DBOS, DBOSPortableJSONSerializer

        duty = self._duty
        assert duty is not None  # it was made for it
        _hear()
        self.prepare()
        DBOS(
            config={
                "name": NAME,
                "application_version": VERSION,
                "executor_id": duty.worker,
                "serializer": DBOSPortableJSONSerializer(),
                "run_migrations": False,
                "scheduler_polling_interval_sec": 3600.0,
                **self._database(),  # type: ignore[typeddict-item]
            }
        )
        for name, job in JOBS.items():
            _register(name, job, duty)
        try:
            DBOS.launch()
            for lane in JobLane:
                await DBOS.register_queue_async(
                    lane.value,
                    partition_concurrency=1,
                    worker_concurrency=_AT_ONCE.get(lane, duty.at_once),
                    polling_interval_sec=_POLLS[lane],
                    on_conflict="always_update",
                )
            await duty.stopping.stopped()
        finally:
            await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
            # DBOS had made its threads the loop's own, and they are gone.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())

    def prepare(self) -> None:
        """Make its tables, or bring them up to date."""
        from dbos import DBOS

        DBOS.migrate(self._address)


def _register(name: str, job: Job, duty: Duty) -> None:
    from dbos import DBOS, PortableWorkflowError, WorkflowSerializationFormat

    async def run(channel: str, *ids: str) -> Any:
        key = DBOS.workflow_id or ""
        with duty.stopping.job():
            try:
                duty.breaker.admit(channel)
                said = await job.work(_stepping(duty, duty.session(key)), channel, *ids)
            except MercerError as error:
                document = error_to_json(error)
                raise PortableWorkflowError(error.message, error.kind, data=document) from None
            if job.proves:
                duty.breaker.worked(channel)
            return said

    DBOS.workflow(name=name, serialization_type=WorkflowSerializationFormat.PORTABLE)(run)


def _stepping(duty: Duty, session: Session) -> Callable[..., Awaitable[Any]]:
    """Each step is recorded with what it returned, or the error that it ended with."""
    from dbos import DBOS

    async def step(work: Callable[..., Awaitable[Any]], channel: str, *ids: Any) -> Any:
        async def once() -> dict[str, Any]:
            return await _tried(duty, session, work, channel, ids)

        said = await DBOS.run_step_async({"name": work.__name__}, once)
        if "error" in said:
            raise error_from_json(said["error"])
        return said["value"]

    return step


async def _tried(
    duty: Duty,
    session: Session,
    work: Callable[..., Awaitable[Any]],
    channel: str,
    ids: Sequence[Any],
) -> dict[str, Any]:
    """A step is idempotent or journalled, so it may be tried again."""
    await duty.stopping.between_steps()
    for attempt in range(1, TRIES + 1):
        try:
            value = await work(session, channel, *ids)
        except (Throttled, Transient) as error:
            delay = (isinstance(error, Throttled) and error.delay) or 5.0 * attempt
            if attempt == TRIES or delay > PATIENCE:
                duty.breaker.failed(channel, error)
                return {"error": error_to_json(error)}
            await session.clock.sleep(delay)
        except MercerError as error:
            duty.breaker.failed(channel, error)
            return {"error": error_to_json(error)}
        else:
            return {"value": value}
    raise AssertionError("the last try returns")


def _run(status: Any) -> JobRun:
    args = (status.input or {}).get("args") or ("",)
    state = _STATES[status.status]
    return JobRun(
        status.workflow_id,
        status.name,
        args[0],
        state,
        _moment(status.created_at) or datetime.now(UTC),
        _moment(status.dequeued_at),
        _moment(status.completed_at),
        status.executor_id or "",
        status.output,
        _error(status) if state is RunState.FAILED else None,
    )


def _error(status: Any) -> dict[str, Any]:
    """What ended a run: an error of ours, or a fault that nobody expected."""
    error = status.error
    data = getattr(error, "data", None)
    if isinstance(data, dict) and "kind" in data:
        return data
    told = f"{getattr(error, 'name', type(error).__name__)}: {error}" if error else status.status
    return {
        "kind": "unexpected",
        "message": f"something went wrong that should not: {told}",
        "hint": f"see mercer.log, then: mercer jobs retry {status.workflow_id}",
        "channel": "",
    }


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _hear() -> None:
    """What DBOS has to say goes where Mercer's log goes, and nowhere else."""
    log = logging.getLogger("dbos")
    log.propagate = False
    log.setLevel(logging.WARNING)
    ours = logging.getLogger("mercer").handlers
    for handler in [*ours, logging.NullHandler()]:
        if handler not in log.handlers:
            log.addHandler(handler)
