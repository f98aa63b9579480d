"""Lists that change while they are walked."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from mercer.plugins.paging import Row, backwards, chunks, walked


class Shifting:
    """A list that loses a row before each fetch, as long as there are losses left."""

    def __init__(self, count: int, size: int, losses: list[int]) -> None:
        self.rows: list[Row] = [{"id": str(number)} for number in range(count)]
        self._size = size
        self._losses = iter(losses)

    async def fetch(self, page: int) -> tuple[list[Row], int]:
        lost = next(self._losses, None)
        if lost is not None and self.rows:
            del self.rows[lost % len(self.rows)]
        first = (page - 1) * self._size
        return self.rows[first : first + self._size], len(self.rows)


def identity(row: Row) -> str:
    return str(row["id"])


@given(
    count=st.integers(0, 40),
    size=st.integers(1, 7),
    losses=st.lists(st.integers(0, 99), max_size=9),
)
def test_a_walk_backwards_misses_no_row_that_stays(
    count: int, size: int, losses: list[int]
) -> None:
    shifting = Shifting(count, size, losses)

    async def read() -> set[str]:
        pages = backwards(shifting.fetch, size)
        return {identity(row) async for page in pages for row in page}

    assert asyncio.run(read()) >= {identity(row) for row in shifting.rows}


@given(
    count=st.integers(0, 40),
    size=st.integers(1, 7),
    losses=st.lists(st.integers(0, 99), max_size=9),
)
def test_a_walk_that_says_it_is_whole_missed_nothing(
    count: int, size: int, losses: list[int]
) -> None:
    shifting = Shifting(count, size, losses)
    seen, steady = asyncio.run(walked(shifting.fetch, size, identity))
    if steady:
        assert seen.keys() >= {identity(row) for row in shifting.rows}
    if not losses:
        assert steady
        assert len(seen) == count


@given(ids=st.lists(st.text(max_size=3)), size=st.integers(1, 9))
def test_chunks_are_the_whole_in_order(ids: list[str], size: int) -> None:
    parts = list(chunks(ids, size))
    assert [each for part in parts for each in part] == ids
    assert all(0 < len(part) <= size for part in parts)
