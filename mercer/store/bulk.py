"""Very many rows, as the driver takes and gives them: a third of the time of SQLAlchemy's own rows."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Select, Table

_PAGE: Final = 250
"""Rows that are read at once. Few, so that they do not drive what else is at work out of the
processor's own memory: with thousands all of it takes a fifth longer.
"""

_TOGETHER: Final = 125
"""Rows that one statement inserts: half the time that each takes by itself."""


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


def stream(connection: Connection, query: Select[Any]) -> Generator[tuple[Any, ...], None, None]:
    """As `fetch_all`, but of more rows than memory should hold."""
    result = connection.execute(query.execution_options(stream_results=True))
    try:
        # From a server, the first row has been asked for already, and nothing else.
        if (first := result.fetchone()) is None:
            return
        yield tuple(first)
        assert result.cursor is not None
        while page := result.cursor.fetchmany(_PAGE):
            yield from page
    finally:
        result.close()


def insert_many(
    connection: Connection, table: Table, rows: Sequence[tuple[str | int | None, ...]]
) -> None:
    """Insert rows given in the order of the table's columns, as the driver takes them.

    For plans of thousands of changes: a quarter of the time that the same rows take as mappings. Only
    for tables of plain text and numbers, whose values need no conversion.
    """
    whole = len(rows) - len(rows) % _TOGETHER
    for start in range(0, whole, _TOGETHER):
        values = tuple(chain.from_iterable(rows[start : start + _TOGETHER]))
        connection.exec_driver_sql(_inserting(connection.dialect, table, _TOGETHER), values)
    if rest := list(rows[whole:]):
        connection.exec_driver_sql(_inserting(connection.dialect, table, 1), rest)


@lru_cache(maxsize=16)
def _inserting(dialect: Dialect, table: Table, rows: int) -> str:
    """SQLAlchemy would think over each row of very many: a tenth of a second for the first of them."""
    blank = dict.fromkeys(table.columns.keys())
    one = str(table.insert().values([blank]).compile(dialect=dialect))
    insert, values, row = one.rpartition("VALUES ")
    return f"{insert}{values}{', '.join([row] * rows)}"
