"""The audit: kept with the transaction that does it, and no change of it goes unnoticed."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DatabaseError

from mercer.core.audit import Kind, Line
from mercer.core.cell import CellKey, Field
from mercer.core.plan import Change, ChangeKind
from mercer.core.stock import Movement, MovementKind
from mercer.store import audit, ledger, runs, tables
from mercer.store.audit_check import Checked, check
from mercer.store.database import Database, open_database

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 7, 1, tzinfo=UTC)

COLUMNS = [each.name for each in tables.audit.columns]


def lines(*names: str) -> list[Line]:
    return [
        Line(Kind.PRICE_SET, "north", sku=name, before="1.00 CNY", after="2.00 CNY", reason="价格")
        for name in names
    ]


def note(database: Database, *names: str) -> None:
    with database.write() as tx:
        audit.note(tx, lines(*names), "tester", NOW)


def move(database: Database, *keys: str) -> None:
    with database.write() as tx:
        for key in keys:
            kind = MovementKind.OPENING
            ledger.post(tx, Movement(key, "S", "", kind, 5, 0, NOW, "stocktake", "tester"), NOW)


def send(database: Database) -> list[int]:
    """Two changes of a run, journalled."""
    cells = [CellKey("north", "p", f"p/{name}", Field.PRICE) for name in "AB"]
    changes = [
        Change(f"c{at}", ChangeKind.UPDATE, cell, "S", "", "1.00 CNY", "2.00 CNY", "", "")
        for at, cell in enumerate(cells)
    ]
    with database.write() as tx:
        tx.execute(
            tables.plans.insert().values(
                id="p1", made_at=NOW, expires_at=NOW, checksum="", header={}, totals={}, notes=[]
            )
        )
        return runs.intend(tx, runs.begin(tx, "p1", NOW).id, changes, "key", NOW)


def checked(database: Database) -> Checked:
    with database.read() as tx:
        return check(tx)


def unlock(tx: Connection) -> None:
    """What somebody does who writes past Mercer."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SET LOCAL session_replication_role = replica")
        return
    refused = {"audit": "update delete", "movements": "update delete", "journal": "delete"}
    for table, whats in refused.items():
        for what in whats.split():
            tx.exec_driver_sql(f"DROP TRIGGER {table}_append_only_{what}")


def kinds(database: Database) -> list[str]:
    with database.read() as tx:
        query = select(tables.audit.c.kind).order_by(tables.audit.c.number)
        return list(tx.execute(query).scalars())


def test_an_empty_audit_holds(database: Database) -> None:
    assert checked(database) == Checked(0, "")


def test_lines_are_numbered_without_a_gap_and_hold(database: Database) -> None:
    note(database, "A", "B")
    note(database, "C")
    found = checked(database)
    assert (found.lines, found.broken) == (4, "")
    assert kinds(database) == [audit.BEGAN, *[Kind.PRICE_SET] * 3]


def test_a_transaction_that_is_taken_back_leaves_no_line(database: Database) -> None:
    note(database, "A")
    before = checked(database)
    with suppress(RuntimeError), database.write() as tx:
        audit.note(tx, lines("B"), "tester", NOW)
        raise RuntimeError
    with database.write():
        pass
    assert checked(database) == before


def test_a_rehearsal_leaves_no_line(database: Database) -> None:
    note(database, "A")
    before = checked(database)
    with database.rehearsal() as trial:
        note(trial, "B")
        assert checked(trial).lines == before.lines + 1
    assert checked(database) == before


def test_a_transaction_of_many_lines_appends_all_of_them(database: Database) -> None:
    note(database, *map(str, range(5_001)))
    found = checked(database)
    assert (found.lines, found.broken) == (5_002, "")


