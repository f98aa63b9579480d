"""Make a database as good as new, so that a laboratory can play one world after the other on it."""

from __future__ import annotations

from sqlalchemy import Connection

from mercer.store.tables import metadata


def empty(connection: Connection) -> None:
    """Delete every row there is. Statements that were compiled before stay so, which saves a lot."""
    for table in reversed(metadata.sorted_tables):
        connection.execute(table.delete())
