"""Open the workspace that a command works in, and go online where it must."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from mercer.commands.failures import error_document, sentence
from mercer.commands.invocation import Invocation
from mercer.commands.output import Output
from mercer.commands.progress import progress
from mercer.core.errors import MercerError
from mercer.sync.session import Session
from mercer.wiring import Workspace, open_workspace

T = TypeVar("T")


@contextmanager
def opened(invocation: Invocation) -> Iterator[Workspace]:
    with open_workspace(invocation.workspace, verbose=invocation.debug) as workspace:
        invocation.redact = workspace.redactor.text
        yield workspace


def online(
    invocation: Invocation,
    workspace: Workspace,
    work: Callable[[Session], Awaitable[T]],
    channels: Iterable[str] = (),
) -> tuple[T, dict[str, MercerError]]:
    """Work with channels connected; tell which could not be."""

    async def run() -> tuple[T, dict[str, MercerError]]:
        with progress(invocation) as shown:
            async with workspace.connected(channels, shown) as (session, failed):
                return await work(session), failed

    return asyncio.run(run())


def warn_of(failed: dict[str, MercerError], out: Output) -> None:
    for error in failed.values():
        out.warn(f"failed: {sentence(error_document(error))}")
