from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.account import Channel
from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell, judged
from mercer.core.merge import Owner, State
from mercer.core.money import Money
from mercer.core.policy import THEIRS
from mercer.core.scheduled import Scheduled, charged, price_in, scheduled_from_text

AT = datetime(2026, 11, 11, tzinfo=UTC)
LATER = AT + timedelta(hours=6)


def euro(amount: str) -> Money:
    return Money.of(amount, "EUR")


moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
scheduled = st.builds(
    Scheduled,
    st.builds(Money, st.integers(1, 10**9), st.sampled_from(["EUR", "JPY", "CNY"])),
    moments,
    moments,
)


@given(scheduled)
def test_a_scheduled_price_is_what_its_text_says(found: Scheduled) -> None:
    assert scheduled_from_text(str(found)) == found
    assert price_in(str(found)) == found.price


def test_its_text_is_in_whole_seconds_of_utc() -> None:
    found = Scheduled(euro("9.49"), AT + timedelta(microseconds=5), LATER)
    assert str(found) == "9.49 EUR 2026-11-11T00:00:00Z/2026-11-11T06:00:00Z"


@pytest.mark.parametrize(
    ("second", "price", "paid"),
    [
        (-1, "10.99", "10.99"),
        (0, "10.99", "9.49"),
        (6 * 3600 - 1, "10.99", "9.49"),
        (6 * 3600, "10.99", "10.99"),
        (0, "8.99", "8.99"),
    ],
)
def test_buyers_pay_the_scheduled_price_while_it_holds_and_is_the_lower_one(
    second: int, price: str, paid: str
) -> None:
    sale = Scheduled(euro("9.49"), AT, LATER)
    assert charged(euro(price), sale, AT + timedelta(seconds=second)) == euro(paid)


def test_what_is_scheduled_is_nobodys_drift_whatever_the_policy() -> None:
    """Owner and policy of the price decide whether one is wanted at all."""
    key = CellKey("amazon-de", "A", "A", Field.SCHEDULED)
    text = str(Scheduled(euro("9.49"), AT, LATER))
    theirs = Channel("amazon-de", "amazon", "a", "EUR", policies={Field.PRICE: THEIRS})
    cell = Cell(key, "A", desired=text, observed="", base=text)
    assert judged(cell, theirs, AT).cell.state is State.PUSH
    kept = Channel("amazon-de", "amazon", "a", "EUR", owners={Field.PRICE: Owner.CHANNEL})
    assert judged(cell, kept, AT).override is None
