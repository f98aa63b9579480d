"""When a request is sent again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from mercer.core.clock import Clock
from mercer.core.errors import PlatformError, Throttled, Transient
from mercer.core.quota import ALONE, urgency
from mercer.core.waiting import wait as waited

T = TypeVar("T")

ATTEMPTS: Final = 5
LONGEST_WAIT: Final = ALONE.patience
"""Seconds. A longer ban is not waited out, but by what is more patient: it stops and says until when."""


async def retrying(
    send: Callable[[int], Awaitable[T]], clock: Clock, rng: random.Random, *, repeatable: bool
) -> T:
    """Call `send(attempt)` until it succeeds or its error is not one to try again.

    Throttled requests had no effect and are always sent again, after the platform's own delay.
    Transient ones are sent again if nothing can have happened, or if `repeatable` says that doing it
    twice is doing it once.
    """
    patience = urgency().patience
    for attempt in range(1, ATTEMPTS):
        try:
            return await send(attempt)
        except PlatformError as error:
            if not _again(error, patience, repeatable=repeatable):
                raise
            seconds = _pause(error, attempt, rng)
        await waited(clock, seconds, "another try")
    return await send(ATTEMPTS)


def _again(error: PlatformError, patience: float, *, repeatable: bool) -> bool:
    if isinstance(error, Throttled):
        return (error.delay or 0.0) <= patience
    return isinstance(error, Transient) and (repeatable or not error.in_doubt)


def _pause(error: PlatformError, attempt: int, rng: random.Random) -> float:
    """Seconds: the platform's own word, else twice as long each time; never quite the same."""
    backoff = min(2.0 ** (attempt - 1), LONGEST_WAIT / 2)
    jitter = rng.random() * backoff / 2
    if isinstance(error, Throttled) and error.delay is not None:
        return error.delay + jitter / 4
    return backoff / 2 + jitter
