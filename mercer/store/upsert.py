"""Insert or update by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Insert = sqlite.Insert | postgresql.Insert


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    keep: Sequence[str] = (),
    index: Sequence[str] = (),
) -> None:
    """Write rows; those whose key is there are updated in all columns given but `keep`.

    `index` names the unique columns that decide, if they are not the primary key.
    """
    if rows:
        statement = _upserting(
            connection.dialect.name, table, tuple(rows[0]), tuple(keep), tuple(index)
        )
        connection.execute(statement, list(rows))


@lru_cache(maxsize=128)
def _upserting(
    dialect: str,
    table: Table,
    names: tuple[str, ...],
    keep: tuple[str, ...],
    index: tuple[str, ...],
) -> Insert:
    """Orders come in by thousands: to put the same statement together costs more than to run it."""
    statement = _insert(dialect, table)
    key = list(index) or [column.name for column in table.primary_key]
    changed = {
        name: statement.excluded[name] for name in names if name not in key and name not in keep
    }
    if changed:
        return statement.on_conflict_do_update(index_elements=key, set_=changed)
    return statement.on_conflict_do_nothing(index_elements=key)


def _insert(dialect: str, table: Table) -> Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # all its drivers come along

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def insert_all_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows but for those of which a unique key is there already."""
    if rows:
        connection.execute(_inserting(connection.dialect.name, table), list(rows))


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert one row unless its unique key is there already; tell whether it was new."""
    statement = _inserting(connection.dialect.name, table)
    return connection.execute(statement, dict(row)).rowcount == 1


@lru_cache(maxsize=128)
def _inserting(dialect: str, table: Table) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing()
