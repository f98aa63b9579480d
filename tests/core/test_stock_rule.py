from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.errors import InputError
from mercer.core.stock_rule import (
    Allocation,
    StockRule,
    bundle_available,
    granted,
    reserve_at,
    shared_out,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

quantities = st.integers(min_value=-50, max_value=10_000)
limits = st.builds(
    StockRule,
    st.just("rule"),
    percent=st.integers(0, 100),
    buffer=st.integers(0, 50),
    maximum=st.none() | st.integers(0, 500),
)
rules = st.builds(
    StockRule,
    st.just("rule"),
    percent=st.integers(0, 100),
    plus=st.integers(0, 20),
    buffer=st.integers(0, 50),
    minimum=st.integers(0, 20),
    maximum=st.none() | st.integers(20, 500),
    delist_at=st.none() | st.integers(0, 20),
    relist_at=st.none() | st.integers(21, 60),
    disabled_until=st.none() | st.sampled_from([NOW, LATER]),
    reason=st.just("recalled"),
)
allocations = st.lists(
    st.builds(Allocation, st.sampled_from("abcdef"), st.integers(0, 50)),
    max_size=6,
    unique_by=lambda each: each.channel,
)


def shown(rule: StockRule, available: int, *, shows_none: bool = False) -> int:
    return rule.published(available, NOW, shows_none=shows_none).units


class TestTheNumber:
    @pytest.mark.parametrize(
        ("rule", "available", "units"),
        [
            (StockRule("all"), 7, 7),
            (StockRule("all"), -3, 0),
            (StockRule("half", percent=50), 7, 3),
            (StockRule("buffer", buffer=2), 7, 5),
            (StockRule("buffer", buffer=2), 1, 0),
            (StockRule("capped", maximum=5), 7, 5),
            (StockRule("capped", maximum=5), 4, 4),
            (StockRule("closed", maximum=0), 7, 0),
            (StockRule("supplier", plus=3), 7, 10),
            (StockRule("supplier", plus=3), -3, 3),
            (StockRule("made to order", minimum=4), 0, 4),
            (StockRule("made to order", minimum=4), 9, 9),
            (StockRule("all of it", percent=80, plus=1, buffer=10, maximum=60), 100, 60),
            (StockRule("all of it", percent=80, plus=1, buffer=10, maximum=60), 50, 31),
        ],
    )
    def test_a_rule_takes_a_share_adds_keeps_back_and_bounds(
        self, rule: StockRule, available: int, units: int
    ) -> None:
        assert shown(rule, available) == units

    @given(limits, quantities)
    def test_a_rule_never_shows_more_than_there_is(self, rule: StockRule, available: int) -> None:
        assert 0 <= shown(rule, available) <= max(available, 0)

    @given(rules, quantities, st.booleans())
    def test_only_plus_and_minimum_show_more_than_there_is(
        self, rule: StockRule, available: int, closed: bool
    ) -> None:
        units = shown(rule, available, shows_none=closed)
        assert 0 <= units <= max(max(available, 0) + rule.plus, rule.minimum)
        assert rule.maximum is None or units <= rule.maximum

    @given(rules, quantities, quantities, st.booleans())
    def test_more_stock_never_shows_less(
        self, rule: StockRule, a: int, b: int, closed: bool
    ) -> None:
        less, more = min(a, b), max(a, b)
        assert shown(rule, less, shows_none=closed) <= shown(rule, more, shows_none=closed)

    @given(quantities)
    def test_a_rule_that_sets_nothing_shows_what_is_available(self, available: int) -> None:
        assert shown(StockRule("all"), available) == max(available, 0)

    def test_the_lines_tell_each_step(self) -> None:
        rule = StockRule("r", percent=50, plus=1, buffer=2, minimum=1, maximum=30)
        assert rule.published(100, NOW).lines == (
            "100 available", "50 % of it is 50", "plus 1", "less 2 as a buffer", "at most 30",
        )  # fmt: skip
        assert rule.published(2, NOW).lines[-2:] == ("less 2 as a buffer", "at least 1")


class TestWithholding:
    RULE = StockRule("r", delist_at=2, relist_at=5)

    def test_at_delist_at_none_is_shown_until_relist_at_is_reached(self) -> None:
        way = [(6, False), (3, False), (2, False), (3, True), (4, True), (5, True), (3, False)]
        assert [shown(self.RULE, n, shows_none=closed) for n, closed in way] == [
            6,
            3,
            0,
            0,
            0,
            5,
            3,
        ]

    def test_without_relist_at_one_more_is_enough(self) -> None:
        rule = StockRule("r", delist_at=2)
        assert [shown(rule, n, shows_none=True) for n in (2, 3)] == [0, 3]

    def test_a_rule_without_delist_at_minds_no_earlier_state(self) -> None:
        assert shown(StockRule("r"), 3, shows_none=True) == 3

    def test_nothing_is_shown_until_the_time_is_over_not_even_a_minimum(self) -> None:
        rule = StockRule("r", minimum=3, disabled_until=LATER, reason="recalled")
        assert shown(rule, 9) == 0
        assert rule.published(9, NOW).lines[-1] == "none until 2026-11-23 13:00+00:00: recalled"
        assert rule.published(9, LATER).units == 9


class TestContradictions:
    @pytest.mark.parametrize(
        ("rule", "fault"),
        [
            (StockRule("r", locations=()), "at least one location"),
            (StockRule("r", minimum=6, maximum=5), "above the maximum"),
            (StockRule("r", relist_at=5), "needs delist-at"),
            (StockRule("r", delist_at=5, relist_at=5), "not above delist-at 5"),
            (StockRule("r", disabled_until=LATER), "needs a reason"),
            (StockRule("r", disabled_until=LATER, reason=" "), "needs a reason"),
        ],
    )
    def test_settings_that_contradict_each_other_are_refused(
        self, rule: StockRule, fault: str
    ) -> None:
        with pytest.raises(InputError, match=fault):
            rule.check()

    @given(rules)
    def test_what_makes_sense_is_let_pass(self, rule: StockRule) -> None:
        if rule.relist_at is None or rule.delist_at is not None:
            rule.check()


class TestAllocations:
    @given(quantities, allocations)
    def test_together_they_never_come_to_more_than_there_is(
        self, available: int, wanted: list[Allocation]
    ) -> None:
        kept = granted(available, wanted)
        assert sum(kept.values()) <= max(available, 0)
        assert all(0 <= kept[each.channel] <= each.units for each in wanted)

    @given(quantities, quantities, allocations, st.sampled_from("abcdefg"))
    def test_more_stock_never_leaves_a_channel_less(
        self, a: int, b: int, wanted: list[Allocation], channel: str
    ) -> None:
        def left(available: int) -> int:
            others = granted(available, wanted)
            return available - sum(units for name, units in others.items() if name != channel)

        assert left(min(a, b)) <= left(max(a, b))

    def test_the_earlier_one_comes_first_when_there_is_too_little(self) -> None:
        wanted = [Allocation("a", 4), Allocation("b", 4)]
        assert granted(5, wanted) == {"a": 4, "b": 1}
        assert granted(-2, wanted) == {"a": 0, "b": 0}


class TestPlaces:
    def test_a_rule_draws_on_its_locations_in_its_order_or_on_all_by_name(self) -> None:
        assert StockRule("r", ("west", "east")).contributing(["east", "north", "west"]) == [
            "west",
            "east",
        ]
        assert StockRule("r").contributing(["west", ""]) == ["", "west"]
        assert StockRule("r", ("south",)).contributing(["west"]) == []

    def test_the_first_that_has_enough_is_reserved_from_else_the_fullest(self) -> None:
        assert reserve_at(3, {"": 3, "west": 9}) == ""
        assert reserve_at(4, {"": 3, "west": 9}) == "west"
        assert reserve_at(40, {"": 3, "west": 9, "east": 9}) == "west"
        assert reserve_at(1, {"": -5, "west": -2}) == "west"


class TestSharing:
    @given(st.integers(0, 10_000), st.integers(1, 20))
    def test_no_unit_is_shown_twice_and_none_is_lost(self, quantity: int, offers: int) -> None:
        shares = shared_out(quantity, offers)
        assert len(shares) == offers
        assert sum(shares) == quantity
        assert max(shares) - min(shares) <= 1

    def test_units_left_over_go_to_the_first_offers(self) -> None:
        assert shared_out(5, 3) == [2, 2, 1]
        assert shared_out(1, 3) == [1, 0, 0]
        assert shared_out(3, 3) == [1, 1, 1]

    def test_the_scarcest_part_decides_how_many_bundles_there_are(self) -> None:
        assert bundle_available({"cup": 2, "lid": 1}, {"cup": 9, "lid": 7}) == 4
        assert bundle_available({"cup": 2, "lid": 1}, {"cup": 90, "lid": 7}) == 7
        assert bundle_available({"cup": 6}, {"cup": 5}) == 0
