"""`mercer jobs list|show|retry|cancel`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from mercer.commands import documents
from mercer.commands.invocation import Group, Invocation
from mercer.commands.output import Output
from mercer.commands.workspace import opened
from mercer.core.errors import InputError
from mercer.store import breakers
from mercer.store.breakers import Open
from mercer.sync.engine.dead import dead_letters
from mercer.sync.engine.durable import Durable
from mercer.sync.engine.liveness import alive
from mercer.sync.engine.protocol import JobRun, RunState
from mercer.wiring import Workspace

MOST = 30
"""Runs that are listed without --all."""


@click.group(cls=Group, short_help="See what the workers do; do failed work again, or cancel it")
def command() -> None:
    """See what the workers do; do failed work again, or cancel it."""


@command.command(name="list")
@click.option("--channel", metavar="NAME", help="Only this channel.")
@click.option("--failed", is_flag=True, help="Only what failed for good.")
@click.option("--all", "every", is_flag=True, help=f"Not only the newest {MOST}.")
@click.pass_obj
def list_(invocation: Invocation, channel: str | None, failed: bool, every: bool) -> None:
    """The newest runs of jobs first, and the channels that rest."""
    out = Output(invocation)
    with opened(invocation) as workspace:
        with workspace.database.read() as tx:
            resting = breakers.every(tx)
        runs = listed(workspace)
        dead = {run.key for run in dead_letters(runs)}
    shown = [
        run for run in runs if channel in (None, run.channel) and (not failed or run.key in dead)
    ]
    shown = shown if every or failed else shown[:MOST]
    if shown:
        header = ("job", "state", "submitted", "worker", "error")
        out.table(header, [_row(run) for run in shown])
    else:
        out.line("no jobs" if not failed else "no job has failed for good")
    tell_resting(out, resting)
    out.document(
        {
            "jobs": [documents.job(run, dead=run.key in dead) for run in shown],
            "resting": [documents.resting(each) for each in resting],
        }
    )


@command.command()
@click.argument("job")
@click.pass_obj
def show(invocation: Invocation, job: str) -> None:
    """One run of a JOB, by its key."""
    out = Output(invocation)
    with opened(invocation) as workspace, _engine(workspace) as engine:
        run = asyncio.run(_found(engine, job))
        dead = run.key in {each.key for each in dead_letters(asyncio.run(engine.listed()))}
    document = documents.job(run, dead=dead)
    for name, value in document.items():
        if name != "error" and value not in (None, ""):
            out.line(f"{name}: {value}")
    if run.error is not None:
        out.line(f"error: {run.error['message']}")
        if run.error.get("hint"):
            out.line(f"  try: {run.error['hint']}")
        out.line(f"next: mercer jobs retry {run.key}")
    out.document(document)


@command.command()
@click.argument("jobs", nargs=-1)
@click.option("--failed", is_flag=True, help="Everything that failed for good.")
@click.pass_obj
def retry(invocation: Invocation, jobs: tuple[str, ...], failed: bool) -> None:
    """Do JOBS again that have ended, from their first step: what took effect is not done twice."""
    if bool(jobs) == failed:
        raise click.UsageError("name the jobs, or say --failed")
    out = Output(invocation)
    with opened(invocation) as workspace, _engine(workspace) as engine:

        async def again() -> list[str]:
            keys = list(jobs) or [run.key for run in dead_letters(await engine.listed())]
            for key in keys:
                await engine.retry(key)
            return keys

        keys = asyncio.run(again())
        waits = not alive(workspace.database, workspace.engine_place)
    for key in keys:
        out.line(f"{key} is done again")
    if not keys:
        out.line("no job has failed for good")
    elif waits:
        out.line("next: no worker is there; start one: mercer run")
    out.document({"retried": keys, "workers": not waits})


@command.command()
@click.argument("job")
@click.pass_obj
def cancel(invocation: Invocation, job: str) -> None:
    """End a JOB between two of its batches; what has left is read back by the next run."""
    out = Output(invocation)
    with opened(invocation) as workspace, _engine(workspace) as engine:

        async def end() -> JobRun:
            await engine.cancel(job)
            return await _found(engine, job)

        run = asyncio.run(end())
    said = "is cancelled" if run.state is RunState.CANCELLED else f"had ended already: {run.state}"
    out.line(f"{job} {said}")
    out.document({"job": job, "state": run.state.value})


def tell_resting(out: Output, resting: Sequence[Open]) -> None:
    for each in resting:
        out.line(
            f"{each.channel} rests since {each.opened_at:%m-%d %H:%M}, tried again "
            f"{each.until:%m-%d %H:%M} UTC: {each.reason}"
        )


def listed(workspace: Workspace) -> list[JobRun]:
    if not workspace.has_jobs:
        return []
    with _engine(workspace) as engine:
        return asyncio.run(engine.listed())


def forgotten_runs(workspace: Workspace) -> int:
    """Forget the runs that ended long ago; tell how many."""
    if not workspace.has_jobs:
        return 0
    with _engine(workspace) as engine:
        return asyncio.run(engine.sweep(datetime.now(UTC)))


@contextmanager
def _engine(workspace: Workspace) -> Iterator[Durable]:
    if not workspace.has_jobs:
        raise InputError("no worker was ever here, so there are no jobs", hint="mercer run")
    engine = Durable(workspace.engine_place)
    try:
        yield engine
    finally:
        engine.close()


async def _found(engine: Durable, key: str) -> JobRun:
    run = await engine.status(key)
    if run is None:
        raise InputError(f"there is no job {key!r}", hint="see them: mercer jobs list")
    return run


def _row(run: JobRun) -> tuple[object, ...]:
    error = run.error["message"] if run.error else ""
    return run.key, run.state.value, f"{run.submitted_at:%m-%d %H:%M:%S}", run.worker, error
