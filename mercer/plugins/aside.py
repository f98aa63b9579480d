"""Rows understood one by one: what cannot be is set aside, and the others go on."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, Final, TypeVar

from mercer.core.contract import Unreadable
from mercer.core.errors import InputError, PlatformError, ProtocolBroken, Rejected

T = TypeVar("T")
Row = TypeVar("Row")

UNREADABLE: Final = (AttributeError, IndexError, InputError, KeyError, TypeError, ValueError)
"""What comes of a row that is not as the platform documents it."""


def original(row: object) -> str:
    """The JSON of what a platform sent, with decimals in quotes so that none loses a digit."""
    return json.dumps(row, ensure_ascii=False, default=str)


def set_aside(id: str, row: object, error: Exception) -> Unreadable:
    """With the payload, whose values may be personal; the reason holds none of them."""
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, PlatformError):
        reason = error.message
    return Unreadable(id, reason, original(row))


def understood(
    rows: Iterable[Row], read: Callable[[Row], T | None], id: Callable[[Row], str]
) -> tuple[tuple[T, ...], tuple[Unreadable, ...]]:
    """What `read` makes of each row, `None` left out, and the rows that it makes nothing of."""
    found: list[T] = []
    aside: list[Unreadable] = []
    for row in rows:
        try:
            thing = read(row)
        except (ProtocolBroken, *UNREADABLE) as error:
            aside.append(set_aside(id(row), row, error))
        else:
            found += [] if thing is None else [thing]
    return tuple(found), tuple(aside)


async def fetched(
    ids: Iterable[str],
    fetch: Callable[[str], Awaitable[dict[str, Any] | None]],
    read: Callable[[dict[str, Any]], T],
) -> tuple[tuple[T, ...], tuple[Unreadable, ...]]:
    """As `understood`, where each row is asked for by its id; what is not there is left out."""
    found: list[T] = []
    aside: list[Unreadable] = []
    for asked in ids:
        try:
            row = await fetch(asked)
        except (ProtocolBroken, Rejected) as error:
            aside.append(Unreadable(asked, error.message))
            continue
        things, unread = understood(filter(None, [row]), read, partial(_told, asked))
        found += things
        aside += unread
    return tuple(found), tuple(aside)


def _told(id: str, row: object) -> str:
    del row  # asked for by this id
    return id
