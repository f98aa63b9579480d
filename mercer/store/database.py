"""Open a workspace's database: durable, safe for several processes, migrated on first use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from mercer.core.errors import WorkspaceError

HEAD: Final = "0002"
"""The newest migration; a database that shows it needs no look at Alembic."""

Transaction = Connection
"""What queries are handed: a connection inside `Database.read` or `Database.write`."""

_BUSY_MILLISECONDS: Final = 60_000


class Database:
    """One workspace's database.

    `read` is a snapshot. `write` takes the writer's place at once, so that what is read in it is
    still true when it is written; other processes wait up to a minute for their turn.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            connection.info["immediate"] = True
            try:
                with connection.begin():
                    yield connection
            finally:
                connection.info["immediate"] = False

    @contextmanager
    def rehearsal(self) -> Iterator[Database]:
        """A database in which everything can be done and nothing stays done."""
        with self._engine.connect() as connection:
            connection.info["immediate"] = True
            transaction = connection.begin()
            try:
                yield _Rehearsal(self._engine, connection)
            finally:
                transaction.rollback()
                connection.info["immediate"] = False

    def check_writable(self) -> str:
        """Write and take it back; return SQLite's journal mode. Raise `WorkspaceError` if it fails."""
        try:
            with self.rehearsal() as trial, trial.write() as connection:
                connection.exec_driver_sql("CREATE TABLE trial (id INTEGER)")
            with self.read() as connection:
                return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())
        except DatabaseError as error:
            raise WorkspaceError(
                f"the database cannot be written: {error.orig}",
                hint="check its permissions, the free space, and that no other process holds it",
            ) from error

    def sweep(self) -> bool:
        """Take what was deleted out of the write-ahead log too.

        False where another process would not let go of it within a minute.
        """
        raw = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            answer = cursor.fetchone()
            return answer is not None and answer[0] == 0
        finally:
            raw.close()

    def close(self) -> None:
        self._engine.dispose()


class _Rehearsal(Database):
    """Every transaction is a savepoint of the one that is rolled back in the end."""

    def __init__(self, engine: Engine, connection: Connection) -> None:
        super().__init__(engine)
        self._connection = connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._connection.begin_nested():
            yield self._connection


def open_database(path: Path | None) -> Database:
    """Open and migrate the SQLite file at `path`; `None` is a database in memory, for tests.

    Raise `WorkspaceError` where the file cannot be opened, is no database, or is newer than Mercer.
    """
    engine = _engine(path)
    try:
        _migrate(engine)
    except (OperationalError, DatabaseError) as error:
        raise WorkspaceError(
            f"the database {path} cannot be opened: {error.orig}",
            hint="check that the file is readable, writable and made by Mercer",
        ) from error
    return Database(engine)


def _engine(path: Path | None) -> Engine:
    engine = create_engine(f"sqlite:///{path}" if path else "sqlite://")

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling begins too late: see `_begin`.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={_BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is deleted is overwritten, not only forgotten
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.info.get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _migrate(engine: Engine) -> None:
    found = _revision(engine)
    if found == HEAD:
        return
    from mercer.store.migrations import upgrade  # noqa: PLC0415 - Alembic takes half a second

    upgrade(engine, found, HEAD)


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection, connection.begin():
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
