"""Beijing time (GMT+8), in which the Chinese platforms write every time, without a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

GMT8: Final = timezone(timedelta(hours=8))
TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"


def beijing(moment: datetime) -> str:
    """In whole seconds."""
    return moment.astimezone(GMT8).strftime(TIME_FORMAT)


def utc(text: str) -> datetime:
    """The inverse of `beijing`. Raise `ValueError` for any other form."""
    return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=GMT8).astimezone(UTC)
