"""How each item of a write ended, also where a write takes several calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from mercer.core.answered import answered
from mercer.core.contract import ItemOutcome
from mercer.core.errors import PlatformError, Rejected, Transient
from mercer.core.outcome import Result

T = TypeVar("T")


def accepted(listing: str, offer: str = "") -> ItemOutcome:
    """Taken, and still to be read back: an echo of a write is no proof."""
    return ItemOutcome(listing, offer, Result.ACCEPTED, request_id=answered())


def refused(listing: str, offer: str, error: Rejected) -> ItemOutcome:
    return ItemOutcome(listing, offer, Result.REJECTED, error.code, error.reason, error.request_id)


async def in_turn(
    parts: Iterable[T], send: Callable[[T], Awaitable[list[ItemOutcome]]]
) -> list[ItemOutcome]:
    """One call after the other.

    Where one fails after another took effect, raise `Transient(in_doubt=True)` whatever the failure
    was: part of the batch is there, and the engine must read before it goes on.
    """
    done: list[ItemOutcome] = []
    for part in parts:
        try:
            done += await send(part)
        except PlatformError as error:
            in_doubt = isinstance(error, Transient) and error.in_doubt
            if in_doubt or all(outcome.result is Result.REJECTED for outcome in done):
                raise
            raise partly(error) from error
    return done


def partly(error: PlatformError) -> Transient:
    """The doubt that is left when a batch fails of which part may have taken effect."""
    return Transient(
        f"part of the batch may be written, then: {error.message}",
        hint=error.hint,
        in_doubt=True,
        channel=error.channel,
        operation=error.operation,
        code=error.code,
        words=error.words,
        request_id=error.request_id,
    )
