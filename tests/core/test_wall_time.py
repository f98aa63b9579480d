"""One wall time is another moment in each zone; what clocks never show, or show twice, is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.errors import InputError
from mercer.core.wall_time import instant

ZONES = ["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_each_zone_has_its_own_midnight() -> None:
    midnight = wall("2026-12-11 00:00")
    assert instant(midnight, "Asia/Shanghai") == datetime(2026, 12, 10, 16, tzinfo=UTC)
    assert instant(midnight, "America/New_York") == datetime(2026, 12, 11, 5, tzinfo=UTC)


def test_with_an_offset_it_is_that_moment_in_every_zone() -> None:
    told = datetime.fromisoformat("2026-12-11T00:00+08:00")
    assert {instant(told, zone) for zone in ZONES} == {datetime(2026, 12, 10, 16, tzinfo=UTC)}


def test_a_time_that_clocks_leave_out_is_refused_with_the_one_after_it() -> None:
    with pytest.raises(InputError) as refused:
        instant(wall("2026-03-29 02:30"), "Europe/Berlin")
    assert refused.value.message == (
        "clocks in Europe/Berlin never show 2026-03-29 02:30: they are put forward by 60 minutes"
    )
    assert refused.value.hint == "take another time, such as 2026-03-29 03:30"


def test_a_time_that_clocks_show_twice_is_refused_with_both_moments() -> None:
    with pytest.raises(InputError) as refused:
        instant(wall("2026-10-25 02:30"), "Europe/Berlin")
    assert "show 2026-10-25 02:30 twice" in refused.value.message
    assert "2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00" in refused.value.hint


@given(
    st.datetimes(wall("2026-01-01 00:00"), wall("2027-12-31 00:00")).map(
        lambda each: each.replace(second=0, microsecond=0, fold=0)
    ),
    st.sampled_from(ZONES),
)
def test_it_is_the_moment_at_which_clocks_there_show_it_or_there_is_not_one(
    wall: datetime, zone: str
) -> None:
    near = datetime(wall.year, wall.month, wall.day, wall.hour, wall.minute, tzinfo=UTC)
    shows = [
        moment
        for minutes in range(-15 * 60, 15 * 60 + 1, 15)
        if (moment := near + timedelta(minutes=minutes))
        .astimezone(ZoneInfo(zone))
        .replace(tzinfo=None)
        == wall
    ]
    if len(shows) == 1:
        assert instant(wall, zone) == shows[0]
    else:
        with pytest.raises(InputError):
            instant(wall, zone)
