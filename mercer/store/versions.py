"""Counters: the version of each input of plans, and the numbers in the names of plans and runs."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select

from mercer.store.tables import versions
from mercer.store.upsert import upsert

INPUTS: Final = (
    "catalogue", "price_book", "price_rules", "rates", "links", "stock", "overrides",
)  # fmt: skip


def bump(connection: Connection, name: str) -> int:
    """Count one up and return the new number. Only inside `Database.write`."""
    number = number_of(connection, name) + 1
    upsert(connection, versions, [{"name": name, "number": number}])
    return number


def number_of(connection: Connection, name: str) -> int:
    found = connection.execute(select(versions.c.number).where(versions.c.name == name)).scalar()
    return found or 0


def inputs(connection: Connection) -> dict[str, int]:
    """The version of every input that a plan rests on."""
    rows = connection.execute(select(versions.c.name, versions.c.number))
    found = dict(rows.all())
    return {name: found.get(name, 0) for name in INPUTS}
