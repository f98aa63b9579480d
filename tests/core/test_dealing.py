from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.dealing import LATELY, Deal, dealt_out, sells_out_soon

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

numbers = st.integers(-20, 200)
by_channel = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 60), max_size=4)
paces = st.dictionaries(st.sampled_from("abcd"), st.integers(-5, 60), max_size=4)


def deal(units: dict[str, int], taken: dict[str, int]) -> Deal:
    return Deal("S", NOW, NOW + LATELY, units, {}, taken)


@given(numbers, by_channel, paces)
def test_no_more_is_dealt_out_than_there_is_and_no_less_than_may_be_shown(
    available: int, at_most: dict[str, int], pace: dict[str, int]
) -> None:
    dealt = dealt_out(available, at_most, pace)
    assert dealt.keys() == at_most.keys()
    assert all(0 <= dealt[channel] <= most for channel, most in at_most.items())
    assert sum(dealt.values()) == max(min(available, sum(at_most.values())), 0)


def test_units_are_dealt_as_they_sold_lately_and_none_goes_without_where_there_are_enough() -> None:
    at_most = {"a": 50, "b": 50, "c": 50}
    assert dealt_out(6, at_most, {}) == {"a": 2, "b": 2, "c": 2}
    assert dealt_out(9, at_most, {"a": 6}) == {"a": 5, "b": 2, "c": 2}
    assert dealt_out(9, at_most | {"a": 3}, {"a": 6}) == {"a": 3, "b": 3, "c": 3}


@given(by_channel, paces, numbers)
def test_what_is_left_is_never_more_than_there_is(
    units: dict[str, int], taken: dict[str, int], available: int
) -> None:
    left = deal(units, taken).left(available)
    assert left.keys() == units.keys()
    assert all(
        0 <= left[channel] <= max(units[channel] - taken.get(channel, 0), 0) for channel in left
    )
    assert sum(left.values()) <= max(available, 0)


@given(by_channel, by_channel)
def test_a_sale_out_of_a_channels_own_share_moves_no_other_number(
    units: dict[str, int], taken: dict[str, int]
) -> None:
    within = {channel: min(taken.get(channel, 0), units[channel]) for channel in units}
    available = sum(units.values()) - sum(within.values())
    left = deal(units, within).left(available)
    assert left == {channel: units[channel] - within[channel] for channel in units}


def test_an_order_that_was_not_known_yet_comes_off_its_own_channels_share() -> None:
    late = Deal("S", NOW, NOW + LATELY, {"a": 2, "b": 2}, {"a": 3}, {"a": 4})
    assert late.left(3) == {"a": 1, "b": 2}


def test_where_less_is_there_than_was_dealt_the_largest_shares_are_cut() -> None:
    assert deal({"a": 4, "b": 1}, {}).left(3) == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("available", "taken", "fast"),
    [
        (10, 8, True),
        (10, 7, False),
        (3, 1, True),
        (4, 1, False),
        (1, 0, False),
        (0, 2, True),
        (-1, 5, True),
    ],
)
def test_what_would_be_about_gone_at_the_pace_of_late_sells_out_soon(
    available: int, taken: int, fast: bool
) -> None:
    assert sells_out_soon(available, taken) is fast


@given(numbers, st.integers(0, 200))
def test_what_sells_out_soon_has_not_slowed_down(available: int, taken: int) -> None:
    late = Deal("S", NOW, NOW + LATELY, {"a": available}, {"a": taken}, {})
    assert not (
        sells_out_soon(available, taken) and late.slowed_down(available, taken, NOW + LATELY)
    )


def test_what_was_not_bought_for_so_long_has_slowed_down() -> None:
    dealt = deal({"a": 5, "b": 4}, {})
    assert dealt.slowed_down(9, 0, NOW + LATELY)
    assert dealt.slowed_down(9, 3, NOW + LATELY)
    assert not dealt.slowed_down(9, 4, NOW + LATELY)
    assert not dealt.slowed_down(9, 0, NOW + LATELY / 2)


def test_new_goods_end_a_deal_at_once_where_they_last() -> None:
    assert deal({"a": 2}, {}).slowed_down(9, 3, NOW)
    assert not deal({"a": 2}, {}).slowed_down(9, 4, NOW)


def test_what_sold_out_is_dealt_again_unless_more_came_than_was_sold_that_fast() -> None:
    sold_out = Deal("S", NOW, NOW + LATELY, {"a": 0, "b": 0}, {"a": 3, "b": 2}, {})
    assert not sold_out.slowed_down(1, 0, NOW + LATELY)
    assert not sold_out.slowed_down(7, 0, NOW + LATELY)
    assert sold_out.slowed_down(8, 0, NOW + LATELY)
