"""Cells are kept exactly, and what needs attention is found by its index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.merge import Cause, State
from mercer.store import cells, flights, to_plan
from mercer.store.database import Database, Transaction
from mercer.store.flights import Times

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 11, 1, 8, 0, 0, 123456, tzinfo=UTC)
TIMES = Times(NOW, NOW, NOW, NOW)

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
texts = st.none() | words
moments = st.none() | st.datetimes(timezones=st.just(UTC))
some_cells = st.builds(
    Cell,
    st.builds(
        CellKey,
        st.sampled_from(["north", "south"]),
        st.sampled_from(["1", "2"]),
        st.sampled_from(["", "a"]),
        st.sampled_from(list(Field)),
        st.sampled_from(["", "main"]),
    ),
    sku=texts,
    desired=texts,
    why=words,
    observed=texts,
    observed_at=moments,
    base=texts,
    base_at=moments,
    in_flight=texts,
    written_at=moments,
    read_after=moments,
    deadline=moments,
    accepted_at=moments,
    over_at=moments,
    gone=st.booleans(),
    state=st.sampled_from(list(State)),
    cause=st.none() | st.sampled_from(list(Cause)),
    unexplained=st.integers(-5, 5),
)


@settings(max_examples=50)
@given(st.lists(some_cells, max_size=12))
def test_a_cell_is_read_as_it_was_saved_and_the_last_save_counts(
    shared: Database, saved: list[Cell]
) -> None:
    with shared.rehearsal() as database, database.write() as tx:
        for cell in saved:
            cells.save(tx, [cell])
        pairs = {(cell.key.channel, cell.key.listing) for cell in saved}
        assert cells.of_listings(tx, pairs) == {cell.key: cell for cell in saved}


def push(desired: str = "9", observed: str = "10", field: Field = Field.STOCK) -> Cell:
    key = CellKey("north", "1", "a", field)
    return Cell(key, "S", desired, observed=observed, base=observed, state=State.PUSH)


def kept(tx: Transaction, cell: Cell) -> Cell:
    return cells.of_listings(tx, [("north", "1")])[cell.key]


def test_a_cell_in_flight_is_not_taken_off_again(database: Database) -> None:
    cell = push()
    with database.write() as tx:
        cells.save(tx, [cell])
        assert flights.take_off(tx, cell.key, "9", TIMES)
        assert not flights.take_off(tx, cell.key, "9", TIMES)
        assert kept(tx, cell).state is State.IN_FLIGHT
        flights.call_back(tx, cell.key)
        cells.save(tx, [cell])  # as a renewal judges it
        assert flights.take_off(tx, cell.key, "9", TIMES)


def test_a_value_that_is_no_longer_wanted_does_not_take_off(database: Database) -> None:
    cell = push()
    with database.write() as tx:
        cells.save(tx, [cell])
        assert not flights.take_off(tx, cell.key, "8", TIMES)
        assert kept(tx, cell) == cell


def test_a_cell_that_came_into_conflict_meanwhile_does_not_take_off(database: Database) -> None:
    cell = replace(push("9.00 CNY", "12.00 CNY", Field.PRICE), state=State.CONFLICT)
    with database.write() as tx:
        cells.save(tx, [cell])
        assert not flights.take_off(tx, cell.key, "9.00 CNY", TIMES)
        assert kept(tx, cell) == cell


def test_only_what_was_observed_and_never_agreed_on_is_agreed(database: Database) -> None:
    unread = Cell(CellKey("north", "1", "b", Field.PRICE), "S", state=State.UNAGREED)
    fresh = Cell(CellKey("north", "1", "a", Field.PRICE), "S", observed="1", state=State.UNAGREED)
    with database.write() as tx:
        cells.save(tx, [unread, fresh, push()])
        assert cells.agree(tx, "north", ["1"], State.UNAGREED) == 1
        assert kept(tx, fresh).base == "1"
        assert kept(tx, unread).base is None


# ------------------------------------------------------------------ what a plan costs


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement that is run, with its parameters filled in, as the database would plan it."""
    seen: list[str] = []

    def note(
        connection: Transaction, cursor: object, statement: str, parameters: object, *rest: object
    ) -> None:
        how = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[connection.dialect.name]
        if statement.lstrip().upper().startswith("SELECT"):
            raw = cursor.connection.cursor()  # type: ignore[attr-defined]
            raw.execute(f"{how} {statement}", parameters)
            seen.append("\n".join(str(row[-1]) for row in raw.fetchall()))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def plan_of(database: Database, query: Callable[[Transaction], object]) -> str:
    with database.read() as tx, statements(database) as seen:
        query(tx)
    return "\n".join(seen)


def filled(database: Database) -> None:
    quiet = [
        Cell(CellKey("north", str(number), "a", Field.PRICE), "S", "1", state=State.AGREED)
        for number in range(2000)
    ]
    with database.write() as tx:
        cells.save(tx, [*quiet, push()])
    with database.write() as tx:
        tx.execute(text("ANALYZE"))


def test_planning_reads_what_needs_attention_by_its_index(database: Database) -> None:
    filled(database)
    fields = tuple(Field)
    queries: list[Callable[[Transaction], object]] = [
        lambda tx: list(to_plan.of_channel(tx, "north", fields)),
        lambda tx: to_plan.count(tx, "north", fields),
        lambda tx: cells.any_unagreed(tx, "north"),
        lambda tx: cells.overdue(tx, "north", NOW),
        lambda tx: list(cells.in_states(tx, [State.UNAGREED, State.BLOCKED], "north")),
        cells.counts,
    ]
    for query in queries:
        plan = plan_of(database, query)
        assert "ix_cells_attention" in plan
        assert "SCAN cells\n" not in f"{plan}\n"
        assert "Seq Scan on cells" not in plan


def test_unexplained_stock_is_found_by_its_index(database: Database) -> None:
    filled(database)
    plan = plan_of(database, lambda tx: cells.unexplained(tx, "north", NOW))
    assert "ix_cells_unexplained" in plan


def test_a_zero_byte_in_a_text_stops_nothing(database: Database) -> None:
    """Platforms may send one, and PostgreSQL cannot store it."""
    title = "tee\0"
    with database.write() as tx:
        cells.save(tx, [Cell(CellKey("north", "1", "", Field.TITLE), observed=title)])
    with database.read() as tx:
        (kept,) = cells.of_listings(tx, [("north", "1")]).values()
    assert kept.observed in {title, "tee\ufffd"}
