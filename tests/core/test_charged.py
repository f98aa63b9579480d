"""The lowest price that was charged in the 30 days before a reduction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mercer.core.charged import Lowest, Shown, is_new_low, lowest_before
from mercer.core.money import Money

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def yuan(amount: int) -> Money:
    return Money(amount * 100, "CNY")


def shown(*prices: tuple[int, int]) -> list[Shown]:
    """(days ago, price)"""
    return [Shown(NOW - timedelta(days=days), yuan(price)) for days, price in prices]


def test_a_reduction_is_measured_against_what_was_charged_in_the_month_before_it() -> None:
    record = shown((90, 70), (50, 100), (20, 90), (10, 100))
    assert lowest_before(record, yuan(80), NOW) == Lowest(yuan(90), whole=True)


def test_a_price_that_was_replaced_within_the_month_was_charged_in_it() -> None:
    assert lowest_before(shown((60, 70), (29, 100)), yuan(80), NOW).price == yuan(70)
    assert lowest_before(shown((60, 70), (31, 100)), yuan(80), NOW).price == yuan(100)


def test_while_a_reduction_lasts_it_is_measured_against_the_month_before_it() -> None:
    record = shown((90, 100), (10, 80))
    assert lowest_before(record, yuan(80), NOW) == Lowest(yuan(100), whole=True)


def test_a_price_that_never_fell_is_its_own_measure() -> None:
    assert lowest_before(shown((40, 80)), yuan(80), NOW) == Lowest(yuan(80), whole=True)
    assert lowest_before(shown((40, 80)), yuan(90), NOW) == Lowest(yuan(80), whole=True)


def test_a_record_that_is_short_tells_only_what_it_has_seen() -> None:
    assert lowest_before([], yuan(80), NOW) == Lowest()
    assert lowest_before(shown((5, 80)), yuan(80), NOW) == Lowest()
    assert lowest_before(shown((5, 90)), yuan(80), NOW) == Lowest(yuan(90), whole=False)


def test_prices_of_another_currency_count_for_nothing() -> None:
    record = [Shown(NOW - timedelta(days=40), Money(100, "USD"))]
    assert lowest_before(record, yuan(80), NOW) == Lowest()


def test_a_cut_by_another_hand_that_is_undone_is_no_reduction() -> None:
    record = shown((5, 100), (1, 90))
    assert lowest_before(record, yuan(100), NOW) == Lowest()
    assert lowest_before(record, yuan(95), NOW) == Lowest(yuan(100), whole=False)


def test_a_price_is_a_new_low_where_nothing_as_low_was_charged_within_the_month() -> None:
    record = shown((60, 70), (40, 90), (5, 100))
    assert is_new_low(record, yuan(80), NOW)
    assert not is_new_low(record, yuan(90), NOW)
    assert is_new_low([], yuan(90), NOW)
