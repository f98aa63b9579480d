"""E-mails and phones are compared only where they surely are the same person's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.contact import comparable_email, comparable_phone


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Anna.Bo@Mail.Example ", "anna.bo@mail.example"),
        ("ａｎｎａ@mail.example", "anna@mail.example"),
        ("a***@mail.example", None),
        ("anna at mail", None),
        ("anna@localhost", None),
        ("", None),
        (None, None),
    ],
)
def test_an_email_is_compared_without_case_and_width(text: str | None, plain: str | None) -> None:
    assert comparable_email(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("13912345678", "+8613912345678"),
        ("139 1234-5678", "+8613912345678"),
        ("+86 139 1234 5678", "+8613912345678"),
        ("0086-13912345678", "+8613912345678"),
        ("8613912345678", "+8613912345678"),
        ("+1 (585) 555-0001", "+15855550001"),
        ("139****5678", None),
        ("0571-88886666", None),
        ("13912345678-4321", None),
        ("+8613912345678-4321", None),
        ("13912345678转4321", None),
        ("", None),
        (None, None),
    ],
)
def test_a_phone_in_china_is_known_without_its_country(text: str | None, plain: str | None) -> None:
    assert comparable_phone(text, in_china=True) == plain


def test_elsewhere_the_digits_of_a_chinese_mobile_may_be_another_country_s() -> None:
    assert comparable_phone("15855550001") is None
    assert comparable_phone("+15855550001") == "+15855550001"


@given(st.text(max_size=40), st.booleans())
def test_whatever_is_comparable_stays_as_it_is(text: str, in_china: bool) -> None:
    phone = comparable_phone(text, in_china=in_china)
    assert phone is None or comparable_phone(phone, in_china=in_china) == phone
    email = comparable_email(text)
    assert email is None or comparable_email(email) == email
