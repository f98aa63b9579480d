"""Rounding to steps and endings, up or down, never across a limit."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mercer.core.errors import InputError
from mercer.core.rounding import WHOLE, Direction, Grid, grid_of

STEPS = [("0.05", ()), ("1", ()), ("", ("0.99",)), ("", ("0.90", "0.88")), ("", ("9.90", "0.50"))]
grids = st.sampled_from([grid_of(to, endings, "CNY") for to, endings in STEPS])
amounts = st.fractions(min_value=Fraction(1, 100), max_value=10**7, max_denominator=1000)
limits = st.none() | st.integers(1, 10**7)


@pytest.mark.parametrize(
    ("to", "endings", "direction", "amount", "rounded"),
    [
        ("0.05", (), "nearest", 1237, 1235),
        ("0.05", (), "nearest", 1238, 1240),
        ("0.05", (), "up", 1236, 1240),
        ("0.05", (), "down", 1239, 1235),
        ("1", (), "nearest", 1250, 1300),
        ("", ("0.99",), "nearest", 1240, 1199),
        ("", ("0.99",), "nearest", 1249, 1299),
        ("", ("0.99",), "up", 1200, 1299),
        ("", ("0.99",), "down", 50, 99),
        ("", ("0.90", "0.88"), "nearest", 1089, 1090),
        ("", ("0.90", "0.88"), "down", 1089, 1088),
        ("", ("9.90",), "nearest", 1400, 990),
        ("", ("88",), "up", 9000, 18800),
        ("", ("9.90", "0.50"), "up", 941, 950),
    ],
)
def test_amounts_are_rounded_as_the_rule_says(
    to: str, endings: tuple[str, ...], direction: str, amount: int, rounded: int
) -> None:
    assert grid_of(to, endings, "CNY").rounded(amount, 1, Direction(direction)) == rounded


def test_each_currency_has_its_own_minor_units() -> None:
    assert grid_of("10", (), "JPY").rounded(1234, 1, Direction.NEAREST) == 1230
    assert grid_of("0.005", (), "KWD").rounded(1234, 1, Direction.UP) == 1235
    with pytest.raises(InputError, match="more decimals than JPY allows"):
        grid_of("0.05", (), "JPY")
    with pytest.raises(InputError, match="no step to round to"):
        grid_of("0", (), "CNY")


@given(grids, amounts, st.sampled_from(Direction))
def test_nothing_of_the_grid_lies_between_an_amount_and_what_it_is_rounded_to(
    grid: Grid, amount: Fraction, direction: Direction
) -> None:
    found = grid.rounded(amount.numerator, amount.denominator, direction)
    assert found > 0
    low, high = sorted((Fraction(found), amount))
    between = [n for n in range(int(low) + 1, int(high) + 1) if low < n < high][:2000]
    assert not any(grid.down(n) == n for n in between)
    if direction is Direction.UP:
        assert found >= amount
    if direction is Direction.DOWN:
        assert found <= amount or grid.down(int(amount)) is None


@given(grids, amounts, st.sampled_from(Direction), limits, limits)
def test_rounding_never_crosses_a_limit(
    grid: Grid, amount: Fraction, direction: Direction, floor: int | None, ceiling: int | None
) -> None:
    assume(floor is None or ceiling is None or floor <= ceiling)
    found = grid.within(amount.numerator, amount.denominator, direction, floor, ceiling)
    if found is None:
        assert floor is not None or ceiling is not None
        return
    if floor is not None and amount >= floor:
        assert found >= floor
    if ceiling is not None and amount <= ceiling:
        assert found <= ceiling


@given(amounts)
def test_whole_minor_units_are_half_a_unit_away_at_most(amount: Fraction) -> None:
    found = WHOLE.rounded(amount.numerator, amount.denominator, Direction.NEAREST)
    assert abs(found - amount) <= Fraction(1, 2) or (found, amount < 1) == (1, True)
