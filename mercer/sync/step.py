"""What a job is made of: steps, each one batch or one page, done again as a whole after a kill."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from mercer.sync.session import Session


class Step(Protocol):
    """Does one step of a job, or tells what it returned when it was done before.

    Raises the step's `MercerError`. A step is done at least once: it is idempotent or journalled. What
    it is handed and returns is ids and numbers, or lists of them; never what they name.
    """

    async def __call__(
        self, work: Callable[..., Awaitable[Any]], channel: str, *ids: Any
    ) -> Any: ...


def here(session: Session) -> Step:
    """Steps that are simply done."""

    async def step(work: Callable[..., Awaitable[Any]], channel: str, *ids: Any) -> Any:
        return await work(session, channel, *ids)

    return step
