from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, Decimal, localcontext
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.currency import minor_digits
from mercer.core.errors import InputError
from mercer.core.money import Money

BY_DIGITS = {0: "JPY", 2: "CNY", 3: "KWD"}
currencies = st.sampled_from(sorted(BY_DIGITS.values()))
minors = st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1)
amounts = st.builds(Money, minors, currencies)
yuan = st.builds(Money, minors, st.just("CNY"))


def refusal(amount: Any, currency: str = "CNY") -> InputError:
    with pytest.raises(InputError) as caught:
        Money.of(amount, currency)
    return caught.value


class TestReading:
    @given(amounts)
    def test_what_is_written_reads_back_the_same(self, money: Money) -> None:
        assert Money.of(money.plain, money.currency) == money
        assert Money.of(money.amount, money.currency) == money

    @given(amounts)
    def test_the_text_has_as_many_decimals_as_the_currency(self, money: Money) -> None:
        _, _, fraction = money.plain.partition(".")
        assert len(fraction) == minor_digits(money.currency)
        assert str(money) == f"{money.plain} {money.currency}"

    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [
            ("12.30", "CNY", 1230),
            ("12.3", "CNY", 1230),
            ("12", "CNY", 1200),
            (" 12.30 ", "CNY", 1230),
            ("-0.01", "USD", -1),
            ("-0", "USD", 0),
            ("007.50", "EUR", 750),
            ("1500", "JPY", 1500),
            ("1500.00", "JPY", 1500),
            ("1.234", "KWD", 1234),
            ("1.2300000", "CNY", 123),
            ("999999999999999.99", "CNY", 99999999999999999),
            (5, "CNY", 500),
            (Decimal("1.2E+3"), "CNY", 120000),
            (Decimal("5E+14"), "JPY", 500_000_000_000_000),
            (Decimal("0.5"), "CNY", 50),
        ],
    )
    def test_plain_digits_are_an_amount(self, text: Any, currency: str, minor: int) -> None:
        assert Money.of(text, currency) == Money(minor, currency)

    @pytest.mark.parametrize("text", ["", "   ", "\t\n"])
    def test_a_blank_is_unknown_and_never_zero(self, text: str) -> None:
        error = refusal(text)
        assert error.message == "'' is not an amount"
        assert error.hint == "the amount is blank; a blank is unknown, not zero"

    @pytest.mark.parametrize(
        "text",
        ["1,299.00", "1，299", "1'299.5", "1 299", "1\u00a0299.00", "-12,345,678", "12,345.6789"],
    )
    def test_thousands_separators_are_refused_with_the_way_to_write_it(self, text: str) -> None:
        error = refusal(text)
        assert error.message == f"{text!r} is not an amount"
        assert error.hint == "leave out the thousands separators: 1299.00"

    @pytest.mark.parametrize("text", ["1.2E+03", "1e5", "-1.5e-7", "1E9", Decimal("1E+9999")])
    def test_a_spreadsheets_exponent_is_refused(self, text: str | Decimal) -> None:
        error = refusal(text)
        assert error.message == f"{str(text)!r} is not an amount"
        assert error.hint == ("write the digits out: spreadsheets turn long numbers into 1.2E+03")

    @pytest.mark.parametrize(
        "text",
        ["１２.３０", "12,30", "1,2345", "1234,567", "¥12", "12.", ".5", "+5", "1_000", "12 CNY", "--1", "٣",
         "nan", "1e", "1.2.3", "12.30\n1", Decimal("NaN"), Decimal("Infinity"), True,
         "9" * 16, "0." + "0" * 16],
    )  # fmt: skip
    def test_anything_else_is_refused_with_an_example(self, text: Any) -> None:
        error = refusal(text)
        assert error.message == f"{str(text)!r} is not an amount"
        assert error.hint == "write digits with a point for decimals, such as 12.30"

    @pytest.mark.parametrize(
        ("text", "currency", "digits"),
        [("0.001", "CNY", 2), ("12.345", "USD", 2), ("1500.5", "JPY", 0), ("1.0001", "KWD", 3)],
    )
    def test_more_decimals_than_the_currency_has_are_refused_not_rounded(
        self, text: str, currency: str, digits: int
    ) -> None:
        error = refusal(text, currency)
        assert error.message == f"{text!r} has more decimals than {currency} allows ({digits})"
        assert error.hint == "round it yourself; Mercer never rounds what it is given"

    def test_an_exponent_is_written_out_only_as_far_as_an_amount_can_go(self) -> None:
        assert refusal(Decimal("1E+29")).message == f"{'1' + '0' * 29!r} is not an amount"
        assert refusal(Decimal("1E+30")).message == "'1E+30' is not an amount"
        assert refusal(Decimal("1E-30")).message == "'1E-30' is not an amount"

    def test_an_unknown_currency_is_refused_however_the_amount_is_made(self) -> None:
        for make in (Money.of, Money, lambda _, code: Money.zero(code)):
            with pytest.raises(InputError, match="ISO 4217"):
                make(1, "RMB")


class TestNoFloat:
    @pytest.mark.parametrize("minor", [12.0, Decimal(12), True, "12", None])
    def test_minor_units_are_an_int_and_nothing_like_one(self, minor: Any) -> None:
        with pytest.raises(TypeError) as caught:
            Money(minor, "CNY")
        assert str(caught.value) == f"minor units are an int, not {type(minor).__name__}"

    def test_an_amount_is_never_read_from_a_float(self) -> None:
        amount: Any = 0.1
        with pytest.raises(TypeError) as caught:
            Money.of(amount, "CNY")
        assert str(caught.value) == (
            "an amount is text, an int or a Decimal; a float has lost its digits"
        )

    @pytest.mark.parametrize("times", [1.5, Decimal(2), True, "2"])
    def test_money_is_multiplied_by_whole_numbers_only(self, times: Any) -> None:
        with pytest.raises(TypeError) as caught:
            Money(100, "CNY") * times
        assert str(caught.value) == "multiply by an int; use `scaled` for a ratio"


