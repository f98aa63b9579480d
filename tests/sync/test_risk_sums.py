"""What price changes come to: cuts and rises apart, in one currency, never less than they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from mercer.core.money import Money
from mercer.core.price import PriceEntry
from mercer.core.rates import Rate, Rates
from mercer.sync.catalogue import set_prices
from mercer.sync.risk_sums import RiskSums
from tests.sync.conftest import Seller, yuan

NOW = datetime(2026, 11, 5, tzinfo=UTC)
RATES = Rates(NOW, known={("USD", "CNY"): Rate("USD", "CNY", Decimal("7.1931"), NOW)})


def sums() -> RiskSums:
    found = RiskSums({"us": "USD", "cn": "CNY"})
    found.add("us", -100, 3)
    found.add("us", 50, 2)
    found.add("cn", -7, 1)
    return found


def test_cuts_and_rises_are_summed_apart_in_the_reporting_currency_and_rounded_up() -> None:
    assert sums().reported("CNY", RATES) == ("21.65 CNY", "7.20 CNY", [])
    assert sums().at_risk == ("us: 3.00 USD", "cn: 0.07 CNY")


def test_without_a_rate_that_may_be_used_nothing_is_summed() -> None:
    old = Rates(NOW + timedelta(days=8), known=RATES.known)
    for rates, why in ((Rates(NOW), "no rate from USD to CNY"), (old, "is over 7 days old")):
        cuts, rises, (lack,) = sums().reported("CNY", rates)
        assert (cuts, rises) == (None, None)
        assert why in lack


def test_a_move_of_an_unknown_quantity_leaves_the_sum_unknown() -> None:
    found = sums()
    found.add("cn", 1, None)
    assert found.reported("CNY", RATES)[0] is None
    found = RiskSums({"cn": "CNY"})
    found.add("cn", 0, None)
    assert found.reported("CNY", RATES) == ("0.00 CNY", "0.00 CNY", [])


async def test_a_plan_tells_what_it_cuts_and_raises_over_all_channels(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    set_prices(
        seller.session, [PriceEntry("TEE-S", yuan("9.00")), PriceEntry("TEE-M", Money(1050, "CNY"))]
    )
    seller.reporting_currency = "CNY"
    totals = seller.plan().totals
    assert (totals.cuts, totals.rises) == ("20.00 CNY", "10.00 CNY")
