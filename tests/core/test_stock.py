from __future__ import annotations

from itertools import product

import pytest

from mercer.core.merge import Cause, Owner, State
from mercer.core.stock import (
    Balance,
    Sales,
    StockSides,
    StockVerdict,
    judge_stock,
)


def test_available_is_on_hand_less_reserved() -> None:
    assert Balance(on_hand=10, reserved=3).available == 7
    assert Balance(on_hand=2, reserved=5).available == -3


def judged(
    base: int | None,
    desired: int | None,
    observed: int | None,
    *,
    sold: int = 0,
    at_base: int = 0,
    at_look: int = 0,
    after: int = 0,
    in_flight: int | None = None,
    gone: bool = False,
    owner: Owner = Owner.MERCER,
) -> StockVerdict:
    sales = Sales(at_base, sold, at_look, after)
    return judge_stock(StockSides(base, desired, observed, sales, in_flight, gone), owner)


class TestJudging:
    def test_a_channels_own_sales_explain_a_lower_number(self) -> None:
        assert judged(10, 7, 7, sold=3) == StockVerdict(State.AGREED, 7, rebased=True)

    def test_a_sale_elsewhere_is_pushed(self) -> None:
        assert judged(10, 8, 10) == StockVerdict(State.PUSH, 10, cause=Cause.MOVED)
        assert judged(10, 5, 7, sold=3) == StockVerdict(State.PUSH, 10, cause=Cause.MOVED)

    @pytest.mark.parametrize(("observed", "unexplained"), [(5, -2), (9, 2)])
    def test_another_hand_is_recorded_and_overwritten(
        self, observed: int, unexplained: int
    ) -> None:
        verdict = judged(10, 7, observed, sold=3)
        assert verdict == StockVerdict(
            State.PUSH, 10, cause=Cause.UNEXPLAINED, unexplained=unexplained
        )

    def test_another_hand_that_hits_the_right_number_is_recorded_all_the_same(self) -> None:
        verdict = judged(10, 8, 8)
        assert verdict == StockVerdict(State.AGREED, 8, rebased=True, unexplained=-2)

    def test_without_a_word_of_sales_there_were_none(self) -> None:
        sides = StockSides(base=10, desired=8, observed=10)
        expected = StockVerdict(State.PUSH, 10, cause=Cause.MOVED)
        assert judge_stock(sides, Owner.MERCER) == expected

    def test_a_first_look_that_agrees_is_the_base(self) -> None:
        assert judged(None, 4, 4) == StockVerdict(State.AGREED, 4, rebased=True)

    def test_a_first_look_that_differs_is_left_to_a_person(self) -> None:
        assert judged(None, 4, 9, sold=1) == StockVerdict(State.UNAGREED, None)

    def test_an_unknown_wish_or_an_unread_channel_is_blocked(self) -> None:
        assert judged(10, None, 10) == StockVerdict(State.BLOCKED, 10, cause=Cause.NO_DESIRED)
        assert judged(10, 5, None) == StockVerdict(State.BLOCKED, 10, cause=Cause.NO_OBSERVED)

    def test_what_the_channel_owns_is_followed(self) -> None:
        verdict = judged(10, 5, 3, owner=Owner.CHANNEL)
        assert verdict == StockVerdict(State.FOLLOWED, 3, rebased=True)

    def test_what_is_gone_is_missing(self) -> None:
        for owner in Owner:
            verdict = judged(10, 5, 5, in_flight=5, gone=True, owner=owner)
            assert verdict == StockVerdict(State.MISSING, 10)

    @pytest.mark.parametrize("observed", [None, 10, 8, 6])
    def test_a_write_not_seen_yet_is_in_flight(self, observed: int | None) -> None:
        for owner in Owner:
            verdict = judged(10, 7, observed, in_flight=7, owner=owner)
            assert verdict == StockVerdict(State.IN_FLIGHT, 10, 7)

    def test_a_write_is_confirmed_under_the_sales_made_since(self) -> None:
        assert judged(10, 5, 5, sold=2, in_flight=7) == StockVerdict(State.AGREED, 5, rebased=True)
        assert judged(10, 5, 4, sold=2, in_flight=7).state is State.IN_FLIGHT
        assert judged(10, 5, 8, sold=2, in_flight=7).state is State.IN_FLIGHT

    def test_a_write_that_came_after_a_sale_took_its_unit_back_and_is_put_right(self) -> None:
        verdict = judged(10, 5, 7, sold=2, in_flight=7)
        assert verdict == StockVerdict(State.PUSH, 7, cause=Cause.MOVED, rebased=True)

    def test_a_write_seen_after_the_wish_moved_on_is_the_new_base(self) -> None:
        verdict = judged(10, 3, 5, sold=2, in_flight=7)
        assert verdict == StockVerdict(State.PUSH, 5, cause=Cause.MOVED, rebased=True)
        blocked = judged(10, None, 7, in_flight=7)
        expected = StockVerdict(State.BLOCKED, 7, cause=Cause.NO_DESIRED, rebased=True)
        assert blocked == expected

    def test_units_given_back_since_a_write_explain_a_higher_number(self) -> None:
        assert judged(10, 9, 9, sold=-2, in_flight=7).state is State.AGREED
        assert judged(10, 10, 10, sold=-2, in_flight=7).state is State.IN_FLIGHT

    def test_a_sale_since_the_look_is_still_to_be_taken_off_by_the_shop(self) -> None:
        assert judged(10, 9, 10, after=1) == StockVerdict(State.AGREED, 10, rebased=True)
        assert judged(10, 10, 10, after=1) == StockVerdict(State.PUSH, 10, cause=Cause.MOVED)
        assert judged(None, 9, 10, after=1).state is State.AGREED

    @pytest.mark.parametrize("observed", [7, 6])
    def test_a_sale_about_the_time_of_a_look_may_have_met_the_write_or_not(
        self, observed: int
    ) -> None:
        assert judged(10, 6, observed, at_look=1, in_flight=7).in_flight is None
        assert judged(10, 6, 8, at_look=1, in_flight=7).state is State.IN_FLIGHT

    @pytest.mark.parametrize("observed", [10, 9])
    def test_a_sale_about_the_time_of_a_look_may_be_in_it_or_not(self, observed: int) -> None:
        assert judged(10, 5, observed, at_look=1).unexplained == 0
        assert judged(10, 5, observed, at_base=1).unexplained == 0

    def test_a_doubtful_sale_is_looked_at_again_until_it_shows(self) -> None:
        assert judged(10, 9, 10, at_look=1).state is State.PUSH
        assert judged(10, 9, 9, at_look=1).state is State.AGREED

    def test_a_doubtful_sale_explains_no_more_than_its_units(self) -> None:
        assert judged(10, 5, 8, at_look=1).unexplained == -2
        assert judged(10, 5, 11, at_base=1).unexplained == 1

    def test_what_is_not_understood_is_not_expected_to_come_right_by_itself(self) -> None:
        assert judged(10, 7, 8, after=1).state is State.PUSH


