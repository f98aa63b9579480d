"""Times as the clock on a shop's wall shows them: one wall time is another moment in each zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mercer.core.errors import InputError


def instant(wall: datetime, zone: str) -> datetime:
    """When clocks in a zone show `wall`; with an offset it is that moment, whatever the zone.

    Raise `InputError` for a time that the clocks there leave out, or show twice.
    """
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    first, second = (wall.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    before, after = _offset(first), _offset(second)
    if before < after:
        shown = first.astimezone(UTC).astimezone(ZoneInfo(zone))
        raise InputError(
            f"clocks in {zone} never show {_told(wall)}: they are put forward "
            f"by {_minutes(after - before)} minutes",
            hint=f"take another time, such as {_told(shown)}",
        )
    if before > after:
        raise InputError(
            f"clocks in {zone} show {_told(wall)} twice: they are put back "
            f"by {_minutes(before - after)} minutes",
            hint=f"take a time outside of these, or one moment for every channel: "
            f"{first.isoformat()} or {second.isoformat()}",
        )
    return first.astimezone(UTC)


def _offset(moment: datetime) -> timedelta:
    found = moment.utcoffset()
    assert found is not None  # it has a zone
    return found


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)


def _told(wall: datetime) -> str:
    return f"{wall:%Y-%m-%d %H:%M}"
