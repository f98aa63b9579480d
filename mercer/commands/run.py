"""`mercer run`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from datetime import datetime

import click

from mercer.commands.invocation import Command, Invocation
from mercer.commands.output import Output
from mercer.commands.workspace import opened, warn_of
from mercer.sync.engine.stopping import Stopping
from mercer.wiring import Workspace


@click.command(cls=Command, short_help="Work on: take orders in, keep stock right, do what is due")
@click.pass_obj
def command(invocation: Invocation) -> None:
    """Work in the foreground until stopped: take orders in, keep stock right, do what is due.

    Other commands hand their long work to it. Ctrl-C or SIGTERM stops it between two batches; what it
    was at is taken up by the next worker.
    """
    out = Output(invocation)
    with opened(invocation) as workspace:
        asyncio.run(_work(workspace, out))
    out.line("stopped")


async def _work(workspace: Workspace, out: Output) -> None:
    stopping = Stopping()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stopping.stop)
    tell = _teller(out, workspace)
    # What waits is stopped with the worker; the worker's own clock is not.
    async with workspace.stoppable(stopping).connected() as (session, failed):
        warn_of(failed, out)
        await workspace.worker(session, stopping, tell).work()


def _teller(out: Output, workspace: Workspace) -> Callable[[str], None]:
    def tell(line: str) -> None:
        now: datetime = workspace.clock.now()
        out.event(f"{now:%H:%M:%S} {line}", {"at": now.isoformat(), "told": line})

    return tell
