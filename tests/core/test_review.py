"""What a reviewer is told of a change, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.cell import CellKey, Field
from mercer.core.money import Money
from mercer.core.plan import Change, ChangeKind, ChannelSums, Stake, Totals
from mercer.core.review import Figures, Scale, by_risk


def sums(channel: str, currency: str, rate: str | None) -> ChannelSums:
    return ChannelSums(channel, currency, 1, 1, 0, 0, None, None, rate)


TOTALS = Totals(
    currency="CNY",
    sums=(sums("us", "USD", "7.1931"), sums("cn", "CNY", "1"), sums("eu", "EUR", None)),
)
SCALE = Scale.of(TOTALS)


def price(
    before: str | None,
    after: str | None,
    stake: Stake,
    channel: str = "cn",
    guard: str = "",
    field: Field = Field.PRICE,
) -> Change:
    cell = CellKey(channel, "1", "1", field)
    return Change("", ChangeKind.UPDATE, cell, "S", "", before, after, "", guard, stake)


@pytest.mark.parametrize(
    ("before", "after", "cost", "move", "margin"),
    [
        ("10.00 CNY", "9.00 CNY", "3.00 CNY", "-10.0", "66.7"),
        ("9.00 CNY", "10.00 CNY", None, "+11.1", None),
        ("10.00 CNY", "10.00 CNY", "12.00 CNY", "0.0", "-20.0"),
        ("10000.00 CNY", "9999.99 CNY", None, "-0.0", None),
        (None, "9.00 CNY", None, None, None),
        ("0.00 CNY", "9.00 CNY", None, None, None),
        ("9.00 USD", "9.00 CNY", "1.00 USD", None, None),
        ("9.00 CNY", None, "1.00 CNY", None, None),
    ],
)
def test_a_move_and_a_margin_are_told_where_both_amounts_are_known(
    before: str | None, after: str | None, cost: str | None, move: str | None, margin: str | None
) -> None:
    found = SCALE.figures(price(before, after, Stake(cost=cost)))
    assert (found.move, found.margin) == (move, margin)


@pytest.mark.parametrize(
    ("channel", "moved", "told"),
    [
        ("cn", -100, Money(-100, "CNY")),
        ("us", -100, Money(-720, "CNY")),
        ("us", 100, Money(720, "CNY")),
        ("us", 0, Money(0, "CNY")),
        ("us", None, None),
        ("eu", -100, None),
        ("not there", -100, None),
    ],
)
def test_what_is_at_stake_is_converted_and_never_made_smaller(
    channel: str, moved: int | None, told: Money | None
) -> None:
    change = price("2.00 CNY", "1.00 CNY", Stake(None, None, moved), channel)
    assert SCALE.figures(change).moved == told


def test_what_is_no_price_has_no_figures() -> None:
    change = price("10", "9", Stake(), field=Field.STOCK)
    assert SCALE.figures(change) == Figures()
    assert SCALE.figures(change._replace(kind=ChangeKind.CREATE)) == Figures()


def ranked(*changes: Change) -> Sequence[Change]:
    return by_risk(changes, SCALE.weights)


def test_unknown_risk_comes_before_the_greatest_cut_and_what_is_blocked_last() -> None:
    unknown = price("2.00 CNY", "1.00 CNY", Stake())
    no_rate = price("2.00 EUR", "1.00 EUR", Stake(1, None, -100), "eu")
    dollars = price("2.00 USD", "1.00 USD", Stake(1, None, -100), "us")
    yuan = price("9.00 CNY", "2.00 CNY", Stake(1, None, -700))
    rise = price("1.00 CNY", "90.00 CNY", Stake(1, None, 8900))
    small = price("1.00 CNY", "1.10 CNY", Stake(1, None, 10))
    stock = price("5", "0", Stake(), field=Field.STOCK)
    stopped = price("90.00 CNY", "1.00 CNY", Stake(1, None, -8900), guard="decimal-slip: it is")
    order = [unknown, no_rate, dollars, yuan, rise, small, stock, stopped]
    assert ranked(*order) == order
    turned = [stopped, stock, small, rise, yuan, dollars, unknown, no_rate]
    assert ranked(*turned) == order


some_changes = st.lists(
    st.builds(
        price,
        st.sampled_from([None, "2.00 CNY"]),
        st.just("1.00 CNY"),
        st.builds(Stake, st.none(), st.none(), st.none() | st.integers(-(2**62), 2**62)),
        st.sampled_from(["us", "cn", "eu"]),
        st.sampled_from(["", "big-move: it is"]),
        st.sampled_from([Field.PRICE, Field.STOCK, Field.COMPARE_AT]),
    ),
    max_size=12,
)


@given(some_changes)
def test_the_order_is_total_stable_and_keeps_every_change(changes: list[Change]) -> None:
    named = [change._replace(id=str(number)) for number, change in enumerate(changes)]
    found = ranked(*named)
    assert sorted(each.id for each in found) == sorted(each.id for each in named)
    assert ranked(*found) == found
    known = [
        each
        for each in found
        if each.is_price and not each.blocked and SCALE.figures(each).moved is not None
    ]
    exact = [Fraction(each.stake.moved or 0) * _rate(each) for each in known]
    cuts = [amount for amount in exact if amount < 0]
    assert exact[: len(cuts)] == cuts
    for one, next_ in pairwise(cuts):
        # Weights have six decimals; what differs by less may come in either order.
        assert one <= next_ * (1 - Fraction(1, 1_000_000))


def _rate(change: Change) -> Fraction:
    return Fraction(Decimal("7.1931")) if change.cell.channel == "us" else Fraction(1)
