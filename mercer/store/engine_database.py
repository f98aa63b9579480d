"""Where the job engine keeps its tables: a file beside the workspace's, so that neither waits for the
other's writer, or the schema `dbos` of the workspace's database on PostgreSQL.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url

SCHEMA: Final = "dbos"


def open_engine_file(path: Path) -> Engine:
    """Each transaction takes the writer's place at once, so that counting and claiming are one."""
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("busy_timeout=60000", "journal_mode=WAL", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def open_engine_schema(address: str) -> Engine:
    return create_engine(address, pool_pre_ping=True, pool_size=20)


def address_of(place: Path | str, password: str = "") -> str:
    """As SQLAlchemy takes it, the password in it: not to be shown."""
    if isinstance(place, Path):
        return f"sqlite:///{place}"
    url = make_url(place).set(drivername="postgresql+psycopg")
    return (url.set(password=password) if password else url).render_as_string(hide_password=False)


def has_engine_schema(connection: Connection) -> bool:
    return inspect(connection).has_table("workflow_status", schema=SCHEMA)
