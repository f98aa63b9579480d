"""The one metadata that every table belongs to, and what tables are made of."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Index, MetaData, text

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def partial(name: str, *columns: str, where: str) -> Index:
    """An index over the rows that `where` is true of."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
