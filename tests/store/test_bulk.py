"""Very many rows, handed over as the driver takes and gives them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from mercer.store import bulk
from mercer.store.bulk import fetch_all, insert_many, stream
from mercer.store.database import Database
from mercer.store.tables import versions

pytestmark = pytest.mark.both_databases

_IN_ORDER = select(versions).order_by(versions.c.number)


@pytest.fixture(autouse=True)
def few_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "_TOGETHER", 4)
    monkeypatch.setattr(bulk, "_PAGE", 3)


@pytest.mark.parametrize("number", [0, 1, 3, 4, 5, 8, 11])
def test_every_row_is_inserted_once_and_read_in_order(on_disk: Database, number: int) -> None:
    rows = [(f"of {at}", at) for at in range(number)]

    with on_disk.write() as tx:
        before = fetch_all(tx, _IN_ORDER)
        insert_many(tx, versions, rows)

        assert before == []
        assert list(stream(tx, _IN_ORDER)) == fetch_all(tx, _IN_ORDER) == rows


def test_a_text_may_look_like_a_part_of_the_statement(on_disk: Database) -> None:
    rows = [(f"{at}) VALUES (?, %s), ('", at) for at in range(5)]

    with on_disk.write() as tx:
        insert_many(tx, versions, rows)

        assert list(stream(tx, _IN_ORDER)) == rows


def test_rows_may_be_written_while_others_are_read(on_disk: Database) -> None:
    rows = [(f"of {at}", at) for at in range(10)]

    with on_disk.write() as tx:
        insert_many(tx, versions, rows)
        for name, at in stream(tx, _IN_ORDER.where(versions.c.number < 10)):
            insert_many(tx, versions, [(f"beside {name}", at + 10)])

        assert len(fetch_all(tx, _IN_ORDER)) == 20


def test_what_is_read_may_be_left_in_the_midst(on_disk: Database) -> None:
    with on_disk.write() as tx:
        insert_many(tx, versions, [(f"of {at}", at) for at in range(10)])
        rows = stream(tx, _IN_ORDER)

        assert next(rows) == ("of 0", 0)
        rows.close()
        assert len(list(stream(tx, _IN_ORDER))) == 10