def test_the_laws_of_stock_hold_for_every_combination() -> None:
    numbers = (None, 0, 1, 2, 3)
    for base, desired, observed, in_flight in product(numbers, repeat=4):
        for sold, gone, owner in product((0, 1, 2), (False, True), Owner):
            verdict = judged(
                base, desired, observed, sold=sold, in_flight=in_flight, gone=gone, owner=owner
            )
            if verdict.state is State.PUSH:
                assert None not in (desired, observed, verdict.base)
                assert desired != observed
                assert verdict.in_flight is None
                assert not gone
                assert owner is Owner.MERCER
                assert base is not None or in_flight is not None
            if verdict.rebased:
                assert verdict.base == observed
            if verdict.unexplained:
                assert observed is not None
                assert verdict.base is not None
                assert in_flight is None, "a confirmed write is explained"
            if verdict.in_flight is not None:
                assert verdict == StockVerdict(State.IN_FLIGHT, base, in_flight)


class TestOvertaking:
    """A number that is too high sells what is not there, so a lower one need not wait for it."""

    def test_a_lower_number_goes_after_one_that_the_platform_has_accepted(self) -> None:
        sides = StockSides(10, 4, 10, in_flight=7, accepted=True)
        assert judge_stock(sides, Owner.MERCER) == StockVerdict(
            State.PUSH, 10, 7, cause=Cause.OVERTAKEN
        )

    @pytest.mark.parametrize("desired", [7, 8, 30])
    def test_a_higher_or_equal_number_waits_until_the_first_shows(self, desired: int) -> None:
        sides = StockSides(10, desired, 10, in_flight=7, accepted=True)
        assert judge_stock(sides, Owner.MERCER).state is State.IN_FLIGHT

    def test_what_the_shop_sells_by_itself_is_no_reason_to_send_again(self) -> None:
        sides = StockSides(10, 5, 10, Sales(between=2), in_flight=7, accepted=True)
        assert judge_stock(sides, Owner.MERCER).state is State.IN_FLIGHT

    def test_what_nobody_has_answered_yet_is_not_overtaken(self) -> None:
        sides = StockSides(10, 4, 10, in_flight=7)
        assert judge_stock(sides, Owner.MERCER).state is State.IN_FLIGHT

    def test_a_number_that_should_show_and_does_not_is_sent_again(self) -> None:
        sides = StockSides(10, 7, 10, in_flight=7, tardy=True)
        assert judge_stock(sides, Owner.MERCER).cause is Cause.OVERTAKEN

    def test_a_tardy_number_waits_where_the_shop_shows_too_little(self) -> None:
        sides = StockSides(3, 7, 3, in_flight=7, tardy=True)
        assert judge_stock(sides, Owner.MERCER).state is State.IN_FLIGHT

    def test_an_unknown_number_overtakes_nothing(self) -> None:
        sides = StockSides(10, None, 10, in_flight=7, accepted=True, tardy=True)
        assert judge_stock(sides, Owner.MERCER).state is State.IN_FLIGHT
