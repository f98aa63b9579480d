"""What a SKU should cost on a channel: entries, dates, rules, and everything that may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mercer.core.account import Channel
from mercer.core.cell import NOTHING
from mercer.core.derivation import Pricing
from mercer.core.guard import Guard, GuardSettings, PriceMove, check_price
from mercer.core.money import Money
from mercer.core.price import ALWAYS, FOREVER, UNKNOWN, Declared, PriceEntry
from mercer.core.price_rule import (
    Amount,
    Base,
    Convert,
    Exact,
    Fees,
    Margin,
    Markup,
    NamedRule,
    Percent,
    PriceFacts,
    PriceRule,
    Round,
    Unpriced,
)
from mercer.core.rates import Rate, Rates
from mercer.core.rounding import Direction

NOW = datetime(2026, 11, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def yuan(amount: str) -> Money:
    return Money.of(amount, "CNY")


def dollars(amount: str) -> Money:
    return Money.of(amount, "USD")


def rates(value: str = "0.14", age: timedelta = DAY) -> Rates:
    return Rates(NOW, known={("CNY", "USD"): Rate("CNY", "USD", Decimal(value), NOW - age, 1)})


def pricing(
    *rules: PriceRule, currency: str = "CNY", known: Rates | None = None, tags: Sequence[str] = ()
) -> Pricing:
    named = tuple(NamedRule(f"r{n}", rule, tuple(tags)) for n, rule in enumerate(rules))
    channel = Channel("shop", "memory", "shop", currency, price_rules=named)
    return Pricing(channel, known or Rates(NOW), 1)


def priced(made: Pricing, *entries: PriceEntry, tags: frozenset[str] = frozenset()) -> str | None:
    price = made.derive(made.book(entries, tags)).price
    return None if price is None else str(price)


def why(made: Pricing, *entries: PriceEntry) -> str:
    return made.derive(made.book(entries)).why


BASE = PriceEntry("A", yuan("40.00"), cost=yuan("30.00"))


def test_without_rules_the_channel_has_its_own_price_else_the_base_price() -> None:
    own = PriceEntry("A", yuan("38.00"), "shop")
    assert priced(pricing(), BASE) == "40.00 CNY"
    assert priced(pricing(), BASE, own) == "38.00 CNY"
    assert priced(pricing(), BASE, PriceEntry("A", yuan("1.00"), "other")) == "40.00 CNY"
    assert priced(pricing(currency="USD"), BASE) is None


def test_a_channels_own_price_goes_before_its_rules() -> None:
    own = PriceEntry("A", yuan("38.00"), "shop")
    assert priced(pricing(Percent(Decimal(10))), BASE, own) == "38.00 CNY"


@pytest.mark.parametrize(
    ("rules", "price"),
    [
        ([Percent(Decimal(-5))], "38.00 CNY"),
        ([Percent(Decimal("2.5")), Amount(yuan("-0.50"))], "40.50 CNY"),
        ([Markup(Decimal(50))], "45.00 CNY"),
        ([Margin(Decimal(25))], "40.00 CNY"),
        ([Margin(Decimal(35))], "46.15 CNY"),
        ([Fees(Decimal(20))], "50.00 CNY"),
        ([Fees(shipping=yuan("5.00"))], "45.00 CNY"),
        ([Fees(Decimal(10), yuan("5.00"))], "50.00 CNY"),
        ([Percent(Decimal(-5)), Round(endings=("0.99",))], "37.99 CNY"),
        ([Percent(Decimal(50)), Markup(Decimal(0))], "30.00 CNY"),
        ([Base(), Round(to="7", direction=Direction.UP)], "42.00 CNY"),
    ],
)
def test_each_kind_of_rule_does_what_it_says(rules: list[PriceRule], price: str) -> None:
    assert priced(pricing(*rules), BASE) == price


def test_a_price_is_converted_by_the_rate_table_exactly() -> None:
    made = pricing(Base("CNY"), Convert(), currency="USD", known=rates("0.1391"))
    assert priced(made, BASE) == "5.56 USD"
    yen = Rates(NOW, known={("CNY", "JPY"): Rate("CNY", "JPY", Decimal("21.37"), NOW)})
    assert priced(pricing(Base("CNY"), Convert(), currency="JPY", known=yen), BASE) == "855 JPY"


def test_a_rate_that_is_too_old_or_unknown_blocks_with_its_reason() -> None:
    old = pricing(Base("CNY"), Convert(), currency="USD", known=rates(age=8 * DAY))
    assert priced(old, BASE) is None
    assert "the rate from CNY to USD of 2026-10-28 is over 7 days old" in why(old, BASE)
    none = pricing(Base("CNY"), Convert(), currency="USD")
    assert "no rate from CNY to USD is known" in why(none, BASE)


def test_rules_that_do_not_end_in_the_channels_currency_block() -> None:
    assert "add a conversion" in why(pricing(Base("CNY"), currency="USD"), BASE)


@pytest.mark.parametrize("cost", [None, UNKNOWN])
def test_an_unknown_cost_blocks_the_rules_that_need_it(cost: Declared) -> None:
    entry = PriceEntry("A", yuan("40.00"), cost=cost)
    made = pricing(Margin(Decimal(35)))
    assert priced(made, entry) is None
    assert "no cost in CNY is known" in why(made, entry)
    assert priced(pricing(Percent(Decimal(0))), entry) == "40.00 CNY"


def test_rules_that_come_to_nothing_block() -> None:
    assert "come to -60.00 CNY, which is no price" in why(pricing(Amount(yuan("-100.00"))), BASE)


def test_a_rule_with_tags_concerns_only_products_with_one_of_them() -> None:
    made = pricing(Percent(Decimal(10)), tags=["shoes", "hats"])
    assert priced(made, BASE) == "40.00 CNY"
    assert priced(made, BASE, tags=frozenset({"hats"})) == "44.00 CNY"


def test_the_compare_at_price_goes_through_the_same_rules_but_never_comes_from_a_cost() -> None:
    entry = PriceEntry("A", yuan("40.00"), compare_at=yuan("50.00"), cost=yuan("30.00"))
    half = pricing(Percent(Decimal(-50)))
    assert half.derive(half.book([entry])).compare_at == yuan("25.00")
    none = PriceEntry("A", yuan("40.00"), compare_at=NOTHING)
    assert half.derive(half.book([none])).compare_at is NOTHING
    from_cost = pricing(Markup(Decimal(10)))
    assert from_cost.derive(from_cost.book([entry])).compare_at is None


def test_of_dated_entries_the_latest_to_start_holds_and_of_those_the_first_to_end() -> None:
    def sale(price: str, start: int, end: int) -> PriceEntry:
        return PriceEntry("A", yuan(price), starts_at=NOW + start * DAY, ends_at=NOW + end * DAY)

    month, week, day = sale("35.00", -9, 20), sale("30.00", -2, 5), sale("29.00", -2, 1)
    assert priced(pricing(), BASE, month) == "35.00 CNY"
    assert priced(pricing(), BASE, month, week) == "30.00 CNY"
    assert priced(pricing(), day, BASE, week, month) == "29.00 CNY"
    assert priced(pricing(), BASE, sale("1.00", -3, 0), sale("1.00", 1, 2)) == "40.00 CNY"


def test_a_dated_entry_leaves_what_it_does_not_say_as_it_lies_below() -> None:
    standing = PriceEntry("A", yuan("40.00"), compare_at=yuan("50.00"), floor=yuan("20.00"))
    sale = PriceEntry("A", yuan("30.00"), starts_at=NOW, ends_at=NOW + DAY)
    made = pricing()
    book = made.book([standing, sale])
    assert made.derive(book).compare_at == yuan("50.00")
    assert book.floor.amount == yuan("20.00")


def test_a_channels_own_limits_go_before_the_base_entrys() -> None:
    base = PriceEntry("A", yuan("40.00"), floor=yuan("20.00"), ceiling=yuan("60.00"))
    own = PriceEntry("A", None, "shop", floor=yuan("25.00"), ceiling=UNKNOWN)
    book = pricing().book([base, own])
    assert (book.floor.amount, book.ceiling.declared, book.ceiling.amount) == (
        yuan("25.00"),
        True,
        None,
    )


def test_a_plugins_rule_may_turn_an_amount_any_way() -> None:
    class Lucky:
        def __str__(self) -> str:
            return "eights"

        def turned(self, before: Exact, facts: PriceFacts) -> Exact:
            if "CNY" not in facts.base:
                raise Unpriced("no base price")
            return Exact(Fraction(8 * (before.minor // 8)), before.currency)

    made = pricing(Percent(Decimal(10)), Lucky(), Amount(yuan("0.01")))
    assert priced(made, BASE) == "44.01 CNY"
    assert str(made.steps(made.book([BASE]))[-1].amount) == "44.01 CNY"


# ------------------------------------------------------------------ for whatever is missing

amounts = st.integers(1, 10**6).map(lambda minor: Money(minor, "CNY"))
foreign = st.integers(1, 10**6).map(lambda minor: Money(minor, "USD"))
percents = st.decimals(0, 90, places=1)
starts = st.one_of(
    st.just(Base("CNY")), st.builds(Markup, percents, st.just("CNY")),
    st.builds(Margin, percents, st.just("CNY")),
)  # fmt: skip
lines = st.one_of(
    st.builds(Percent, st.decimals(-50, 90, places=1)),
    st.builds(Fees, percents, st.none() | foreign),
    st.builds(Amount, foreign),
    st.builds(Round, st.sampled_from(["0.05", "1"])),
    st.builds(
        Round,
        st.just(""),
        st.sampled_from([("0.99",), ("0.90", "0.88")]),
        st.sampled_from(Direction),
    ),
)
limits = st.none() | st.just(UNKNOWN) | foreign
known_rates = st.sampled_from([rates(), rates("13.9"), rates(age=8 * DAY), Rates(NOW)])


@st.composite
def books(draw: st.DrawFn) -> list[PriceEntry]:
    """Any of it may be missing, unknown, or in the past."""
    entries = [
        PriceEntry("A", draw(st.none() | amounts), cost=draw(st.none() | st.just(UNKNOWN) | amounts),
                   compare_at=draw(st.none() | st.just(NOTHING) | amounts), currency="CNY"),
        PriceEntry("A", draw(st.none() | foreign), floor=draw(limits), ceiling=draw(limits),
                   currency="USD"),
    ]  # fmt: skip
    if draw(st.booleans()):
        entries.append(
            PriceEntry("A", draw(st.none() | foreign), "shop", floor=draw(limits), currency="USD")
        )
    return [entry for entry in entries if draw(st.booleans())]


@given(books(), st.none() | starts, st.lists(lines, max_size=4), known_rates, st.booleans())
def test_whatever_is_missing_a_price_is_right_or_blocked_and_never_below_a_known_floor(
    entries: list[PriceEntry],
    start: PriceRule | None,
    more: list[PriceRule],
    known: Rates,
    margin: bool,
) -> None:
    chain = [start, Convert(), *more] if start else []
    made = pricing(*chain, currency="USD", known=known)
    book = made.book(entries)
    derived = made.derive(book)
    settings = GuardSettings(min_margin_percent=10 if margin else None)
    move = PriceMove(
        "USD", None, derived.price, derived.compare_at, book.floor, book.ceiling, made.cost(book)
    )
    findings = {each.guard for each in check_price(move, settings) if each.blocks}
    if derived.price is None:
        assert Guard.MISSING_PRICE in findings
        assert derived.why
        return
    assert derived.price.currency == "USD"
    assert derived.price.minor > 0
    if findings:
        return
    if book.floor.declared:
        assert book.floor.amount is not None
        assert derived.price >= book.floor.amount
    if book.ceiling.declared:
        assert book.ceiling.amount is not None
        assert derived.price <= book.ceiling.amount
    if margin:
        cost = made.cost(book)
        assert cost is not None
        assert (derived.price - cost).minor * 10 >= derived.price.minor


@given(books(), st.none() | starts, st.lists(lines, max_size=4), known_rates)
def test_the_derivation_that_a_person_reads_comes_to_the_price_that_is_asked(
    entries: list[PriceEntry], start: PriceRule | None, more: list[PriceRule], known: Rates
) -> None:
    made = pricing(*([start, Convert(), *more] if start else []), currency="USD", known=known)
    book = made.book(entries)
    steps = made.steps(book)
    if not steps or (book.own and book.own.price):
        return
    price = made.derive(book).price
    last = steps[-1].amount
    assert (None if last is None else str(last)) == (None if price is None else str(price))


@given(books(), books(), st.none() | starts, st.lists(lines, max_size=2))
def test_after_its_end_a_dated_entry_has_left_nothing_behind(
    entries: list[PriceEntry],
    sale: list[PriceEntry],
    start: PriceRule | None,
    more: list[PriceRule],
) -> None:
    over = [
        PriceEntry(e.sku, e.price, e.channel, e.compare_at, e.floor, 9, e.ceiling, e.cost,
                   NOW - 9 * DAY, NOW, e.currency)
        for e in sale
    ]  # fmt: skip
    made = pricing(*([start, Convert(), *more] if start else []), currency="USD", known=rates())
    assert made.derive(made.book([*entries, *over])) == made.derive(made.book(entries))


def test_an_entry_has_one_currency() -> None:
    with pytest.raises(ValueError, match="one currency"):
        PriceEntry("A", yuan("1.00"), cost=dollars("1.00"))
    assert (BASE.starts_at, BASE.ends_at, BASE.dated) == (ALWAYS, FOREVER, False)
