"""The shared limiter: one row for each quota of an account, exact for every process on the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Float, bindparam, case, select, update

from mercer.core.quota import Charge, arrival, banned, reported
from mercer.store.database import Database
from mercer.store.tables import quotas
from mercer.store.upsert import insert_new, upsert


class SharedLimiter:
    """Implements `mercer.core.quota.Limiter`; all charges of a request in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, charges: Sequence[Charge], now: datetime) -> float:
        moment = now.timestamp()
        try:
            with self._database.aside() as connection:
                # In one order everywhere, so that no two requests wait for each other's rows.
                for charge in sorted(charges, key=lambda charge: charge.key):
                    if not _take(connection, charge, moment):
                        raise _Full
        except _Full:
            with self._database.read() as connection:
                return _wait(connection, charges, moment)
        return 0.0

    def report(self, charge: Charge, available: float, now: datetime) -> None:
        self._set(charge, reported(charge, available, now.timestamp()))

    def ban(self, charge: Charge, seconds: float, now: datetime) -> None:
        self._set(charge, banned(charge, seconds, now.timestamp()))

    def _set(self, charge: Charge, moment: float) -> None:
        with self._database.aside() as connection:
            upsert(connection, quotas, [{"key": charge.key, "arrival": moment}])


def arrivals(connection: Connection) -> dict[str, float]:
    """Until when each quota that was ever used is taken up, in epoch seconds."""
    return {row.key: row.arrival for row in connection.execute(select(quotas))}


_NOW = bindparam("now", type_=Float)
_START = case((quotas.c.arrival > _NOW, quotas.c.arrival), else_=_NOW)
# The same steps in the same order as in `arrival`, so that rounding decides nothing otherwise.
_GRANTED = (
    update(quotas)
    .where(
        quotas.c.key == bindparam("quota"),
        bindparam("window", type_=Float) - bindparam("step", type_=Float) >= _START - _NOW,
    )
    .values(arrival=_START + bindparam("step", type_=Float))
)
_ARRIVALS = select(quotas.c.key, quotas.c.arrival).where(
    quotas.c.key.in_(bindparam("keys", expanding=True))
)
"""Made once: a request's quota is asked for thousands of times in a run."""


class _Full(Exception):
    """Undoes what was taken of the other quotas."""


def _take(connection: Connection, charge: Charge, now: float) -> bool:
    asked = {"quota": charge.key, "now": now, "window": charge.window, "step": charge.step}
    if connection.execute(_GRANTED, asked).rowcount == 1:
        return True
    # Refused, or asked for the first time, maybe by another process in this moment.
    insert_new(connection, quotas, {"key": charge.key, "arrival": 0.0})
    return connection.execute(_GRANTED, asked).rowcount == 1


def _wait(connection: Connection, charges: Sequence[Charge], now: float) -> float:
    """Never 0: rounding must not make a refused request look granted."""
    rows = connection.execute(_ARRIVALS, {"keys": [charge.key for charge in charges]})
    last = dict(rows.all())
    waits = [arrival(charge, last.get(charge.key, 0.0), now)[1] for charge in charges]
    return max(*waits, 0.001)
