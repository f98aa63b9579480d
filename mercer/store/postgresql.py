"""PostgreSQL: one database on a server, for many workers on many machines.

Writers take their turn with one lock of the whole workspace; `docs/adr/0004` says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from mercer.core.errors import WorkspaceError
from mercer.store.database import Database, Durability
from mercer.store.tables import customer_links, metadata, orders, personal, quarantine

MEND: Final = (
    "check that the server runs, and the user, the password and the name of the database; "
    "then: mercer doctor"
)

_WRITERS: Final = 0x6D6572636572
"""The lock that a writer holds until its end. Advisory locks are the database's own, so workspaces
in different databases do not wait for each other. The number is `mercer` in ASCII.
"""
_LONGEST_WAIT: Final = "60s"
_SENSITIVE: Final = (personal, customer_links, quarantine, orders)
"""The tables that erasing deletes from."""


class PostgresqlDatabase(Database):
    @contextmanager
    def aside(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            connection.info["aside"] = True
            try:
                with connection.begin():
                    yield connection
            finally:
                connection.info["aside"] = False

    def durability(self, connection: Connection) -> Durability:
        said = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("server_version", "fsync", "synchronous_commit")
        }
        return Durability(
            said["fsync"] == "on" and said["synchronous_commit"] != "off",
            f"PostgreSQL {said['server_version'].partition(' ')[0]}, fsync {said['fsync']}, "
            f"synchronous_commit {said['synchronous_commit']}",
            "switch fsync and synchronous_commit on in postgresql.conf: what is sent to a shop must "
            "be on the disk first",
        )

    def sweep(self) -> bool:
        """Free the place of deleted rows. The server's own log keeps them, sealed, until it recycles
        it.
        """
        raw: Any = self._engine.raw_connection()
        try:
            raw.driver_connection.set_autocommit(True)  # no transaction may be around it
            for table in _SENSITIVE:
                raw.driver_connection.execute(f"VACUUM {table.name}")
        except import_module("psycopg").errors.LockNotAvailable:
            return False
        finally:
            raw.driver_connection.set_autocommit(False)
            raw.close()
        return True


def connect(address: str, password: str) -> Database:
    """Raise `WorkspaceError` where the driver is not installed. Nothing is sent yet."""
    if find_spec("psycopg") is None:
        raise WorkspaceError(
            "PostgreSQL needs the psycopg package, which is not installed",
            hint='pip install "mercer[postgresql]"',
        )
    return PostgresqlDatabase(_engine(address, password))


def _engine(address: str, password: str) -> Engine:
    url = make_url(address).set(drivername="postgresql+psycopg")
    engine = create_engine(
        url.set(password=password) if password else url,
        paramstyle="format",  # rows can be handed over as they are: see `insert_many`
        pool_pre_ping=True,  # a worker outlives a restart of the server
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        _allow_zero_bytes(connection)
        connection.execute(f"SET lock_timeout = '{_LONGEST_WAIT}'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.info.get("immediate", False):
            # What is read after it is what earlier writers committed: each statement looks anew.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
        elif not connection.info.get("aside", False):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

    return engine


def _allow_zero_bytes(connection: Any) -> None:
    """PostgreSQL has no zero byte in texts. One that a platform sends must not stop a sync, so it is
    stored, and looked for, as the replacement character.
    """

    def dump(_: object, text: str) -> bytes:
        return text.replace("\0", "\ufffd").encode()

    # Of no type, as psycopg's own: the server finds it.
    own = type("Dumper", (import_module("psycopg.adapt").Dumper,), {"oid": 0, "dump": dump})
    connection.adapters.register_dumper(str, own)


_OTHER_COLLATIONS: Final = text("""
    SELECT c.relname, a.attname
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_collation l ON l.oid = a.attcollation
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
      AND c.relname = ANY(:tables)
      AND a.atttypid = 'text'::regtype AND NOT a.attisdropped AND l.collname <> 'C'
    ORDER BY c.relname, a.attnum
""")


def sort_by_bytes(connection: Connection) -> None:
    """Every text column in the order of its bytes, as on SQLite, whatever the database's own is.

    Once after each migration, so that neither a table nor a query need say so.
    """
    if (encoding := connection.exec_driver_sql("SHOW server_encoding").scalar()) != "UTF8":
        raise WorkspaceError(
            f"the database's encoding is {encoding}, which cannot hold every title",
            hint="make another one: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0",
        )
    changes: dict[str, list[str]] = {}
    quote = connection.dialect.identifier_preparer.quote
    for table, column in connection.execute(_OTHER_COLLATIONS, {"tables": list(metadata.tables)}):
        change = f'ALTER COLUMN {quote(column)} TYPE text COLLATE "C"'
        changes.setdefault(table, []).append(change)
    for table, columns in changes.items():
        connection.exec_driver_sql(f"ALTER TABLE {quote(table)} {', '.join(columns)}")
