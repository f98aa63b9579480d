"""Each guard on both sides of its limit, and what holds for every price whatever is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.cell import NOTHING
from mercer.core.guard import (
    NEVER_ALLOWED,
    Finding,
    Guard,
    GuardSettings,
    Limit,
    PlanFigures,
    PriceMove,
    check_plan,
    check_price,
    check_stock,
)
from mercer.core.money import Money

DEFAULT = GuardSettings()
ONLY_LIMITS = GuardSettings(max_move_percent=None, decimal_slip=False)
BLANK = Limit(declared=True)


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def declared(minor: int, currency: str = "CNY") -> Limit:
    return Limit(declared=True, amount=Money(minor, currency))


def found(
    after: Money | None,
    before: Money | None = None,
    settings: GuardSettings = DEFAULT,
    **rest: Any,
) -> list[tuple[Guard, str]]:
    findings = check_price(PriceMove("CNY", before, after, **rest), settings)
    assert all(finding.blocks for finding in findings)
    return [(finding.guard, finding.message) for finding in findings]


def guards(*place: Any, **rest: Any) -> list[Guard]:
    return [guard for guard, _ in found(*place, **rest)]


class TestWorthlessPrices:
    def test_an_unknown_price_is_missing_and_never_zero(self) -> None:
        assert found(None, cny(1000)) == [(Guard.MISSING_PRICE, "no price in CNY is known")]

    @pytest.mark.parametrize(("minor", "text"), [(0, "0.00 CNY"), (-1, "-0.01 CNY")])
    def test_a_price_is_more_than_nothing(self, minor: int, text: str) -> None:
        assert found(cny(minor)) == [(Guard.NOT_POSITIVE, f"{text} is not a price")]
        assert found(cny(1)) == []

    def test_a_price_is_in_the_channels_currency(self) -> None:
        assert found(Money(1000, "USD")) == [
            (Guard.WRONG_CURRENCY, "10.00 USD on a channel that sells in CNY")
        ]

    def test_no_override_makes_them_publishable(self) -> None:
        assert set(NEVER_ALLOWED) == {
            Guard.MISSING_PRICE,
            Guard.NOT_POSITIVE,
            Guard.WRONG_CURRENCY,
            Guard.MISSING_STOCK,
            Guard.NEGATIVE_STOCK,
        }


class TestFloorAndCeiling:
    def test_a_price_at_its_floor_passes_and_one_unit_below_does_not(self) -> None:
        assert found(cny(1000), floor=declared(1000)) == []
        assert found(cny(999), floor=declared(1000)) == [
            (Guard.BELOW_FLOOR, "9.99 CNY is below the floor of 10.00 CNY")
        ]

    def test_a_price_at_its_ceiling_passes_and_one_unit_above_does_not(self) -> None:
        assert found(cny(1000), ceiling=declared(1000)) == []
        assert found(cny(1001), ceiling=declared(1000)) == [
            (Guard.ABOVE_CEILING, "10.01 CNY is above the ceiling of 10.00 CNY")
        ]

    def test_a_limit_in_another_currency_cannot_be_kept(self) -> None:
        assert guards(cny(10_000), floor=declared(1, "USD")) == [Guard.BELOW_FLOOR]
        assert guards(cny(1), ceiling=declared(10_000, "USD")) == [Guard.ABOVE_CEILING]

    def test_a_blank_floor_or_ceiling_is_unknown_and_blocks(self) -> None:
        assert found(cny(1000), floor=BLANK) == [
            (Guard.BLANK_FLOOR, "a floor is declared but blank; a blank is unknown, not 0")
        ]
        assert found(cny(1000), ceiling=BLANK) == [
            (Guard.ABOVE_CEILING, "a ceiling is declared but blank; a blank is unknown")
        ]

    def test_a_channel_may_require_a_floor(self) -> None:
        strict = GuardSettings(require_floor=True)
        assert found(cny(1000), settings=strict) == [
            (Guard.UNFLOORED, "this channel requires a floor and none is declared")
        ]
        assert found(cny(1000), settings=strict, floor=declared(1000)) == []
        assert guards(cny(1000), settings=strict, floor=BLANK) == [Guard.BLANK_FLOOR]
        assert found(cny(1000)) == []

    def test_an_amount_counts_as_declared(self) -> None:
        amount = Limit(amount=cny(1000))
        assert guards(cny(999), floor=amount) == [Guard.BELOW_FLOOR]
        assert guards(cny(1001), ceiling=amount) == [Guard.ABOVE_CEILING]


class TestMovement:
    @pytest.mark.parametrize(("before", "after"), [(1000, 1300), (1000, 700), (1000, 1000)])
    def test_a_move_up_to_the_limit_passes(self, before: int, after: int) -> None:
        assert found(cny(after), cny(before)) == []

    @pytest.mark.parametrize(
        ("after", "message"),
        [
            (1301, "+30.1 % is more than 30 %: 10.00 CNY -> 13.01 CNY"),
            (699, "-30.1 % is more than 30 %: 10.00 CNY -> 6.99 CNY"),
            (2500, "+150.0 % is more than 30 %: 10.00 CNY -> 25.00 CNY"),
        ],
    )
    def test_a_bigger_move_does_not(self, after: int, message: str) -> None:
        assert found(cny(after), cny(1000)) == [(Guard.BIG_MOVE, message)]

    def test_the_limit_can_be_set_and_turned_off(self) -> None:
        assert found(cny(501), cny(1000), GuardSettings(max_move_percent=50)) == []
        assert guards(cny(499), cny(1000), GuardSettings(max_move_percent=50)) == [Guard.BIG_MOVE]
        assert guards(cny(1001), cny(1000), GuardSettings(max_move_percent=0)) == [Guard.BIG_MOVE]
        assert found(cny(2000), cny(1000), GuardSettings(max_move_percent=None)) == []

    def test_without_a_comparable_price_before_there_is_no_move(self) -> None:
        for before in (None, cny(0), cny(-100), Money(100, "USD")):
            assert found(cny(5000), before) == []

    def test_one_unit_is_a_price_to_move_from(self) -> None:
        assert guards(cny(2), cny(1)) == [Guard.BIG_MOVE]

    @pytest.mark.parametrize(
        ("before", "after", "times"),
        [
            (1000, 10_000, "x10"),
            (1000, 9_800, "x10"),
            (1000, 10_200, "x10"),
            (1000, 100_000, "x100"),
            (1000, 98_000, "x100"),
            (1000, 102_000, "x100"),
            (1000, 100, "/10"),
            (1000, 98, "/10"),
            (1000, 102, "/10"),
            (100_000, 1000, "/100"),
            (100_000, 980, "/100"),
            (100_000, 1020, "/100"),
        ],
    )
    def test_ten_and_a_hundred_times_look_like_a_slip(
        self, before: int, after: int, times: str
    ) -> None:
        only_slips = GuardSettings(max_move_percent=None)
        expected = f"{times} looks like a slip of the point: {cny(before)} -> {cny(after)}"
        assert found(cny(after), cny(before), only_slips) == [(Guard.DECIMAL_SLIP, expected)]
        assert found(cny(after), cny(before), ONLY_LIMITS) == []

    @pytest.mark.parametrize(
        ("before", "after"),
        [(1000, 9_799), (1000, 10_201), (1000, 97_999), (1000, 102_001), (1000, 97), (1000, 103),
         (100_000, 979), (100_000, 1021), (1000, 1000), (1000, 5000), (1000, 20_000)],
    )  # fmt: skip
    def test_what_is_two_percent_off_does_not(self, before: int, after: int) -> None:
        assert found(cny(after), cny(before), GuardSettings(max_move_percent=None)) == []

    def test_a_slip_is_also_a_big_move_and_named_first(self) -> None:
        assert guards(cny(100_000), cny(1000)) == [Guard.DECIMAL_SLIP, Guard.BIG_MOVE]


class TestStrikeThrough:
    def test_it_stands_above_the_price(self) -> None:
        rest: dict[str, Any] = {"lowest_before": cny(2000)}
        assert found(cny(1000), compare_at=cny(1001), **rest) == []
        assert found(cny(1000), compare_at=cny(1000), **rest) == [
            (Guard.STRIKE_THROUGH, "strike-through 10.00 CNY is not above 10.00 CNY")
        ]
        assert guards(cny(1000), compare_at=Money(5000, "USD")) == [Guard.STRIKE_THROUGH]

    def test_it_was_charged_in_the_last_thirty_days(self) -> None:
        assert found(cny(1000), compare_at=cny(1500), lowest_before=cny(1500)) == []
        assert found(cny(1000), compare_at=cny(1500), lowest_before=cny(1499)) == [
            (
                Guard.STRIKE_THROUGH,
                "strike-through 15.00 CNY is above the 30-day lowest price 14.99 CNY",
            )
        ]
        in_dollars = Money(9999, "USD")
        assert guards(cny(1000), compare_at=cny(1500), lowest_before=in_dollars) == [
            Guard.STRIKE_THROUGH
        ]

    def test_an_unknown_history_warns_or_blocks_where_the_channel_says_so(self) -> None:
        move = PriceMove("CNY", None, cny(1000), compare_at=cny(1500))
        message = "whether 15.00 CNY was charged in the last 30 days is not known"
        assert check_price(move, DEFAULT) == [Finding(Guard.UNKNOWN_HISTORY, message, blocks=False)]
        strict = GuardSettings(require_history=True)
        assert check_price(move, strict) == [Finding(Guard.UNKNOWN_HISTORY, message, blocks=True)]

    def test_a_channel_may_leave_the_prior_price_out(self) -> None:
        free = GuardSettings(prior_price=False, require_history=True)
        for lowest in (None, cny(900)):
            move = PriceMove("CNY", None, cny(1000), compare_at=cny(1500), lowest_before=lowest)
            assert check_price(move, free) == []
        assert guards(cny(1000), settings=free, compare_at=cny(900)) == [Guard.STRIKE_THROUGH]

    def test_without_one_there_is_nothing_to_check(self) -> None:
        strict = GuardSettings(require_history=True)
        assert found(cny(1000), settings=strict, compare_at=None) == []
        assert found(cny(1000), settings=strict, compare_at=NOTHING) == []


def test_every_fault_of_a_price_is_named() -> None:
    move = PriceMove(
        "CNY", cny(1000), cny(100), compare_at=cny(50), floor=declared(200), ceiling=declared(90)
    )
    assert [finding.guard for finding in check_price(move, DEFAULT)] == [
        Guard.BELOW_FLOOR,
        Guard.ABOVE_CEILING,
        Guard.DECIMAL_SLIP,
        Guard.BIG_MOVE,
        Guard.STRIKE_THROUGH,
    ]


def test_an_unknown_stock_is_not_none_left() -> None:
    message = "no opening balance: the stock is unknown, not 0"
    assert check_stock(None) == [Finding(Guard.MISSING_STOCK, message)]
    assert check_stock(0) == []
    assert check_stock(-1) == [Finding(Guard.NEGATIVE_STOCK, "-1 cannot be shown")]


class TestPlans:
    def test_a_share_of_the_channel_up_to_the_limit_passes(self) -> None:
        assert check_plan(PlanFigures(1000, changed=300, delisted=0, sold_out=0), DEFAULT) == []
        assert check_plan(PlanFigures(1000, changed=301, delisted=0, sold_out=0), DEFAULT) == [
            Finding(Guard.WIDE_CHANGE, "301 of 1000 offers would change or be delisted")
        ]

    def test_delisting_and_selling_out_count_too(self) -> None:
        assert check_plan(PlanFigures(1000, changed=5, delisted=301, sold_out=0), DEFAULT) == [
            Finding(Guard.WIDE_CHANGE, "301 of 1000 offers would change or be delisted")
        ]
        assert check_plan(PlanFigures(1000, changed=0, delisted=0, sold_out=300), DEFAULT) == []
        assert check_plan(PlanFigures(1000, changed=0, delisted=0, sold_out=301), DEFAULT) == [
            Finding(Guard.MASS_SELL_OUT, "301 of 1000 offers would show no stock")
        ]

    def test_a_small_shop_may_change_everything_at_once(self) -> None:
        assert check_plan(PlanFigures(100, changed=100, delisted=100, sold_out=100), DEFAULT) == []
        everything = PlanFigures(101, changed=101, delisted=0, sold_out=101)
        assert [finding.guard for finding in check_plan(everything, DEFAULT)] == [
            Guard.WIDE_CHANGE,
            Guard.MASS_SELL_OUT,
        ]
        cautious = GuardSettings(share_from=0)
        assert len(check_plan(PlanFigures(1, changed=1, delisted=0, sold_out=1), cautious)) == 2

    def test_the_shares_can_be_turned_off_one_by_one(self) -> None:
        everything = PlanFigures(1000, changed=1000, delisted=1000, sold_out=1000)
        no_share = GuardSettings(max_changed_percent=None, max_sold_out_percent=None)
        assert check_plan(everything, no_share) == []
        sold_out = check_plan(everything, GuardSettings(max_changed_percent=None))
        assert [finding.guard for finding in sold_out] == [Guard.MASS_SELL_OUT]
        changed = check_plan(everything, GuardSettings(max_sold_out_percent=99))
        assert len(changed) == 2

    def test_money_at_risk_stays_within_the_channels_limit(self) -> None:
        limited = GuardSettings(max_risk=cny(100_000))
        quiet = PlanFigures(10, changed=1, delisted=0, sold_out=0)
        assert check_plan(quiet, limited) == []
        assert check_plan(replace(quiet, cuts=cny(100_000)), limited) == []
        assert check_plan(replace(quiet, cuts=cny(100_001)), limited) == [
            Finding(
                Guard.MONEY_AT_RISK,
                "1000.01 CNY at risk is more than the channel's 1000.00 CNY",
            )
        ]
        in_dollars = check_plan(replace(quiet, cuts=Money(1, "USD")), limited)
        assert [finding.guard for finding in in_dollars] == [Guard.MONEY_AT_RISK]
        assert check_plan(replace(quiet, cuts=cny(100_001), unknown_quantities=9), DEFAULT) == []

    def test_a_cut_of_an_unknown_quantity_is_not_counted_as_nothing(self) -> None:
        figures = PlanFigures(10, changed=1, delisted=0, sold_out=0, unknown_quantities=3)
        assert check_plan(figures, GuardSettings(max_risk=cny(1))) == [
            Finding(Guard.UNKNOWN_QUANTITY, "3 cuts have no known quantity to count the risk by")
        ]


amounts = st.builds(
    Money, st.integers(min_value=-100, max_value=200_000), st.sampled_from(["CNY", "USD"])
)
maybe = st.none() | amounts
limits = st.builds(Limit, st.booleans(), maybe)
percents = st.none() | st.integers(0, 200)
moves = st.builds(
    PriceMove,
    st.just("CNY"),
    maybe,
    maybe,
    compare_at=maybe | st.just(NOTHING),
    floor=limits,
    ceiling=limits,
    cost=st.none(),
    lowest_before=maybe,
)
all_settings = st.builds(
    GuardSettings,
    max_move_percent=percents,
    decimal_slip=st.booleans(),
    require_floor=st.booleans(),
    prior_price=st.booleans(),
    require_history=st.booleans(),
)


@given(moves, all_settings)
def test_a_price_without_a_finding_is_known_and_within_every_known_limit(
    move: PriceMove, settings: GuardSettings
) -> None:
    if any(finding.blocks for finding in check_price(move, settings)):
        return
    after = move.after
    assert after is not None
    assert after > Money.zero(move.currency)
    for limit in (move.floor, move.ceiling):
        assert limit.amount is not None or not limit.declared
    assert move.floor.amount is None or after >= move.floor.amount
    assert move.ceiling.amount is None or after <= move.ceiling.amount
    assert move.floor.amount is not None or not settings.require_floor
    if isinstance(move.compare_at, Money):
        assert move.compare_at > after
        if settings.prior_price:
            assert move.lowest_before is None or move.compare_at <= move.lowest_before


@given(moves, all_settings, st.integers(0, 200))
def test_a_wider_limit_never_finds_more(
    move: PriceMove, settings: GuardSettings, more: int
) -> None:
    found = {finding.guard for finding in check_price(move, settings) if finding.blocks}
    percent = settings.max_move_percent
    looser = (
        replace(settings, max_move_percent=None if percent is None else percent + more),
        replace(settings, max_move_percent=None),
        replace(settings, decimal_slip=False),
        replace(settings, require_floor=False),
        replace(settings, require_history=False),
        replace(settings, prior_price=False),
    )
    for each in looser:
        assert {one.guard for one in check_price(move, each) if one.blocks} <= found


@given(moves, all_settings)
def test_a_blank_limit_blocks_whatever_else_is_known(
    move: PriceMove, settings: GuardSettings
) -> None:
    for blank in (move._replace(floor=BLANK), move._replace(ceiling=BLANK)):
        assert any(finding.blocks for finding in check_price(blank, settings))


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), percents)
def test_more_changes_are_never_safer(
    offers: int, changed: int, sold_out: int, more: int, percent: int | None
) -> None:
    settings = GuardSettings(
        max_changed_percent=percent, max_sold_out_percent=percent, max_risk=cny(100)
    )
    fewer = PlanFigures(offers, changed, changed, sold_out, cny(changed))
    wider = PlanFigures(
        offers, changed + more, changed + more, sold_out + more, cny(changed + more)
    )
    few = {finding.guard for finding in check_plan(fewer, settings)}
    assert few <= {finding.guard for finding in check_plan(wider, settings)}
