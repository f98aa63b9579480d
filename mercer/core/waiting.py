"""Waiting that is not idle: whoever set a plan going may do other things while a request waits.

Adapters and the transport wait here, and nowhere else, for quotas and for a platform's long work. So
a channel's orders are looked at on time however long one call takes, without a task beside it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from mercer.core.clock import Clock

Waiter = Callable[[float, str], Awaitable[None]]
"""Returns after so many seconds; told what is waited for."""

_waiter: ContextVar[Waiter | None] = ContextVar("waiter", default=None)


async def wait(clock: Clock, seconds: float, what: str) -> None:
    """Return when the clock shows at least `seconds` more. `what` is shown to who looks on."""
    waiter = _waiter.get()
    if waiter is None:
        await clock.sleep(seconds)
    else:
        await waiter(seconds, what)


@contextmanager
def waiting_by(waiter: Waiter | None) -> Iterator[None]:
    """Within, waits are `waiter`'s; of `None`, they are plain sleeps again."""
    token = _waiter.set(waiter)
    try:
        yield
    finally:
        _waiter.reset(token)
