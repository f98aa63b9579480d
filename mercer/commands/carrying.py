"""Work that is made of jobs: handed to a worker and followed, or done here and now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from mercer.commands.interrupting import stop_on_interrupt
from mercer.commands.invocation import Invocation
from mercer.commands.output import Output
from mercer.commands.workspace import online
from mercer.core.errors import MercerError
from mercer.sync.engine.durable import Durable
from mercer.sync.engine.inline import Inline
from mercer.sync.engine.liveness import alive
from mercer.sync.engine.protocol import Engine
from mercer.sync.engine.telling import Following
from mercer.sync.session import Session
from mercer.wiring import Workspace

T = TypeVar("T")


def carried_on(
    invocation: Invocation,
    workspace: Workspace,
    work: Callable[[Session, Engine], Awaitable[T]],
    channels: Iterable[str] = (),
) -> tuple[T, dict[str, MercerError]]:
    """As `online`, for work that is made of jobs: a worker's, if one is there, else done here and now.

    Whoever interrupts it is told that a worker's jobs go on; here they end between two steps.
    """
    out = Output(invocation)
    if not alive(workspace.database, workspace.engine_place):

        async def here(session: Session) -> T:
            with stop_on_interrupt(out.warn) as stop:
                return await work(session, Inline(session, stop))

        return online(invocation, workspace, here, channels)
    durable = Durable(workspace.engine_place)
    submitted: list[str] = []

    async def followed(session: Session) -> T:
        engine = Following(durable, durable.place, workspace.database, session.progress, submitted)
        return await work(session, engine)

    try:
        return online(invocation, workspace, followed, channels)
    except KeyboardInterrupt:
        for run in asyncio.run(_going(durable, submitted)):
            out.warn(f"the worker goes on with it; to end it: mercer jobs cancel {run}")
        raise
    finally:
        durable.close()


async def _going(engine: Engine, runs: Iterable[str]) -> list[str]:
    found = [await engine.status(run) for run in runs]
    return [run.key for run in found if run is not None and not run.ended]
