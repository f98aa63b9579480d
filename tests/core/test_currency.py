from __future__ import annotations

import pytest

from mercer.core.currency import MINOR_DIGITS, minor_digits
from mercer.core.errors import InputError


@pytest.mark.parametrize(("currency", "digits"), [("CNY", 2), ("JPY", 0), ("KWD", 3)])
def test_a_currency_has_its_own_number_of_decimals(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


def test_the_currencies_without_hundredths_are_those_of_the_standard() -> None:
    by_digits = {
        digits: {code for code, has in MINOR_DIGITS.items() if has == digits} for digits in range(4)
    }
    assert by_digits[0] == {
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
        "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
    }  # fmt: skip
    assert by_digits[1] == set()
    assert by_digits[3] == {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}


def test_every_code_is_three_capitals() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in MINOR_DIGITS)


@pytest.mark.parametrize("code", ["", "RMB", "cny", "USD ", "XAU", "HRK", "￥"])
def test_what_is_not_an_active_iso_code_is_refused_by_name(code: str) -> None:
    with pytest.raises(InputError) as refusal:
        minor_digits(code)
    assert refusal.value.message == f"{code!r} is not an ISO 4217 currency code"
    assert refusal.value.hint == "write three capitals, such as CNY, USD or EUR"
