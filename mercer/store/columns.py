"""Column types that hold the domain's values exactly, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)

NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
"""Counts and row ids: 64 bits on both databases. What a platform says may be out of all proportion."""


class Moment(TypeDecorator[datetime]):
    """An aware UTC time as whole microseconds, so that it sorts and compares as a number."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else ticks(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else moment(value)


def ticks(value: datetime) -> int:
    """As `Moment` keeps it: for rows that are handed to the driver as they are."""
    return (value - _EPOCH) // _TICK


@lru_cache(maxsize=1024)
def moment(value: int) -> datetime:
    """The inverse of `ticks`. Remembered, because most dates of the price book are its two ends."""
    return _EPOCH + value * _TICK
