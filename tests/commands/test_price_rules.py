"""Prices on the command line: the book, rules, rates, and why a price is what it is."""

from __future__ import annotations

import pytest

from tests.answer import Answer
from tests.commands.conftest import Mercer, Seller


def ran(answer: Answer) -> Answer:
    assert answer.code == 0, answer.err
    return answer


RULES = """
[[price_rules]]
name = "from-cost"
kind = "margin"
percent = 40
currency = "USD"
channels = ["north"]

[[price_rules]]
kind = "convert"
channels = ["north"]

[[price_rules]]
name = "ending"
kind = "round"
endings = ["0.99"]
channels = ["north"]
"""


@pytest.fixture
def ruled(stocked: Seller, mercer: Mercer) -> Seller:
    """`north` makes its prices from costs in USD."""
    file = stocked.folder / "mercer.toml"
    file.write_text(file.read_text("utf-8") + RULES, "utf-8")
    ran(mercer("price", "set", "TEE-S", "-", "USD", "--cost", "1.00"))
    return stocked


def test_a_price_is_explained_from_its_cost_to_the_shop(ruled: Seller, mercer: Mercer) -> None:
    explained = ran(mercer("price", "why", "TEE-S", "--channel", "north"))
    assert "the price rules were edited" in explained.out
    rates = ruled.file("rates.csv", "from,to,rate,date\nUSD,CNY,7.19,2020-01-01\n")
    ran(mercer("import", "rates", rates))
    assert "too old" in ran(mercer("price", "rates")).out
    out = ran(mercer("price", "why", "TEE-S", "--channel", "north")).out
    assert "is over 7 days old" in out
    document = ran(mercer("price", "why", "TEE-S", "--channel", "north", "--json")).json
    assert (document["rules_version"], document["price"]) == (1, None)
    assert [step["amount"] for step in document["steps"]] == ["1.666667", None]


def test_rules_are_shown_in_order_with_where_they_stand_and_what_they_touch(
    ruled: Seller, mercer: Mercer
) -> None:
    shown = ran(mercer("price", "rules", "--json")).json["rules"]
    assert [(each["rule"], each["channel"], each["version"]) for each in shown] == [
        ("from-cost", "north", None),
        ("convert-2", "north", None),
        ("ending", "north", None),
    ]
    assert "mercer.toml:" in ran(mercer("price", "rules", "--channel", "north")).out
    assert "no price rules" in ran(mercer("price", "rules", "--channel", "south")).out


def test_every_entry_and_version_is_shown_and_an_entry_is_dropped(
    stocked: Seller, mercer: Mercer
) -> None:
    ran(mercer("price", "set", "TEE-S", "8.00", "CNY", "--until", "2030-01-01T08:00+08:00"))
    ran(mercer("price", "set", "TEE-S", "-", "CNY", "--floor", "unknown"))
    entries = ran(mercer("price", "show", "TEE-S", "--json")).json["entries"]
    assert [(each["floor"], each["ends_at"]) for each in entries] == [
        (None, "2030-01-01T00:00:00+00:00"),
        ("unknown", None),
    ]
    ran(mercer("price", "drop", "TEE-S", "CNY", "--until", "2030-01-01T00:00"))
    assert len(ran(mercer("price", "show", "TEE-S", "--json")).json["entries"]) == 1
    versions = ran(mercer("price", "history", "TEE-S", "--json")).json["versions"]
    assert versions[-1]["dropped"]
    assert "no such entry" in mercer("price", "drop", "TEE-S", "USD").err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["set", "TEE-S", "-", "CNY"], "leaves the price as it is"),
        (
            ["set", "TEE-S", "9", "CNY", "--from", "2030-01-02", "--until", "2030-01-01"],
            "not after",
        ),
        (["set", "TEE-S", "9", "CNY", "--from", "noon"], "is no time such as"),
        (["set", "TEE-S", "9", "CNY", "--cost", "0"], "is zero"),
        (["why", "TEE-S", "--channel", "east"], "no channel 'east'"),
        (["why", "NOPE", "--channel", "north"], "no SKU 'NOPE'"),
        (["show", "NOPE"], "no SKU 'NOPE'"),
        (["rules", "--channel", "east"], "no channel 'east'"),
    ],
)
def test_what_cannot_be_is_said_plainly(
    stocked: Seller, mercer: Mercer, words: list[str], said: str
) -> None:
    answer = mercer("price", *words)
    assert answer.code != 0
    assert said in answer.err


def test_a_file_of_rates_with_a_fault_is_not_taken(stocked: Seller, mercer: Mercer) -> None:
    text = "from,to,rate,date\nUSD,CNY,7.19,2026-11-01\nUSD,XXX,1,2026-11-01\nEUR,CNY,-1,today\n"
    answer = mercer("import", "rates", stocked.file("rates.csv", text))
    assert answer.code == 1
    assert "rates.csv:3: to: 'XXX'" in answer.err
    assert "'-1' is not a rate" in answer.err
    assert "'today' is not a date" in answer.err
    assert ran(mercer("price", "rates", "--json")).json == {"rates": []}
