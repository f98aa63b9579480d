"""A workspace's database: durable, safe for several processes, migrated on first use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError

from mercer.core.errors import WorkspaceError
from mercer.store import audit

HEAD: Final = "0013"
"""The newest migration; a database that shows it needs no look at Alembic."""

Transaction = Connection
"""What queries are handed: a connection inside `Database.read` or `Database.write`."""


@dataclass(frozen=True, slots=True)
class Durability:
    """Whether what is committed survives a power cut, by what was `found`; `fix`: if it does not."""

    sound: bool
    found: str
    fix: str


class Database(ABC):
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
                    audit.close(connection)
            finally:
                # The pool hands this connection out again, to readers too.
                audit.forget(connection)
                connection.info["immediate"] = False

    @abstractmethod
    def aside(self) -> AbstractContextManager[Connection]:
        """A short transaction beside the writers, where rows can be locked one by one.

        Only for statements each of which tests what it changes, in a fixed order of rows, on tables
        that no `write` touches.
        """

    @contextmanager
    def rehearsal(self) -> Iterator[Database]:
        """A database in which everything can be done and nothing stays done."""
        with self._engine.connect() as connection:
            connection.info["immediate"] = True
            transaction = connection.begin()
            try:
                yield _Rehearsal(self, connection)
            finally:
                transaction.rollback()
                connection.info["immediate"] = False

    def check_writable(self) -> Durability:
        """Write and take it back. Raise `WorkspaceError` if it fails."""
        try:
            with self.rehearsal() as trial, trial.write() as connection:
                connection.exec_driver_sql("CREATE TABLE trial (id INTEGER)")
            with self.read() as connection:
                return self.durability(connection)
        except DatabaseError as error:
            raise WorkspaceError(
                f"the database cannot be written: {plain(error)}",
                hint="check its permissions, the free space, and that no other process holds it",
            ) from error

    @abstractmethod
    def durability(self, connection: Connection) -> Durability: ...

    @abstractmethod
    def sweep(self) -> bool:
        """Take what was deleted out of the database's files too, as far as the database lets us.

        False where another process would not let go of it within a minute.
        """

    def migrated(self) -> None:  # noqa: B027 - most have nothing to do then
        """It has every table of this Mercer by now."""

    def close(self) -> None:
        self._engine.dispose()


class _Rehearsal(Database):
    """What writes is a savepoint of the transaction that is rolled back in the end."""

    def __init__(self, real: Database, connection: Connection) -> None:
        super().__init__(connection.engine)
        self._real = real
        self._connection = connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        yield self._connection

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        with self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        try:
            with self._connection.begin_nested():
                yield self._connection
                audit.close(self._connection)
        finally:
            audit.forget(self._connection)

    def durability(self, connection: Connection) -> Durability:
        return self._real.durability(connection)

    def sweep(self) -> bool:
        return self._real.sweep()


def open_database(place: Path | str | None, password: str = "") -> Database:
    """Open and migrate the SQLite file at a path, or the PostgreSQL database of an address.

    `None` is a database in memory, for tests. Raise `WorkspaceError` where it cannot be opened, is
    no database, or is newer than Mercer.
    """
    # Only one is imported: a workspace on SQLite loads nothing of PostgreSQL.
    dialect = import_module(f"mercer.store.{'postgresql' if isinstance(place, str) else 'sqlite'}")
    opened: Database = dialect.connect(place, password)
    try:
        with opened.read() as connection:
            found = _revision(connection)
        if found != HEAD:
            _migrate(opened, found)
            opened.migrated()
    except DatabaseError as error:
        opened.close()
        raise WorkspaceError(
            f"the database {place} cannot be opened: {plain(error)}", hint=dialect.MEND
        ) from error
    except WorkspaceError:
        opened.close()
        raise
    return opened


def plain(error: DatabaseError) -> str:
    """The database's own words, on one line."""
    return " ".join(str(error.orig).split())


def _migrate(database: Database, found: str | None) -> None:
    from mercer.store.migrations import upgrade  # noqa: PLC0415 - Alembic takes half a second

    with database.write() as connection:
        upgrade(connection, found, HEAD)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
