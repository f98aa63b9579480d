"""Tolerances, when a push begins within them, and what campaigns leave behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.account import Channel
from mercer.core.campaign import CampaignState, Tolerance, Window, needed, overall
from mercer.core.cell import NOTHING
from mercer.core.derivation import Pricing
from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.core.price import ALWAYS, FOREVER, PriceEntry
from mercer.core.rates import Rates

NOON = datetime(2026, 12, 11, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=30)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("-10m..+0m", -600, 0),
        ("0..30m", 0, 1800),
        ("-90s .. -30s", -90, -30),
        ("+1h..+2h", 3600, 7200),
        ("-0s..0s", 0, 0),
    ],
)
def test_a_tolerance_says_how_early_and_how_late_with_the_sign(
    text: str, earliest: int, latest: int
) -> None:
    found = Tolerance.parse(text)
    assert found == Tolerance(seconds(earliest), seconds(latest))
    assert Tolerance.parse(str(found)) == found


@pytest.mark.parametrize("text", ["", "10m", "-10..+5m", "10m..", "-25h..0s", "5m..-5m", "a..b"])
def test_what_is_no_tolerance_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Tolerance.parse(text)


@pytest.mark.parametrize(
    ("tolerance", "takes", "begins"),
    [
        ("0s..+10m", 60, 0),
        ("-10m..0s", 60, -60),
        ("-10m..+10m", 60, 0),
        ("-10m..+1m", 120, -60),
        ("-10m..-5m", 60, -360),
        ("+1m..+10m", 60, 60),
        ("-1m..+1m", 120, -60),
        ("-1m..+1m", 121, None),
        ("0s..0s", 1, None),
    ],
)
def test_a_push_begins_at_the_edge_or_as_much_before_it_as_it_must(
    tolerance: str, takes: int, begins: int | None
) -> None:
    window = Window.around(NOON, Tolerance.parse(tolerance))
    found = window.begin(seconds(takes), LONG_AGO)
    assert found == (None if begins is None else NOON + seconds(begins))


@given(st.integers(-600, 600), st.integers(0, 1200), st.integers(0, 900), st.integers(-900, 900))
def test_a_push_that_fits_lies_wholly_within_the_tolerance_and_not_in_the_past(
    earliest: int, width: int, takes: int, now: int
) -> None:
    window = Window.around(NOON, Tolerance(seconds(earliest), seconds(earliest + width)))
    begins_at = window.begin(seconds(takes), NOON + seconds(now))
    first = max(window.earliest, NOON + seconds(now))
    if begins_at is None:
        assert first + seconds(takes) > window.latest
    else:
        assert first <= begins_at
        assert begins_at + seconds(takes) <= window.latest


def test_more_time_is_left_than_the_quotas_ask_for() -> None:
    assert needed(0) > seconds(0)
    assert needed(100) > seconds(100)


def test_channels_in_different_zones_come_to_one_state() -> None:
    planned, starting, running = (
        CampaignState.PLANNED,
        CampaignState.STARTING,
        CampaignState.RUNNING,
    )
    assert overall([planned, planned]) is planned
    assert overall([planned, running]) is running
    assert overall([starting, running]) is starting
    assert overall([CampaignState.ENDED, running]) is running
    assert overall([CampaignState.ENDED, CampaignState.ENDING]) is CampaignState.ENDING


# ------------------------------------------------------------------ what a campaign leaves behind

amounts = st.integers(1, 10_000).map(lambda minor: Money(minor, "CNY"))
moments = st.integers(-100, 100).map(lambda hours: NOON + timedelta(hours=hours))


@st.composite
def entries(draw: st.DrawFn) -> PriceEntry:
    dated = draw(st.booleans())
    first, last = sorted([draw(moments), draw(moments)])
    return PriceEntry(
        "TEE-S",
        draw(amounts),
        draw(st.sampled_from(["", "north", "south"])),
        draw(st.one_of(st.none(), st.just(NOTHING), amounts)),
        starts_at=first if dated else ALWAYS,
        ends_at=last + timedelta(hours=1) if dated else FOREVER,
    )


@given(
    st.lists(entries(), max_size=5),
    st.lists(entries(), max_size=3),
    st.lists(st.tuples(moments, st.integers(1, 100), amounts), min_size=1, max_size=3),
    moments,
)
def test_outside_of_campaigns_a_price_is_what_the_book_says_without_them(
    before: list[PriceEntry],
    edits: list[PriceEntry],
    campaigns: list[tuple[datetime, int, Money]],
    moment: datetime,
) -> None:
    """Whatever is edited meanwhile."""
    asked = [
        PriceEntry("TEE-S", price, "north", starts_at=start, ends_at=start + timedelta(hours=hours))
        for start, hours, price in campaigns
    ]
    pricing = Pricing(Channel("north", "memory", "north", "CNY"), Rates(moment))
    without = pricing.derive(pricing.book([*before, *edits]))
    found = pricing.derive(pricing.book([*before, *asked, *edits]))
    if not any(each.holds(moment) for each in asked):
        assert found == without
