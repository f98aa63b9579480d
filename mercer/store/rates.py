"""The rate table: what one currency was in another, by day; nothing in it is ever changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, select

from mercer.core.price import ALWAYS
from mercer.core.rates import Rate, Rates
from mercer.store.tables import rates
from mercer.store.versions import bump


def save(connection: Connection, given: Sequence[Rate], now: datetime, who: str) -> int:
    """Add rates; one of the same pair and time goes before the older version. Return the version."""
    version = bump(connection, "rates")
    rows = [
        {
            "source": rate.source,
            "target": rate.target,
            "at": rate.at,
            "version": version,
            "value": format(rate.value, "f"),
            "who": who,
            "set_at": now,
        }
        for rate in given
    ]
    if rows:
        connection.execute(insert(rates), rows)
    return version


def holding(connection: Connection, now: datetime, max_age: timedelta) -> Rates:
    """The newest rate of each pair that has begun."""
    latest = (
        select(rates.c.source, rates.c.target, func.max(rates.c.at).label("at"))
        .where(rates.c.at <= now)
        .group_by(rates.c.source, rates.c.target)
        .subquery()
    )
    same = and_(*(rates.c[name] == latest.c[name] for name in ("source", "target", "at")))
    query = select(rates).join(latest, same).order_by(rates.c.version)
    found = {(row.source, row.target): _rate(row) for row in connection.execute(query)}
    return Rates(now, max_age, found)


def every(connection: Connection) -> Iterator[Rate]:
    """The newest first, pair by pair."""
    order = (rates.c.source, rates.c.target, rates.c.at.desc(), rates.c.version.desc())
    for row in connection.execute(select(rates).order_by(*order)):
        yield _rate(row)


def any_turns(connection: Connection, since: datetime, until: datetime, max_age: timedelta) -> bool:
    """Whether a rate begins to hold, or grows too old, after `since` and at `until` at the latest."""
    for age in (timedelta(0), max_age):
        begun = rates.c.at > since - min(age, since - ALWAYS)
        found = select(rates.c.source).where(begun, rates.c.at <= until - age)
        if connection.execute(found.limit(1)).first() is not None:
            return True
    return False


def _rate(row: Row[Any]) -> Rate:
    return Rate(row.source, row.target, Decimal(row.value), row.at, row.version)
