"""Beijing time (GMT+8), in which the Chinese platforms write every time, without a zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from mercer.core.errors import ProtocolBroken
from mercer.plugins.values import text

GMT8: Final = timezone(timedelta(hours=8))
TIME_FORMAT: Final = "%Y-%m-%d %H:%M:%S"


def beijing(moment: datetime) -> str:
    """In whole seconds."""
    return moment.astimezone(GMT8).strftime(TIME_FORMAT)


def utc(text: str) -> datetime:
    """The inverse of `beijing`. Raise `ValueError` for any other form."""
    return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=GMT8).astimezone(UTC)


def moment(row: Mapping[str, Any], name: str) -> datetime | None:
    """Of a platform's row; `None` where it tells none. Raise `ProtocolBroken` for any other form."""
    value = text(row, name)
    if value is None:
        return None
    try:
        return utc(value)
    except ValueError:
        raise ProtocolBroken(f"{name} is {value!r}, which is not a time") from None
