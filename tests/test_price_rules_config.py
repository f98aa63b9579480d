"""`[[price_rules]]` of `mercer.toml`: what each kind takes, and where a fault stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mercer.config import parse
from mercer.config.price_rules import RuleKind
from mercer.core.errors import InputError, SettingsError
from mercer.core.money import Money
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
)
from mercer.core.rounding import Direction

PATH = Path("/shop/mercer.toml")
TOP = """\
[workspace]
name = "x"
reporting_currency = "CNY"
[channels.us]
platform = "shopify"
currency = "USD"
[channels.cn]
platform = "taobao"
currency = "CNY"
"""


def rules(text: str, channel: str = "us") -> tuple[NamedRule, ...]:
    return parse(f"{TOP}{text}", PATH, dict).channel(channel).channel.price_rules


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('kind = "base"\ncurrency = "CNY"', Base("CNY")),
        ('kind = "markup"\npercent = 40', Markup(Decimal(40))),
        ('kind = "margin"\npercent = 12.5\ncurrency = "CNY"', Margin(Decimal("12.5"), "CNY")),
        ('kind = "percent"\npercent = "-7.25"', Percent(Decimal("-7.25"))),
        ('kind = "amount"\namount = "-3.50 USD"', Amount(Money(-350, "USD"))),
        ('kind = "fees"\ncommission = 8', Fees(Decimal(8))),
        ('kind = "fees"\nshipping = "500 JPY"', Fees(shipping=Money(500, "JPY"))),
        ('kind = "convert"', Convert()),
        ('kind = "round"\nto = "0.05"\ndirection = "up"', Round("0.05", (), Direction.UP)),
        ('kind = "round"\nendings = ["0.9", "0.88"]', Round("", ("0.9", "0.88"))),
    ],
)
def test_each_kind_is_read_exactly(text: str, rule: PriceRule) -> None:
    assert [each.rule for each in rules(f"[[price_rules]]\n{text}\n")] == [rule]


def test_rules_keep_their_order_channels_tags_names_and_places() -> None:
    text = """\
[[price_rules]]
kind = "percent"
percent = 5
channels = ["us"]
[[price_rules]]
kind = "round"
to = "1"
tags = ["shoes", "hats"]
name = "whole"
"""
    assert [(each.name, each.tags, each.origin) for each in rules(text)] == [
        ("percent-1", (), "/shop/mercer.toml:10"),
        ("whole", ("hats", "shoes"), "/shop/mercer.toml:14"),
    ]
    assert [each.name for each in rules(text, "cn")] == ["whole"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('kind = "margin"\npercent = 100', "12: price_rules.0.percent is 100; allowed: less than"),
        (
            'kind = "margin"\npercent = "many"',
            "12: price_rules.0.percent is 'many'; allowed: a number",
        ),
        ('kind = "margin"', "10: price_rules.0.percent is missing"),
        ('kind = "percent"\npercent = nan', "12: price_rules.0.percent"),
        (
            'kind = "percent"\npercent = true',
            "12: price_rules.0.percent is True; allowed: a number",
        ),
        ('kind = "round"', "10: price_rules.0; allowed: either to"),
        (
            'kind = "round"\nto = "1"\nendings = ["0.99"]',
            "10: price_rules.0; allowed: either",
        ),
        (
            'kind = "round"\nendngs = ["0.99"]',
            "12: price_rules.0.endngs is not known; did you mean endings?",
        ),
        (
            'kind = "fees"\nshipping = "3.50"',
            "12: price_rules.0.shipping is '3.50'; allowed: an amount",
        ),
        (
            'kind = "fees"\nchannels = ["uk"]\ncommission = 1',
            "12: price_rules.0.channels: there is no channel",
        ),
        (
            'kind = "fee"\n',
            "11: price_rules.0.kind: there is no kind 'fee' of price rule; allowed: base",
        ),
        ("percent = 1", "10: price_rules.0.kind is missing"),
    ],
)
def test_a_fault_names_the_line_and_what_is_allowed(text: str, fault: str) -> None:
    with pytest.raises(SettingsError) as caught:
        rules(f"[[price_rules]]\n{text}\n")
    assert fault in caught.value.message.replace("/shop/mercer.toml:", "")


def test_a_name_is_given_once() -> None:
    twice = '[[price_rules]]\nkind = "convert"\nname = "a"\n' * 2
    with pytest.raises(SettingsError, match=r"mercer.toml:15: price_rules.1.name: 'a' is the name"):
        rules(twice)


@dataclass(frozen=True)
class Double:
    times: int

    def turned(self, before: Exact, facts: PriceFacts) -> Exact:
        del facts
        return Exact(before.minor * self.times, before.currency)


def double(settings: Mapping[str, Any]) -> PriceRule:
    if settings.keys() != {"times"}:
        raise InputError("times is missing", hint="say how often")
    return Double(settings["times"])


def test_a_plugins_kind_gets_its_own_settings_and_its_faults_name_the_line() -> None:
    def kinds() -> Mapping[str, RuleKind]:
        return {"double": double}

    text = f'{TOP}[[price_rules]]\nkind = "double"\ntags = ["a"]\n'
    config = parse(f"{text}times = 2\n", PATH, kinds)
    assert [each.rule for each in config.channel("us").channel.price_rules] == [Double(2)]
    with pytest.raises(SettingsError, match=r"mercer.toml:10: price_rules.0: times is missing"):
        parse(text, PATH, kinds)
    assert parse(text, PATH).channel("us").channel.price_rules == ()


def test_how_long_a_rate_lasts_is_read() -> None:
    assert parse(TOP, PATH).rates_last == timedelta(days=7)
    assert parse(f"{TOP}[rates]\nmax_age_days = 2\n", PATH).rates_last == timedelta(days=2)
    with pytest.raises(SettingsError, match=r"mercer.toml:11: rates.max_age_days is 0"):
        parse(f"{TOP}[rates]\nmax_age_days = 0\n", PATH)
