"""Databases that other processes can open too; every test of this folder runs on both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mercer.store.database import Database, open_database
from tests import postgresql


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mercer.db"


@pytest.fixture
def place(dialect: str, path: Path, request: pytest.FixtureRequest) -> Path | str:
    """Of a database that nobody has opened yet."""
    if dialect == "sqlite":
        return path
    server: postgresql.Server = request.getfixturevalue("server")
    return server.empty_database()


@pytest.fixture
def on_disk(place: Path | str) -> Iterator[Database]:
    made = open_database(place)
    yield made
    made.close()


@pytest.fixture(scope="session")
def shared(dialect: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """For properties: each example rehearses on it, and leaves it empty."""
    if dialect == "postgresql":
        yield request.getfixturevalue("on_server")
        return
    made = open_database(None)
    yield made
    made.close()
