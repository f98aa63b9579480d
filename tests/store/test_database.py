"""One database, several processes: durable, and no update is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from mercer.store.database import Database, open_database
from mercer.store.versions import bump, number_of

pytestmark = pytest.mark.both_databases

COUNT_UP = """
import sys
from pathlib import Path
from mercer.store.database import open_database
from mercer.store.versions import bump
place = sys.argv[1]
database = open_database(place if "://" in place else Path(place))
for _ in range(50):
    with database.write() as tx:
        bump(tx, "together")
database.close()
"""


def number(database: Database, name: str) -> int:
    with database.read() as connection:
        return number_of(connection, name)


def others_counting_up(place: Path | str, number: int) -> list[subprocess.Popen[bytes]]:
    return [
        subprocess.Popen([sys.executable, "-c", COUNT_UP, str(place)], cwd=Path.cwd())
        for _ in range(number)
    ]


def fail(database: Database) -> None:
    """A transaction that breaks off in the middle."""

    def broken() -> None:
        with database.write() as tx:
            bump(tx, "plan")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()


def test_what_was_written_is_there_when_it_is_opened_again(place: Path | str) -> None:
    first = open_database(place)
    with first.write() as tx:
        bump(tx, "plan")
    first.close()
    second = open_database(place)
    assert number(second, "plan") == 1
    second.close()


def test_a_write_that_fails_leaves_nothing(on_disk: Database) -> None:
    fail(on_disk)
    assert number(on_disk, "plan") == 0


def test_two_processes_lose_no_update(on_disk: Database, place: Path | str) -> None:
    others = others_counting_up(place, 2)
    for _ in range(50):
        with on_disk.write() as tx:
            bump(tx, "together")
    assert [other.wait(timeout=60) for other in others] == [0, 0]
    assert number(on_disk, "together") == 150


def test_threads_lose_no_update(on_disk: Database) -> None:
    def count_up() -> None:
        for _ in range(30):
            with on_disk.write() as tx:
                bump(tx, "together")

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert number(on_disk, "together") == 120


def test_several_processes_may_be_the_first_to_open_a_workspace(place: Path | str) -> None:
    others = others_counting_up(place, 3)
    assert [other.wait(timeout=60) for other in others] == [0, 0, 0]
    database = open_database(place)
    assert number(database, "together") == 150
    database.close()


def test_a_reader_sees_the_state_of_its_beginning(on_disk: Database) -> None:
    with on_disk.read() as reading:
        assert number_of(reading, "plan") == 0
        with on_disk.write() as tx:
            bump(tx, "plan")
        assert number_of(reading, "plan") == 0
    assert number(on_disk, "plan") == 1


def test_a_rehearsal_leaves_nothing(on_disk: Database) -> None:
    with on_disk.rehearsal() as trial:
        with trial.write() as tx:
            bump(tx, "plan")
        assert number(trial, "plan") == 1
        fail(trial)
        assert number(trial, "plan") == 1, "a part that failed is undone by itself"
    assert number(on_disk, "plan") == 0


def test_writing_can_be_tried_without_leaving_a_trace(on_disk: Database) -> None:
    on_disk.check_writable()
    with on_disk.read() as connection, pytest.raises(Exception, match="trial"):
        connection.execute(text("SELECT * FROM trial"))


def test_what_is_deleted_can_be_swept(on_disk: Database) -> None:
    assert on_disk.sweep()
    assert number(on_disk, "plan") == 0
