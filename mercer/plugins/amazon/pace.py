"""A few requests at once, so that the quota decides the speed and not the network's latency."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from mercer.plugins.paging import chunks

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE: Final = 5
"""As many as the listings operations let through at once."""


async def together(parts: Sequence[T], work: Callable[[T], Awaitable[R]]) -> list[R]:
    """The results in the order of `parts`. Raise the first error, once its companions have ended."""
    results: list[R] = []
    for chunk in chunks(parts, AT_ONCE):
        ended = await settled(chunk, work)
        for each in ended:
            if isinstance(each, BaseException):
                raise each
            results.append(each)
    return results


async def settled(parts: Sequence[T], work: Callable[[T], Awaitable[R]]) -> list[R | BaseException]:
    """All at once; an error stands where its result would."""
    return await asyncio.gather(*(work(each) for each in parts), return_exceptions=True)
