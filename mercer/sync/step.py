"""What a job is made of: steps, each one batch or one page, done again as a whole after a kill."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, Protocol, TypeVar

from mercer.core.errors import Interrupted
from mercer.sync.session import Session

Work = TypeVar("Work", bound=Callable[..., Awaitable[Any]])


class Step(Protocol):
    """Does one step of a job, or tells what it returned when it was done before.

    Raises the step's `MercerError`. A step is done at least once: it is idempotent or journalled. What
    it is handed and returns is ids and numbers, or lists of them; never what they name.
    """

    async def __call__(
        self, work: Callable[..., Coroutine[Any, Any, Any]], channel: str, *ids: Any
    ) -> Any: ...


_WHOLE: Final[set[Callable[..., Awaitable[Any]]]] = set()


def whole(work: Work) -> Work:
    """A step that sends: once begun it is let to its end by who is told to stop, so that nothing is
    left in doubt. Any other only reads, and is cut off.
    """
    _WHOLE.add(work)
    return work


def here(session: Session, stop: asyncio.Event | None = None) -> Step:
    """Steps that are simply done. Once `stop` is set, each raises `Interrupted`."""

    async def step(work: Callable[..., Coroutine[Any, Any, Any]], channel: str, *ids: Any) -> Any:
        doing = work(session, channel, *ids)
        return await (doing if stop is None else _until(stop, doing, whole=work in _WHOLE))

    return step


async def _until(stop: asyncio.Event, doing: Coroutine[Any, Any, Any], *, whole: bool) -> Any:
    if stop.is_set():
        doing.close()
        raise _interrupted()
    if whole:
        return await doing
    done, told = asyncio.ensure_future(doing), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({done, told}, return_when=asyncio.FIRST_COMPLETED)
        if not done.done():
            raise _interrupted()
        return done.result()
    finally:
        done.cancel()
        told.cancel()
        await asyncio.wait({done, told})


def _interrupted() -> Interrupted:
    return Interrupted("stopped before it was done", hint="the same command goes on with it")
