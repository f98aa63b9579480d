"""What only a file has: how it commits, and what is said of one that cannot be opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from mercer.core.errors import WorkspaceError
from mercer.store.database import Database, open_database


def pragma(database: Database, name: str) -> object:
    with database.read() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar()


def test_a_commit_is_durable_and_references_hold(on_disk: Database) -> None:
    assert on_disk.check_writable().sound
    assert pragma(on_disk, "journal_mode") == "wal"
    assert pragma(on_disk, "synchronous") == 2, "FULL: a commit survives a power cut"
    assert pragma(on_disk, "foreign_keys") == 1
    assert pragma(on_disk, "busy_timeout") == 60_000


def test_a_file_that_is_no_database_is_refused_with_a_plain_sentence(path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to be read as a header" * 20)
    with pytest.raises(WorkspaceError, match="cannot be opened") as refused:
        open_database(path)
    assert refused.value.hint


def test_a_folder_that_is_not_there_is_refused_with_a_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        open_database(tmp_path / "nowhere" / "mercer.db")
