"""The one metadata that every table belongs to, and what tables are made of."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Index, MetaData
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex

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
    return Index(name, *columns, info={"where": where})


@compiles(CreateIndex)
def _with_its_condition(create: CreateIndex, compiler: Any, **rest: Any) -> str:
    """Both databases write it alike; SQLAlchemy's own way of saying it would load both their dialects."""
    made: str = compiler.visit_create_index(create, **rest)
    where = create.element.info.get("where")
    return f"{made} WHERE {where}" if where else made
