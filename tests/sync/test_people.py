"""The same person is found alike from any of its customers and in the list of all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.store import customers
from mercer.store.database import Database, open_database
from mercer.sync.people import people, person

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CHANNELS = ("north", "south", "west")


@pytest.fixture(scope="module")
def shared() -> Iterator[Database]:
    made = open_database(None)
    yield made
    made.close()


@given(
    buyers=st.sets(
        st.tuples(st.sampled_from(CHANNELS), st.sampled_from("klmn")), min_size=1, max_size=9
    ),
    links=st.lists(st.tuples(st.integers(0, 8), st.sampled_from("abcde")), max_size=9),
)
def test_everybody_is_exactly_one_person(
    shared: Database, buyers: set[tuple[str, str]], links: list[tuple[int, str]]
) -> None:
    with shared.rehearsal() as database, database.write() as tx:
        ids = [customers.met(tx, channel, [(key, NOW)])[key].id for channel, key in sorted(buyers)]
        customers.add_links(
            tx, {(ids[number], "email", hash_of) for number, hash_of in links if number < len(ids)}
        )
        everybody = people(tx)
        assert sorted(id for each in everybody for id in each.ids) == sorted(ids)
        for each in everybody:
            for id in each.ids:
                assert person(tx, id) == each


@given(times=st.lists(st.integers(0, 10**6), min_size=1, max_size=6), split=st.integers(0, 6))
def test_first_and_last_order_do_not_depend_on_the_order_of_reading(
    shared: Database, times: list[int], split: int
) -> None:
    moments = [datetime.fromtimestamp(each, UTC) for each in times]
    with shared.rehearsal() as database, database.write() as tx:
        for part in (moments[:split], moments[split:]):
            customers.met(tx, "north", [("k", at) for at in part])
        (found,) = people(tx)
        assert (found.first_at, found.last_at) == (min(moments), max(moments))
