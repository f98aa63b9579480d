"""Amounts as people write them: every accepted text means one number, every other says why not."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.files.cells import amount, quantity
from mercer.files.numbers import PLAIN, STYLES, Style, half_width


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.5", "CNY", 1250),
        ("１２．５０", "CNY", 1250),
        (" \u00a012.50\u3000", "CNY", 1250),
        ("\ufeff12.50\u200b", "CNY", 1250),
        ("¥12.50", "CNY", 1250),
        ("￥ 12.50", "CNY", 1250),
        ("￥１２．５０", "CNY", 1250),
        ("12.50元", "CNY", 1250),
        ("12.50 CNY", "CNY", 1250),
        ("RMB 12.50", "CNY", 1250),
        ("¥1250", "JPY", 1250),
        ("1250円", "JPY", 1250),
        ("$12.50", "USD", 1250),
        ("＄12.50", "USD", 1250),
        ("$12.50", "CAD", 1250),
        ("12.50 €", "EUR", 1250),
        ("£12.50", "GBP", 1250),
        ("1.250", "KWD", 1250),
        ("12.500", "CNY", 1250),
        ("012.50", "CNY", 1250),
    ],
)
def test_signs_spaces_and_full_width_make_no_other_amount(
    text: str, currency: str, minor: int
) -> None:
    assert amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "locale", "minor"),
    [
        ("1,299.00", "en", 129900),
        ("1，299．00", "zh", 129900),
        ("¥1,234,567.89", "zh", 123456789),
        ("1299.5", "en", 129950),
        ("1.299,00", "de", 129900),
        ("1.299", "de", 129900),
        ("12,5", "de", 1250),
        ("1 299,00", "fr", 129900),
        ("1\u202f299,00", "fr", 129900),
        ("1\u00a0299", "pl", 129900),
        ("1’299.00", "de-ch", 129900),
        ("1'299.00", "de-ch", 129900),
    ],
)
def test_separators_are_read_in_the_locale_that_is_named(
    text: str, locale: str, minor: int
) -> None:
    assert amount(text, "CNY", STYLES[locale]) == Money(minor, "CNY")


@pytest.mark.parametrize(
    ("text", "locale", "words"),
    [
        ("1,299.00", None, "--locale en"),
        ("1,299", None, "--locale en"),
        ("1.299,00", None, "--locale de"),
        ("1 299.00", None, "thousands separators"),
        ("1'299.00", None, "--locale de-ch"),
        ("1，299", None, "--locale en"),
        ("12,50", None, "name the locale"),
        ("12.50", "de", "write 1299,50"),
        ("12,50", "en", "write 1299.50"),
        ("1,29,900", "en", "as en writes it"),
        ("1,2999", "en", "as en writes it"),
        (",299", "en", "as en writes it"),
        ("1234,567", "en", "as en writes it"),
        ("1'299’000", "de-ch", "as de-ch writes it"),
        ("-12", None, "negative"),
        ("－12", None, "negative"),
        ("−12", None, "negative"),
        ("-¥12", None, "negative"),
        ("¥-12", None, "negative"),
        ("(12.00)", None, "negative"),
        ("12%", None, "a share"),
        ("12％", None, "a share"),
        ("8折", None, "a share"),
        ("1.2E+03", None, "digits out"),
        ("1e3", "en", "digits out"),
        ("$12", None, "sign $, which is not CNY"),
        ("12 USD", None, "sign USD, which is not CNY"),
        ("¥12€", None, "sign €"),
        ("0", None, "zero"),
        ("０.００", None, "zero"),
        ("", None, "blank"),
        ("+12", None, "digits with a point"),
        ("12.", None, "digits with a point"),
        (".5", None, "digits with a point"),
        ("1.2.3", None, "digits with a point"),
        ("12。5", None, "digits with a point"),
        ("١٢", None, "digits with a point"),
        ("²", None, "digits with a point"),
        ("①", None, "digits with a point"),
        ("十二", None, "digits with a point"),
        ("12-15", None, "digits with a point"),
        ("12起", None, "digits with a point"),
        ("12.345", None, "more decimals"),
        ("9" * 20, None, "not an amount"),
        ("=1+1", None, "digits with a point"),
        ("NaN", None, "digits with a point"),
        ("Infinity", None, "digits with a point"),
    ],
)
def test_what_is_no_amount_says_why_and_what_to_write(
    text: str, locale: str | None, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        amount(text, "CNY", STYLES[locale] if locale else PLAIN)
    assert words in f"{caught.value.message}; {caught.value.hint}"


styles = st.sampled_from([PLAIN, *STYLES.values()])
numerals = st.text("0123456789０１２３４５.,．，' ’\u00a0\u202f¥$€元-+%eE()", max_size=14)


@given(numerals, styles)
@example("1.299", STYLES["de"])
@example("1,299", STYLES["en"])
def test_an_accepted_text_means_the_number_that_its_digits_make(text: str, style: Style) -> None:
    try:
        money = amount(text, "KWD", style)
    except InputError:
        return
    bare = re.sub(f"[{re.escape(style.group)}]", "", half_width(text)) if style.group else text
    digits = re.sub(r"[^0-9.]", "", half_width(bare).replace(style.point, "."))
    assert money.amount == Decimal(digits)
    assert money.minor > 0


@given(st.integers(1, 10**14), st.sampled_from(["CNY", "JPY", "KWD"]), styles)
def test_what_a_style_writes_it_reads_back(minor: int, currency: str, style: Style) -> None:
    money = Money(minor, currency)
    assert amount(style.written(money.plain), currency, style) == money


def grouped(whole: str, sign: str) -> str:
    head = len(whole) % 3 or 3
    return sign.join([whole[:head], *(whole[i : i + 3] for i in range(head, len(whole), 3))])


@given(st.integers(1, 10**11), st.sampled_from(sorted(STYLES)))
def test_thousands_are_read_with_every_separator_of_their_locale(minor: int, name: str) -> None:
    style = STYLES[name]
    whole, _, cents = Money(minor, "CNY").plain.partition(".")
    for sign in style.group:
        assert amount(f"{grouped(whole, sign)}{style.point}{cents}", "CNY", style).minor == minor


@given(numerals)
def test_without_a_locale_a_text_is_one_number_or_none(text: str) -> None:
    """Where any locale would read it as another number, it is refused."""
    try:
        money = amount(text, "KWD")
    except InputError:
        return
    assert "," not in half_width(text)
    assert money.plain.rstrip("0").rstrip(".") in half_width(text)


def test_a_page_is_no_amount_and_is_not_searched_for_one() -> None:
    with pytest.raises(InputError) as caught:
        amount("1" + "a" * 100_000 + "1", "CNY")
    assert len(caught.value.message) < 100


@pytest.mark.parametrize(
    ("text", "locale", "units"),
    [("９", None, 9), ("1,000", "en", 1000), ("1.000", "de", 1000), (" 5 ", None, 5)],
)
def test_quantities_are_read_the_same_way(text: str, locale: str | None, units: int) -> None:
    assert quantity(text, STYLES[locale] if locale else PLAIN) == units


@pytest.mark.parametrize("text", ["¥5", "5件", "1,000", "5.0", "50%", "1E3", "-1"])
def test_what_is_no_count_of_units_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        quantity(text)
    assert "whole number" in caught.value.hint
