"""Very many rows, as the driver takes and gives them: a third of the time of SQLAlchemy's own rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table


def fetch_all(
    connection: Connection, query: Select[Any], values: Mapping[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """Every row, with no value converted: a `Moment` is a number."""
    result = connection.execute(query, values)
    try:
        assert result.cursor is not None
        return list(result.cursor.fetchall())
    finally:
        result.close()


def insert_many(
    connection: Connection, table: Table, rows: Sequence[tuple[str | int | None, ...]]
) -> None:
    """Insert rows given in the order of the table's columns, as the driver takes them.

    For plans of thousands of changes: a third of the time that the same rows take as mappings. Only
    for tables of plain text and numbers, whose values need no conversion.
    """
    if not rows:
        return
    statement = str(table.insert().compile(dialect=connection.dialect))
    connection.exec_driver_sql(statement, list(rows))
