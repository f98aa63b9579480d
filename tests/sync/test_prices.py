"""Desired prices: rules, rates and dated entries from the book to the cell, few at a time or in bulk."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from mercer.core.cell import NOTHING, Field
from mercer.core.guard import GuardSettings
from mercer.core.money import Money
from mercer.core.outcome import Outcome
from mercer.core.price import UNKNOWN, PriceEntry
from mercer.core.price_rule import Base, Convert, Margin, NamedRule, Percent, PriceRule, Round
from mercer.core.rates import Rate
from mercer.store import prices as price_book
from mercer.store.tables import shown_prices
from mercer.sync.catalogue import drop_prices, save_rates, set_prices
from mercer.sync.price_why import explain
from mercer.sync.pull import pull_listings
from tests.sync.conftest import Seller, yuan

pytestmark = pytest.mark.both_databases

DAY = timedelta(days=1)


def rules(*made: PriceRule) -> tuple[NamedRule, ...]:
    return tuple(NamedRule(f"r{number}", rule) for number, rule in enumerate(made))


def wanted(seller: Seller, sku: str, channel: str = "north") -> str | None:
    return seller.cell(channel, sku, Field.PRICE).desired


async def test_an_edit_of_the_rules_is_noticed_by_the_next_plan_and_by_the_next_pull(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.rule("north", price_rules=rules(Percent(Decimal(10))))
    (change,) = seller.changes(seller.plan())
    assert (change.cell.channel, change.after) == ("north", "11.00 CNY")
    assert change.why == "price rules v1: base price, r0; price book v1 (moved)"
    seller.rule("north", price_rules=rules(Percent(Decimal(20))))
    await pull_listings(seller.session)
    assert wanted(seller, "TEE-S") == "12.00 CNY"
    seller.rule("north", price_rules=())
    assert seller.changes(seller.plan()) == []


async def test_a_plan_made_under_other_rules_is_stale(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "11.00")
    plan = seller.plan()
    seller.rule("north", price_rules=rules(Percent(Decimal(1))))
    applied = await seller.apply(plan)
    ended = {item.change.cell.channel: item.outcome for item in applied.items}
    assert ended == {"north": Outcome.STALE, "south": Outcome.CONFIRMED}


async def test_a_rate_moves_the_prices_made_with_it_until_it_is_too_old(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    set_prices(seller.session, [PriceEntry("TEE-S", None, cost=Money(100, "USD"))])
    chain = rules(Margin(Decimal(50), "USD"), Convert(), Round(to="0.10"))
    seller.rule("north", price_rules=chain, guards=GuardSettings(max_move_percent=None))
    assert seller.plan().totals.blocked == 1
    assert "no rate from USD to CNY is known" in seller.cell("north", "TEE-S", Field.PRICE).why
    save_rates(seller.session, [Rate("USD", "CNY", Decimal("7.19"), seller.clock.now())])
    assert wanted(seller, "TEE-S") == "14.40 CNY"
    seller.later(timedelta(days=7, seconds=1).total_seconds())
    (change,) = seller.changes(seller.plan())
    assert change.guard.startswith(
        "missing-price: the rate from USD to CNY of 2026-11-01 is over 7"
    )


async def test_a_dated_price_shows_between_its_edges_and_reverts_by_itself(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    now = seller.clock.now()
    sale = PriceEntry("TEE-S", yuan("8.00"), starts_at=now + DAY, ends_at=now + 2 * DAY)
    set_prices(seller.session, [sale])
    assert seller.changes(seller.plan()) == []
    seller.later(DAY.total_seconds())
    assert {change.after for change in seller.changes(seller.plan())} == {"8.00 CNY"}
    await seller.sync()
    assert seller.price("north", "TEE-S") == "8.00 CNY"
    seller.later(DAY.total_seconds())
    await seller.sync()
    assert seller.price("north", "TEE-S") == "10.00 CNY"


async def test_an_entry_that_is_dropped_lets_what_lies_below_it_hold_again(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00", "north")
    assert wanted(seller, "TEE-S") == "9.00 CNY"
    with seller.database.read() as tx:
        own = [e for e in price_book.of_skus(tx, ["TEE-S"])["TEE-S"] if e.channel]
    drop_prices(seller.session, own)
    assert wanted(seller, "TEE-S") == "10.00 CNY"


async def test_the_explanation_names_every_input_with_its_version(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    set_prices(seller.session, [PriceEntry("TEE-S", None, cost=yuan("6.00"), floor=yuan("9.50"))])
    seller.rule("north", price_rules=rules(Margin(Decimal(40)), Round(endings=("0.99",))))
    assert explain(seller.session, "TEE-S", "north").rules_version is None
    seller.plan()
    found = explain(seller.session, "TEE-S", "north")
    assert [(step.name, str(step.amount)) for step in found.steps] == [
        ("r0", "10.00 CNY"),
        ("r1", "9.99 CNY"),
    ]
    assert (found.rules_version, found.book.version) == (1, 2)
    assert str(found.derived.price) == "9.99 CNY"
    assert [cell.desired for cell in found.cells if cell.key.field is Field.PRICE] == ["9.99 CNY"]


# ------------------------------------------------------------------ guards


async def block(seller: Seller) -> str:
    (change,) = [c for c in seller.changes(seller.plan(channels=("north",))) if c.guard]
    return change.guard


async def test_a_minimum_that_is_left_blank_blocks_what_the_rules_make(seller: Seller) -> None:
    """2012, through rules: the blank is not 0.01."""
    await seller.agree("tee", "TEE-S")
    set_prices(seller.session, [PriceEntry("TEE-S", None, floor=UNKNOWN, currency="CNY")])
    seller.rule("north", price_rules=rules(Percent(Decimal(-10))))
    assert (await block(seller)).startswith("blank-floor: ")


async def test_rules_that_make_everything_a_penny_are_blocked(seller: Seller) -> None:
    """2014, through rules."""
    await seller.agree("tee", "TEE-S")
    seller.rule("north", price_rules=rules(Percent(Decimal("-99.9"))))
    assert "big-move" in await block(seller)


async def test_a_rate_a_hundred_times_too_large_is_blocked_offer_by_offer(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    set_prices(seller.session, [PriceEntry("TEE-S", Money(139, "USD"))])
    now = seller.clock.now()
    seller.rule("north", price_rules=rules(Base("USD"), Convert()))
    save_rates(seller.session, [Rate("USD", "CNY", Decimal(719), now)])
    assert "decimal-slip: x100" in await block(seller)
    save_rates(seller.session, [Rate("USD", "CNY", Decimal("7.19"), now)])
    assert wanted(seller, "TEE-S") == "9.99 CNY"


async def test_a_required_margin_blocks_what_leaves_less_or_has_no_known_cost(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.rule("north", guards=GuardSettings(min_margin_percent=20))
    seller.set_price("TEE-S", "9.00")
    assert (await block(seller)).startswith("unknown-cost: ")
    set_prices(seller.session, [PriceEntry("TEE-S", None, cost=yuan("8.00"))])
    assert (await block(seller)).startswith(
        "below-margin: 9.00 CNY leaves 11.1 % over a cost of 8.00"
    )
    set_prices(seller.session, [PriceEntry("TEE-S", None, cost=yuan("7.00"))])
    assert seller.plan(channels=("north",)).totals.blocked == 0


async def test_a_ceiling_blocks_what_lies_above_it(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("12.00"), ceiling=yuan("11.00"))])
    assert (await block(seller)).startswith("above-ceiling: ")


async def test_a_strike_through_above_what_was_charged_in_the_month_before_is_blocked(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.later(timedelta(days=40).total_seconds())
    await seller.pull()
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("10.00"), compare_at=NOTHING)])
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("8.00"), compare_at=yuan("12.00"))])
    guards = [c.guard for c in seller.changes(seller.plan(channels=("north",)))]
    assert len(guards) == 2
    assert all(
        "strike-through 12.00 CNY is above the 30-day lowest price 10.00" in g for g in guards
    )
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("8.00"), compare_at=yuan("10.00"))])
    assert seller.plan(channels=("north",)).totals.blocked == 0


async def test_a_channel_may_want_the_history_known_before_it_strikes_a_price_through(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.rule("north", guards=GuardSettings(require_history=True))
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("10.00"), compare_at=NOTHING)])
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("8.00"), compare_at=yuan("10.00"))])
    guards = {c.guard for c in seller.changes(seller.plan(channels=("north",)))}
    assert any("unknown-history" in guard for guard in guards)


async def test_what_an_offer_was_seen_to_cost_is_kept_change_by_change(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.later()
    await seller.pull()
    seller.set_price("TEE-S", "9.00")
    await seller.sync()
    kept = [row["price"] for row in seller.rows(shown_prices) if row["channel"] == "north"]
    assert kept == ["10.00 CNY", "9.00 CNY"]
