"""A database in memory, and one in a file that other processes can open too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mercer.store.database import Database, open_database


@pytest.fixture
def database() -> Iterator[Database]:
    made = open_database(None)
    yield made
    made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mercer.db"


@pytest.fixture
def on_disk(path: Path) -> Iterator[Database]:
    made = open_database(path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def shared() -> Iterator[Database]:
    """For properties: each example rehearses on it, and leaves it empty."""
    made = open_database(None)
    yield made
    made.close()
