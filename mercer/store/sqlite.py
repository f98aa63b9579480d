"""SQLite: one file, no server. Writers take their turn with `BEGIN IMMEDIATE`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

from sqlalchemy import Connection, Engine, create_engine, event

from mercer.store.database import Database, Durability

MEND: Final = "check that the file is readable, writable and made by Mercer"

_BUSY_MILLISECONDS: Final = 60_000


class SqliteDatabase(Database):
    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """There is one writer at a time, so it waits like any other."""
        with self.write() as connection:
            yield connection

    def durability(self, connection: Connection) -> Durability:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        return Durability(
            mode == "wal",
            f"journal mode {mode}",
            "keep it on a local disk: network disks have no write-ahead log",
        )

    def sweep(self) -> bool:
        """Deleted values are overwritten at once; here they leave the write-ahead log too."""
        raw = self._engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            answer = cursor.fetchone()
            return answer is not None and answer[0] == 0
        finally:
            raw.close()


class MemoryDatabase(SqliteDatabase):
    """Without a file, for tests. Migrating takes longer than most tests: it is done once a process."""

    _blank: ClassVar[bytes] = b""

    def migrated(self) -> None:
        raw: Any = self._engine.raw_connection()
        try:
            MemoryDatabase._blank = raw.driver_connection.serialize()
        finally:
            raw.close()

    @classmethod
    def begin_with(cls, connection: Any) -> None:
        """Nothing where none of this process was migrated yet."""
        if cls._blank:
            connection.deserialize(cls._blank)


def connect(path: Path | None, password: str = "") -> Database:
    del password  # a file has none
    return SqliteDatabase(_engine(path)) if path else MemoryDatabase(_engine(None))


def _engine(path: Path | None) -> Engine:
    engine = create_engine(f"sqlite:///{path}" if path else "sqlite://")

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling begins too late: see `_begin`.
        connection.isolation_level = None
        if path is None:
            MemoryDatabase.begin_with(connection)
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