class TestArithmetic:
    @given(yuan, yuan, yuan)
    def test_addition_is_a_commutative_group(self, a: Money, b: Money, c: Money) -> None:
        zero = Money.zero("CNY")
        assert a + b == b + a
        assert (a + b) + c == a + (b + c)
        assert a + zero == a
        assert a + -a == zero
        assert a - b == a + -b

    @given(yuan, st.integers(min_value=0, max_value=20))
    def test_multiplying_is_adding_again_and_again(self, money: Money, times: int) -> None:
        total = Money.zero("CNY")
        for _ in range(times):
            total += money
        assert money * times == total

    @given(yuan, yuan)
    def test_order_is_the_order_of_amounts(self, a: Money, b: Money) -> None:
        for compare in (lt, le, gt, ge):
            assert compare(a, b) == compare(a.amount, b.amount)

    def test_equal_amounts_are_neither_less_nor_greater(self) -> None:
        one, same = Money(5, "CNY"), Money(5, "CNY")
        assert one <= same
        assert one >= same
        assert not one < same
        assert not one > same

    @pytest.mark.parametrize(
        "operation",
        [lambda a, b: a + b, lambda a, b: a - b, lt, le, gt, ge],
    )
    def test_two_currencies_never_mix(self, operation: Any) -> None:
        with pytest.raises(ValueError, match="mix") as caught:
            operation(Money(1, "CNY"), Money(1, "USD"))
        assert str(caught.value) == "CNY and USD do not mix"

    def test_the_same_number_in_two_currencies_is_not_equal(self) -> None:
        assert Money(100, "CNY") != Money(100, "USD")

    def test_amounts_stay_exact_whatever_decimal_context_the_caller_has(self) -> None:
        money = Money(123_456_789_012_345_678_901_234_567_890_123, "CNY")
        with localcontext(prec=5):
            assert money.plain == "1234567890123456789012345678901.23"
            assert money.scaled(Decimal(1)) == money


class TestScaling:
    @given(yuan, st.fractions(min_value=0, max_value=10, max_denominator=100))
    def test_a_ratio_is_exact_up_to_half_a_unit(self, money: Money, share: Fraction) -> None:
        ratio = Decimal(share.numerator) / Decimal(share.denominator)
        scaled = money.scaled(ratio)
        assert abs(scaled.minor - money.minor * Fraction(ratio)) <= Fraction(1, 2)
        assert scaled.currency == money.currency

    @pytest.mark.parametrize(
        ("minor", "ratio", "rounded"),
        [(5, "0.5", 2), (15, "0.5", 8), (-5, "0.5", -2), (1000, "0.85", 850), (1, "0.51", 1)],
    )
    def test_halves_go_to_the_even_neighbour(self, minor: int, ratio: str, rounded: int) -> None:
        assert Money(minor, "CNY").scaled(Decimal(ratio)) == Money(rounded, "CNY")

    def test_the_rounding_can_be_chosen(self) -> None:
        money = Money(199, "CNY")
        assert money.scaled(Decimal("0.5"), ROUND_DOWN) == Money(99, "CNY")
        assert money.scaled(Decimal("0.5"), ROUND_CEILING) == Money(100, "CNY")

    def test_a_long_ratio_is_rounded_once_and_not_twice(self) -> None:
        just_below_half = Decimal("0.4" + "9" * 40)
        assert Money(3, "CNY").scaled(just_below_half) == Money(1, "CNY")


class TestAllocation:
    weights = st.lists(st.integers(min_value=0, max_value=1000), min_size=1, max_size=12).filter(
        any
    )

    @given(amounts, weights)
    def test_parts_sum_to_the_whole_and_are_fair_within_one_unit(
        self, money: Money, weights: list[int]
    ) -> None:
        parts = money.allocated(weights)
        assert sum(part.minor for part in parts) == money.minor
        assert {part.currency for part in parts} == {money.currency}
        for part, weight in zip(parts, weights, strict=True):
            fair = Fraction(money.minor * weight, sum(weights))
            assert abs(part.minor - fair) < 1
            assert weight or part.minor == 0

    def test_whoever_has_an_exact_share_gets_no_unit_that_is_left_over(self) -> None:
        parts = Money(105, "CNY").allocated([167, 340, 1000, 1000, 1000])
        assert [part.minor for part in parts] == [5, 11, 30, 30, 29]

    def test_units_left_over_go_first_to_last_and_skip_what_weighs_nothing(self) -> None:
        assert [part.minor for part in Money(5, "CNY").allocated([0, 1, 1, 1])] == [0, 2, 2, 1]
        assert [part.minor for part in Money(-5, "CNY").allocated([1, 1, 1])] == [-2, -2, -1]
        assert [part.minor for part in Money(100, "CNY").allocated([3])] == [100]
        assert [part.minor for part in Money(100, "CNY").allocated([0, 1])] == [0, 100]

    @pytest.mark.parametrize("weights", [[], [0], [0, 0], [2, -1], [-1]])
    def test_weights_that_make_no_sense_are_refused(self, weights: list[int]) -> None:
        with pytest.raises(ValueError, match="weights") as caught:
            Money(100, "CNY").allocated(weights)
        assert str(caught.value) == "weights are non-negative and not all zero"
