"""When a request is sent again, and after how long. The only user of tenacity."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

from mercer.core.clock import Clock
from mercer.core.errors import Throttled, Transient
from mercer.core.quota import ALONE, urgency
from mercer.core.waiting import wait as waited

if TYPE_CHECKING:
    from tenacity import RetryCallState

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
    from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

    patience = urgency().patience

    def again(error: BaseException) -> bool:
        if isinstance(error, Throttled):
            return (error.delay or 0.0) <= patience
        return isinstance(error, Transient) and (repeatable or not error.in_doubt)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        backoff = min(2.0 ** (state.attempt_number - 1), LONGEST_WAIT / 2)
        jitter = rng.random() * backoff / 2
        if isinstance(error, Throttled) and error.delay is not None:
            return error.delay + jitter / 4
        return backoff / 2 + jitter

    async def sleep(seconds: float) -> None:
        await waited(clock, seconds, "another try")

    attempts = AsyncRetrying(
        retry=retry_if_exception(again),
        wait=wait,
        stop=stop_after_attempt(ATTEMPTS),
        sleep=sleep,
        reraise=True,
    )
    async for attempt in attempts:
        with attempt:
            return await send(attempt.retry_state.attempt_number)
    raise AssertionError("tenacity re-raises the last error")
