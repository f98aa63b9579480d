"""What makes a new order look odd, as pure functions of what is known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mercer.core.money import Money
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.core.risk import LargeQuantity, LowPrice, ManyOrders, OrderCheck, OrderFacts

AT = datetime(2026, 11, 11, tzinfo=UTC)


def order(quantity: int = 1, each: str | None = "100.00", total: str | None = None) -> Order:
    line = OrderLine(
        "1",
        "L",
        "L/S",
        "S",
        "Title",
        quantity,
        quantity,
        None if each is None else Money.of(each, "CNY"),
        None if total is None else Money.of(total, "CNY"),
    )
    return Order("1", "1", OrderStatus.PAID, AT, AT, "CNY", Totals(None), (line,))


@pytest.mark.parametrize("check", [ManyOrders(), LargeQuantity(), LowPrice()])
def test_a_built_in_check_is_one_and_holds_nothing_that_it_knows_nothing_of(
    check: OrderCheck,
) -> None:
    assert isinstance(check, OrderCheck)
    assert check.reason_to_hold(OrderFacts(order(1000, "0.01"))) is None


@pytest.mark.parametrize(("number", "held"), [(5, False), (6, True)])
def test_many_orders_of_one_buyer_or_to_one_address_are_held(number: int, held: bool) -> None:
    check = ManyOrders(most=5)
    assert bool(check.reason_to_hold(OrderFacts(order(), by_buyer=number))) is held
    assert bool(check.reason_to_hold(OrderFacts(order(), by_address=number))) is held


@pytest.mark.parametrize(
    ("quantity", "usual", "held"), [(10, 1, True), (9, 1, False), (10, 2, False), (11, 2, True)]
)
def test_a_quantity_far_above_the_usual_is_held(quantity: int, usual: int, held: bool) -> None:
    facts = OrderFacts(order(quantity), {"1": "S"}, usual={"S": usual})
    assert bool(LargeQuantity(times=5, least=10).reason_to_hold(facts)) is held


@pytest.mark.parametrize(
    ("each", "total", "held"),
    [
        ("49.99", None, True),
        ("50.00", None, False),
        ("100.00", "49.99", True),
        ("10.00", "60.00", False),
        (None, None, False),
    ],
)
def test_a_price_far_below_the_book_is_held_by_what_was_really_paid(
    each: str | None, total: str | None, held: bool
) -> None:
    listed = {"S": Money.of("100.00", "CNY")}
    facts = OrderFacts(order(1, each, total), {"1": "S"}, listed=listed)
    assert bool(LowPrice(below_percent=50).reason_to_hold(facts)) is held


def test_a_book_in_another_currency_says_nothing_of_a_price() -> None:
    facts = OrderFacts(order(1, "1.00"), {"1": "S"}, listed={"S": Money.of("100.00", "USD")})
    assert LowPrice().reason_to_hold(facts) is None
