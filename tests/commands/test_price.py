"""Prices from the command line to the shops."""

from __future__ import annotations

from tests.commands.conftest import Mercer, Seller
from tests.commands.test_plan import price_at


def test_a_price_is_read_exactly_or_refused(stocked: Seller, mercer: Mercer) -> None:
    del stocked
    answer = mercer("price", "set", "TEE-S", "11.00", "cny", "--json")
    assert answer.json["price"] == {"amount": "11.00", "currency": "CNY"}
    for amount in ("0", "1,299.00", "1e3", "11.001", "abc", ""):
        answer = mercer("price", "set", "TEE-S", amount, "CNY")
        assert answer.code == 1, amount
        assert "try:" in answer.err
    assert mercer("price", "set", "NOPE", "1.00", "CNY").code == 1
    assert mercer("price", "set", "TEE-S", "1.00", "CNY", "--channel", "west").code == 1


def test_a_price_below_its_floor_is_blocked(stocked: Seller, mercer: Mercer) -> None:
    del stocked
    mercer("price", "set", "TEE-S", "9.00", "CNY", "--floor", "9.50")
    assert "below-floor" in mercer("plan").out


def test_a_channel_that_keeps_its_own_price_is_told(stocked: Seller, mercer: Mercer) -> None:
    del stocked
    mercer("price", "set", "TEE-S", "12.00", "CNY", "--channel", "north")
    assert "north has a price of its own" in mercer("price", "set", "TEE-S", "11.00", "CNY").out


def test_a_push_changes_the_prices_of_its_file_and_nothing_else(
    stocked: Seller, mercer: Mercer
) -> None:
    mercer("price", "set", "MUG", "11.00", "CNY")
    file = stocked.file("p.csv", "sku,price\nTEE-S,11.00\nTEE-M,12.00\n")
    answer = mercer("price", "push", file, "--currency", "CNY", "--yes", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["imported"] == 2
    assert answer.json["apply"]["confirmed"] == 4
    assert price_at(stocked, "TEE-M") == "12.00 CNY"
    assert price_at(stocked, "MUG") == "10.00 CNY"


def test_a_dry_run_shows_the_plan_and_keeps_nothing(stocked: Seller, mercer: Mercer) -> None:
    file = stocked.file("p.csv", "sku,price\nTEE-S,11.00\n")
    before = mercer("export", "prices").out
    answer = mercer("price", "push", file, "--currency", "CNY", "--dry-run", "--json")
    assert answer.json["plan"]["totals"]["changes"] == 2
    assert answer.json["apply"] is None
    assert mercer("export", "prices").out == before
    assert mercer("plan", "show").code == 1, "no plan was kept"
    assert price_at(stocked, "TEE-S") == "10.00 CNY"


def test_a_push_with_faults_sends_nothing_unless_the_good_rows_are_wanted(
    stocked: Seller, mercer: Mercer
) -> None:
    file = stocked.file("p.csv", "sku,price\nTEE-S,11.00\nNOPE,5.00\nTEE-M,-1\n")
    answer = mercer("price", "push", file, "--currency", "CNY", "--yes")
    assert answer.code == 1
    assert "p.csv:3: sku:" in answer.err
    assert "p.csv:4: price:" in answer.err
    assert price_at(stocked, "TEE-S") == "10.00 CNY"
    push = ("price", "push", file, "--currency", "CNY", "--yes", "--good-rows", "--json")
    assert mercer(*push).json["imported"] == 1
    assert price_at(stocked, "TEE-S") == "11.00 CNY"


def test_a_push_that_nobody_confirms_is_a_wrong_use(stocked: Seller, mercer: Mercer) -> None:
    file = stocked.file("p.csv", "sku,price\nTEE-S,11.00\n")
    assert mercer("price", "push", file, "--currency", "CNY").code == 2
