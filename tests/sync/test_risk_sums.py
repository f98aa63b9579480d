"""What price changes come to: cuts and rises apart, in one currency, never less than they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from mercer.core.cell import CellKey, Field
from mercer.core.merge import State
from mercer.core.money import Money
from mercer.core.plan import Change, ChangeKind, Stake
from mercer.core.price import PriceEntry
from mercer.core.rates import Rate, Rates
from mercer.store.to_plan import ToPlan
from mercer.sync.catalogue import set_prices
from mercer.sync.risk_sums import RiskSums, stake_of
from tests.sync.conftest import Seller, yuan

NOW = datetime(2026, 11, 5, tzinfo=UTC)
RATES = Rates(NOW, known={("USD", "CNY"): Rate("USD", "CNY", Decimal("7.1931"), NOW)})


def moved(channel: str, moved: int | None, guard: str = "") -> Change:
    cell = CellKey(channel, "1", "1", Field.PRICE)
    return Change(
        "", ChangeKind.UPDATE, cell, "S", "", None, None, "", guard, Stake(1, None, moved)
    )


def sums(rates: Rates = RATES) -> RiskSums:
    found = RiskSums({"us": "USD", "cn": "CNY"}, "CNY", rates)
    found.add("us", [moved("us", -300)])
    found.add("us", [moved("us", 100)])
    found.add("cn", [moved("cn", -7)])
    return found


def test_cuts_and_rises_are_summed_apart_in_the_reporting_currency_and_rounded_up() -> None:
    assert sums().reported() == ("21.65 CNY", "7.20 CNY", [])
    assert sums().at_risk == ("us: 3.00 USD", "cn: 0.07 CNY")


def test_each_channel_tells_its_own_share_and_the_rate_that_it_was_converted_at() -> None:
    us, cn = sums().told()
    assert (us.cuts, us.rises, us.rate) == ("21.58 CNY", "7.20 CNY", "7.1931")
    assert (cn.cuts, cn.rises, cn.rate) == ("0.07 CNY", "0.00 CNY", "1")


def test_without_a_rate_that_may_be_used_nothing_is_summed() -> None:
    old = Rates(NOW + timedelta(days=8), known=RATES.known)
    for rates, why in ((Rates(NOW), "no rate from USD to CNY"), (old, "is over 7 days old")):
        cuts, rises, (lack,) = sums(rates).reported()
        assert (cuts, rises) == (None, None)
        assert why in lack
        us, cn = sums(rates).told()
        assert (us.cuts, us.rate) == (None, None)
        assert cn.cuts == "0.07 CNY"


def test_a_move_of_an_unknown_quantity_leaves_the_sum_unknown() -> None:
    found = sums()
    found.add("cn", [moved("cn", None)])
    assert found.reported()[0] is None
    found = RiskSums({"cn": "CNY"}, "CNY", RATES)
    found.add("cn", [moved("cn", 0)])
    assert found.reported() == ("0.00 CNY", "0.00 CNY", [])


def test_what_a_guard_stops_puts_nothing_at_risk() -> None:
    found = RiskSums({"cn": "CNY"}, "CNY", RATES)
    found.add("cn", [moved("cn", -500, "big-move: it is"), moved("cn", None, "group: of it")])
    assert found.reported() == ("0.00 CNY", "0.00 CNY", [])
    (cn,) = found.told()
    assert (cn.offers, cn.changes, cn.blocked) == (0, 2, 2)


def to_plan(observed: str | None, desired: str | None, units: int | None) -> ToPlan:
    return ToPlan(
        "1", "1", Field.PRICE, "", "S", observed, desired, "", State.PUSH, None, None, units
    )


@pytest.mark.parametrize(
    ("row", "stake"),
    [
        (to_plan("10.00 CNY", "9.00 CNY", 3), Stake(3, None, -300)),
        (to_plan("10.00 CNY", "9.00 CNY", None), Stake(None, None, None)),
        (to_plan("10.00 CNY", "10.00 CNY", None), Stake(None, None, 0)),
        (to_plan(None, "9.00 CNY", 3), Stake(3, None, None)),
        (to_plan("10.00 USD", "9.00 CNY", 3), Stake(3, None, None)),
        (to_plan("1.00 CNY", "999999999999999.00 CNY", 1_000_000), Stake(1_000_000, None, None)),
    ],
)
def test_what_a_price_comes_to_is_never_guessed(row: ToPlan, stake: Stake) -> None:
    assert stake_of(row, None) == stake


async def test_a_plan_tells_what_it_cuts_and_raises_over_all_channels(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    set_prices(
        seller.session, [PriceEntry("TEE-S", yuan("9.00")), PriceEntry("TEE-M", Money(1050, "CNY"))]
    )
    seller.reporting_currency = "CNY"
    totals = seller.plan().totals
    assert (totals.cuts, totals.rises) == ("20.00 CNY", "10.00 CNY")
