from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.cell import (
    LANE_OF,
    MONEY_FIELDS,
    NOTHING,
    CellKey,
    Field,
    Lane,
    Value,
    from_text,
    money_from_text,
    to_text,
)
from mercer.core.errors import InputError
from mercer.core.listing import ListingStatus
from mercer.core.money import Money

money = st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(["CNY", "JPY", "KWD"]))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Money(1230, "CNY"), "12.30 CNY"),
        (Money(1500, "JPY"), "1500 JPY"),
        (5, "5"),
        ("棉质T恤", "棉质T恤"),
        (ListingStatus.SOLD_OUT, "sold_out"),
        (NOTHING, ""),
        (None, None),
    ],
)
def test_a_value_has_one_text(value: Value | None, text: str | None) -> None:
    assert to_text(value) == text


@given(st.sampled_from(sorted(MONEY_FIELDS)), money | st.just(NOTHING) | st.none())
def test_a_money_cell_reads_back_what_was_written(field: Field, value: Money | None) -> None:
    assert from_text(field, to_text(value)) == value


@given(st.integers() | st.none())
def test_a_stock_cell_reads_back_what_was_written(value: int | None) -> None:
    assert from_text(Field.STOCK, to_text(value)) == value


@given(st.sampled_from([Field.TITLE, Field.DESCRIPTION, Field.STATUS]), st.text() | st.none())
def test_a_text_cell_reads_back_what_was_written(field: Field, value: str | None) -> None:
    assert from_text(field, to_text(value)) == value


def test_nothing_and_unknown_both_have_no_amount() -> None:
    assert money_from_text("") is None
    assert money_from_text(None) is None
    assert money_from_text("0.00 CNY") == Money(0, "CNY")


@pytest.mark.parametrize("text", ["12.30", "12.30 RMB", "red CNY", "12.30  CNY"])
def test_text_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        money_from_text(text)


def test_every_field_has_a_lane_and_stock_never_waits_behind_prices() -> None:
    assert set(LANE_OF) == set(Field)
    urgency = list(Lane)
    assert urgency.index(LANE_OF[Field.STOCK]) < urgency.index(LANE_OF[Field.PRICE])
    assert urgency[0] is Lane.ORDERS


def test_a_price_and_its_strike_through_are_money_and_travel_together() -> None:
    assert {Field.PRICE, Field.COMPARE_AT} == MONEY_FIELDS
    assert LANE_OF[Field.PRICE] is LANE_OF[Field.COMPARE_AT] is Lane.PRICE


def test_nothing_says_so() -> None:
    assert repr(NOTHING) == "NOTHING"


def test_a_cell_without_a_scope_is_the_same_as_one_with_an_empty_scope() -> None:
    assert CellKey("shop", "1", "2", Field.PRICE) == CellKey("shop", "1", "2", Field.PRICE, "")
