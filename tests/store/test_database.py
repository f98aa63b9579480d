"""One file, several processes: durable, and no update is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from mercer.core.errors import WorkspaceError
from mercer.store.database import Database, open_database
from mercer.store.versions import bump, number_of

COUNT_UP = """
import sys
from pathlib import Path
from mercer.store.database import open_database
from mercer.store.versions import bump
database = open_database(Path(sys.argv[1]))
for _ in range(50):
    with database.write() as tx:
        bump(tx, "together")
database.close()
"""


def pragma(database: Database, name: str) -> object:
    with database.read() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar()


def number(database: Database, name: str) -> int:
    with database.read() as connection:
        return number_of(connection, name)


def fail(database: Database) -> None:
    """A transaction that breaks off in the middle."""

    def broken() -> None:
        with database.write() as tx:
            bump(tx, "plan")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()


def test_a_commit_is_durable_and_references_hold(on_disk: Database) -> None:
    assert pragma(on_disk, "journal_mode") == "wal"
    assert pragma(on_disk, "synchronous") == 2, "FULL: a commit survives a power cut"
    assert pragma(on_disk, "foreign_keys") == 1
    assert pragma(on_disk, "busy_timeout") == 60_000


def test_what_was_written_is_there_when_the_file_is_opened_again(path: Path) -> None:
    first = open_database(path)
    with first.write() as tx:
        bump(tx, "plan")
    first.close()
    second = open_database(path)
    assert number(second, "plan") == 1
    second.close()


def test_a_write_that_fails_leaves_nothing(on_disk: Database) -> None:
    fail(on_disk)
    assert number(on_disk, "plan") == 0


def test_two_processes_on_one_file_lose_no_update(on_disk: Database, path: Path) -> None:
    others = [
        subprocess.Popen([sys.executable, "-c", COUNT_UP, str(path)], cwd=Path.cwd())
        for _ in range(2)
    ]
    for _ in range(50):
        with on_disk.write() as tx:
            bump(tx, "together")
    assert [other.wait(timeout=60) for other in others] == [0, 0]
    assert number(on_disk, "together") == 150


def test_threads_on_one_file_lose_no_update(on_disk: Database) -> None:
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


def test_two_processes_may_be_the_first_to_open_a_workspace(path: Path) -> None:
    others = [
        subprocess.Popen([sys.executable, "-c", COUNT_UP, str(path)], cwd=Path.cwd())
        for _ in range(3)
    ]
    assert [other.wait(timeout=60) for other in others] == [0, 0, 0]
    database = open_database(path)
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


def test_a_file_that_is_no_database_is_refused_with_a_plain_sentence(path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to be read as a header" * 20)
    with pytest.raises(WorkspaceError, match="cannot be opened") as refused:
        open_database(path)
    assert refused.value.hint


def test_a_folder_that_is_not_there_is_refused_with_a_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        open_database(tmp_path / "nowhere" / "mercer.db")


def test_writing_can_be_tried_without_leaving_a_trace(on_disk: Database) -> None:
    assert on_disk.check_writable() == "wal"
    with on_disk.read() as connection:
        found = connection.execute(text("SELECT name FROM sqlite_master WHERE name = 'trial'"))
        assert found.all() == []
