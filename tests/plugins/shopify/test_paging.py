from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mercer.plugins.shopify.simulator.cost import sized
from mercer.plugins.shopify.simulator.paging import connection


@dataclass
class Row:
    id: int
    value: str


ROWS = st.lists(
    st.builds(Row, st.integers(1, 10**15), st.sampled_from("abc")),
    unique_by=lambda row: row.id,
    max_size=30,
)


def page(rows: list[Row], **args: Any) -> dict[str, Any]:
    return connection(rows, lambda row: row.value, args, whole=False)


@given(ROWS, st.integers(1, 7), st.booleans())
def test_pages_put_together_are_the_whole_in_order(
    rows: list[Row], first: int, reverse: bool
) -> None:
    seen: list[Row] = []
    after: str | None = None
    more = True
    while more:
        found = page(rows, first=first, after=after, reverse=reverse)
        seen += found["nodes"]
        after, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]

    assert seen == sorted(rows, key=lambda row: (row.value, row.id), reverse=reverse)


@given(ROWS.filter(lambda rows: len(rows) > 2))
def test_a_row_that_goes_away_between_two_pages_hides_no_other(rows: list[Row]) -> None:
    start = page(rows, first=1)
    left = [row for row in rows if row is not start["nodes"][0]]

    rest = page(left, first=250, after=start["pageInfo"]["endCursor"])

    assert sorted(row.id for row in rest["nodes"]) == sorted(row.id for row in left)


def test_an_empty_page_has_no_cursors() -> None:
    assert page([], first=5)["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


def test_the_rows_of_a_connection_count_by_their_logarithm() -> None:
    sizes = {0: 0, 1: 1, 2: 1, 5: 3, 10: 4, 20: 5, 25: 6, 50: 7, 100: 9, 250: 11}

    assert {rows: sized(rows) for rows in sizes} == sizes
