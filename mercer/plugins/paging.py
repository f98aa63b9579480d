"""Walking lists that a platform hands out in pages, while rows come and go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")
Row = dict[str, Any]
Fetch = Callable[[int], Awaitable[tuple[list[Row], int]]]
"""A page by its number, from 1: its rows, and how many rows there are on all pages."""

_WALKS: Final = 3


def chunks(parts: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(parts), size):
        yield parts[start : start + size]


async def walked(fetch: Fetch, size: int, key: Callable[[Row], str]) -> tuple[dict[str, Row], bool]:
    """All rows by their key, and whether the list stood still while it was walked.

    A row that leaves the list shifts all later ones up, and the walk misses one. So a walk counts
    only if the total stayed the same on every page and as many different rows were seen.
    """
    seen: dict[str, Row] = {}
    for _ in range(_WALKS):
        found: dict[str, Row] = {}
        totals: set[int] = set()
        page, total = 1, 1
        while (page - 1) * size < total:
            rows, total = await fetch(page)
            found |= {key(row): row for row in rows}
            totals.add(total)
            page += 1
        seen |= found
        if totals == {len(found)}:
            return seen, True
    return seen, False


async def backwards(fetch: Fetch, size: int) -> AsyncIterator[list[Row]]:
    """The pages of a list that rows only ever leave, from the last to the first.

    All rows after one that leaves move up one place: walking backwards meets some row twice,
    walking forwards would miss one.
    """
    rows, total = await fetch(1)
    for page in range(-(-total // size), 1, -1):
        yield (await fetch(page))[0]
    if total > size:
        rows, _ = await fetch(1)
    yield rows