@pytest.mark.parametrize("table", ["audit", "movements"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET reason = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_is_kept(
    database: Database, table: str, statement: str
) -> None:
    note(database, "A")
    move(database, "one")
    with pytest.raises(DatabaseError, match="append-only"), database.write() as tx:
        tx.execute(text(statement.format(table)))


def test_the_database_refuses_to_delete_of_the_journal(database: Database) -> None:
    send(database)
    with pytest.raises(DatabaseError, match="append-only"), database.write() as tx:
        tx.execute(tables.journal.delete())


@given(
    number=st.integers(1, 5),
    column=st.sampled_from([name for name in COLUMNS if name != "number"]),
    words=st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
    moment=st.none() | st.integers(0, 9),
)
def test_a_change_of_any_column_of_any_line_is_found(
    shared: Database, number: int, column: str, words: str | None, moment: int | None
) -> None:
    value: object = moment if column == "at" else words
    with shared.rehearsal() as database:
        note(database, "A", "B", "C")
        move(database, "one")
        with database.write() as tx:
            unlock(tx)
            row = tx.execute(
                text(f'SELECT "{column}" FROM audit WHERE number = :number'), {"number": number}
            ).scalar()
            if column in ("kind", "hash") and value is None:
                value = "x"
            changed = {"value": value, "number": number}
            tx.execute(
                text(f'UPDATE audit SET "{column}" = :value WHERE number = :number'), changed
            )
            now = tx.execute(
                text(f'SELECT "{column}" FROM audit WHERE number = :number'), {"number": number}
            ).scalar()
        broken = checked(database).broken
        assert bool(broken) is (now != row or type(now) is not type(row))
        if broken:
            assert f"line {number} " in broken


@given(number=st.integers(1, 5))
def test_a_line_taken_out_is_found(shared: Database, number: int) -> None:
    with shared.rehearsal() as database:
        note(database, "A", "B", "C", "D")
        with database.write() as tx:
            unlock(tx)
            tx.execute(tables.audit.delete().where(tables.audit.c.number == number))
        last = number == 5
        assert checked(database).broken == (
            "the audit ends at line 4, and should end at line 5"
            if last
            else f"line {number} is missing"
        )


@given(order=st.permutations([2, 3, 4]))
def test_lines_in_another_order_are_found(shared: Database, order: list[int]) -> None:
    with shared.rehearsal() as database:
        note(database, "A", "B", "C")
        with database.write() as tx:
            unlock(tx)
            tx.execute(text("UPDATE audit SET number = -number WHERE number > 1"))
            for old, new in zip([2, 3, 4], order, strict=True):
                moved = {"old": -old, "new": new}
                tx.execute(text("UPDATE audit SET number = :new WHERE number = :old"), moved)
        assert bool(checked(database).broken) is (order != [2, 3, 4])


TAMPERINGS = {
    "movements": ["on_hand = 6", "who = 'nobody'", "at = at + 1", "reason = ''"],
    "journal": ["after = '9.00 CNY'", "outcome = 'rejected'", "settled = NULL", "request_id = 'x'"],
}


@pytest.mark.parametrize(
    ("table", "change"), [(table, each) for table, all_ in TAMPERINGS.items() for each in all_]
)
def test_a_change_of_a_sealed_row_is_found(database: Database, table: str, change: str) -> None:
    fill(database)
    assert checked(database).broken == ""
    with database.write() as tx:
        unlock(tx)
        first = f"(SELECT min(id) FROM {table})"
        tx.execute(text(f"UPDATE {table} SET {change} WHERE id = {first}"))
    assert f"of {table} are not what line" in checked(database).broken


def fill(database: Database) -> None:
    move(database, "one", "two")
    first, second = send(database)
    with database.write() as tx:
        accepted = runs.Heard("accepted", request_id="r-1")
        runs.heard(tx, {first: accepted}, NOW, settled=False)
        runs.heard(tx, {second: runs.Heard("rejected", "NO", "no")}, NOW, settled=True)
    with database.write() as tx:
        runs.settle(tx, [first, second], "confirmed", NOW)


@pytest.mark.parametrize("table", ["movements", "journal"])
def test_a_sealed_row_taken_out_is_found(database: Database, table: str) -> None:
    fill(database)
    with database.write() as tx:
        unlock(tx)
        tx.execute(text(f"DELETE FROM {table} WHERE id = (SELECT min(id) FROM {table})"))
    assert f"of {table} are not what line" in checked(database).broken


def test_a_movement_slipped_in_past_the_audit_is_found(database: Database) -> None:
    fill(database)
    with database.write() as tx:
        tx.execute(
            text(
                "INSERT INTO movements (key, sku, location, kind, on_hand, reserved, at, reason) "
                "VALUES ('x', 'S', '', 'adjustment', 1, 0, 0, '')"
            )
        )
    assert checked(database).broken == (
        "1 rows of movements were written past the audit (movements sealed)"
    )


def test_what_is_settled_once_stays_as_it_was_settled(database: Database) -> None:
    fill(database)
    with database.read() as tx:
        rows = runs.attempts_of(tx, "r1")
    assert [row["settled"] for row in rows] == ["confirmed", "rejected"]
    assert [row["request_id"] for row in rows] == ["r-1", None]


def test_what_was_there_before_the_audit_is_left_out_and_new_rows_are_not(
    database: Database,
) -> None:
    with database.write() as tx:
        tx.execute(
            text(
                "INSERT INTO movements (key, sku, location, kind, on_hand, reserved, at, reason) "
                "VALUES ('old', 'S', '', 'opening', 1, 0, 0, '')"
            )
        )
        tx.execute(text("UPDATE chain SET movements = 1"))  # as the migration leaves it
    move(database, "new")
    assert checked(database).broken == ""


def test_writers_side_by_side_make_one_chain(on_disk: Database, place: Path | str) -> None:
    def work(name: str, faults: list[BaseException]) -> None:
        try:
            database = open_database(place)
            for turn in range(20):
                note(database, f"{name}{turn}")
            database.close()
        except BaseException as fault:
            faults.append(fault)

    faults: list[BaseException] = []
    threads = [threading.Thread(target=work, args=(name, faults)) for name in "ABC"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    found = checked(on_disk)
    assert (found.lines, found.broken) == (61, "")


@given(st.sets(st.integers(1, 60), min_size=1))
def test_ids_go_through_their_text_and_back(ids: Iterable[int]) -> None:
    assert audit.ids_in(audit.spans(sorted(ids))) == sorted(ids)
