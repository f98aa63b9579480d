"""What the pages say is what the code does."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from types import ModuleType

import pytest

from mercer.config import parse
from mercer.config.price_rules import KINDS, RuleKind
from mercer.core.approval import ApprovalRules
from mercer.core.audit import Kind
from mercer.core.carrier import Carrier
from mercer.core.cell import Field
from mercer.core.money import Money
from mercer.core.order import Order, OrderLine, OrderStatus, Totals
from mercer.core.policy import BUILT_IN, Dispute, Policy, Side, prevailing
from mercer.core.price_chain import Chain
from mercer.core.price_rule import NamedRule, PriceFacts
from mercer.core.rates import Rates
from mercer.core.risk import OrderCheck, OrderFacts
from mercer.core.standing import Standing
from mercer.files.numbers import STYLES
from mercer.files.plan_sheet import PLAN
from mercer.files.prices import PRICES
from mercer.files.product_layout import PRODUCTS
from mercer.files.records import Layout
from mercer.files.shipments import SHIPMENTS
from mercer.files.stock import STOCK
from mercer.plugins.amazon import carriers as amazon
from mercer.plugins.jd import carriers as jd
from mercer.plugins.shopify import carriers as shopify
from mercer.plugins.taobao import carriers as taobao
from mercer.sync.reconcile import SHARE
from mercer.sync.reread_orders import LONG
from tests.loading import loaded

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]


def statuses() -> ModuleType:
    return loaded(ROOT / "docs" / "statuses.py")


@pytest.mark.parametrize("platform", ["amazon", "jd", "shopify", "taobao"])
def test_a_platforms_page_shows_its_statuses_as_they_are_mapped(platform: str) -> None:
    page = (ROOT / "docs" / "platforms" / f"{platform}.md").read_text("utf-8")
    assert statuses().section(platform) in page, "make docs"


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def test_the_page_of_orders_shows_the_carriers_as_they_are_mapped() -> None:
    text = page("orders.md")
    for carrier in Carrier:
        (row,) = re.findall(rf"^\| `{carrier.value}` \| (.*) \|$", text, re.MULTILINE)
        at_taobao = taobao.CARRIERS.get(carrier) or taobao.BEGINNINGS.get(carrier)
        assert row.split(" | ") == [
            shopify.CARRIERS[carrier],
            "-" if at_taobao is None else at_taobao + "…" * (carrier not in taobao.CARRIERS),
            jd.CARRIERS.get(carrier, "-"),
            amazon.told(carrier)["carrierName"],
        ]


def test_the_example_of_a_check_holds_what_it_says(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"### Checks of new orders.*?```python\n(.*?)```", page("plugin-authors.md"), re.DOTALL
    )
    file = tmp_path / "a_check.py"
    file.write_text(example, "utf-8")
    found: list[OrderCheck] = []
    loaded(file).mercer_order_checks(register=found.append)
    (check,) = found
    assert check.reason_to_hold(OrderFacts(an_order(21))) == "21 lines"
    assert check.reason_to_hold(OrderFacts(an_order(20))) is None


def test_the_example_of_a_policy_decides_as_it_says(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"### Policies\n.*?```python\n(.*?)```", page("plugin-authors.md"), re.DOTALL
    )
    file = tmp_path / "a_policy.py"
    file.write_text(example, "utf-8")
    found: list[Policy] = []
    loaded(file).mercer_policies(register=found.append)
    (policy,) = found
    cut, rise, foreign = (
        prevailing(policy, Dispute("north", Field.PRICE, "10.00 CNY", "10.00 CNY", observed))
        for observed in ("9.00 CNY", "11.00 CNY", "1.00 USD")
    )
    assert (cut, rise, foreign) == (Side.THEIRS, Side.OURS, None)


def test_the_page_of_conflicts_names_every_policy_and_standing() -> None:
    text = page("conflicts.md")
    assert [name for name in BUILT_IN if f"`{name}`" not in text] == []
    assert [each.value for each in Standing if each.value not in text] == []
    assert [each.name.lower() for each in Standing if each.name.lower() not in text] == []
    assert (
        f"`--share PERCENT` of the shop in a day, what was confirmed longest ago first; {SHARE} "
        in text
    )
    assert f"within {ceil(100 / SHARE)} days**" in text
    assert f"within {LONG.days} days" in text


def test_the_example_of_a_price_rule_does_what_it_says(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"### Price rules.*?```python\n(.*?)```", page("plugin-authors.md"), re.DOTALL
    )
    file = tmp_path / "a_rule.py"
    file.write_text(example, "utf-8")
    kinds: dict[str, RuleKind] = {}
    loaded(file).mercer_price_rules(register=kinds.__setitem__)
    chain = Chain([NamedRule("eights", kinds["lucky"]({"every": 8}))], "us", "USD", Rates(NOON))
    assert chain.priced(Money(1234, "USD"), None, None, facts) == Money(1232, "USD")


def facts() -> PriceFacts:
    return PriceFacts("us", "USD", Rates(NOON))


def test_the_page_of_prices_names_every_kind_of_rule_and_reads_as_it_stands() -> None:
    text = page("prices.md")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    shop = '[channels.shopify]\nplatform = "shopify"\ncurrency = "USD"\n'
    top = '[workspace]\nname = "x"\nreporting_currency = "CNY"\n'
    config = parse(f"{top}{shop}{example}", Path("mercer.toml"))
    rules = config.channel("shopify").channel.price_rules
    assert [each.name for each in rules] == ["us-from-cost", "convert-2", "us-fees", "round-4"]
    assert set(re.findall(r"^\| `([a-z]+)` \| (?!what|`)", text, re.MULTILINE)) >= set(KINDS)


def test_the_page_of_review_names_every_column_and_its_settings_read_as_they_stand() -> None:
    text = page("review.md")
    assert f"`{', '.join(PLAN.columns)}`" in text
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    top = '[workspace]\nname = "x"\nreporting_currency = "CNY"\n'
    rules = parse(f"{top}{example}", Path("mercer.toml")).approval
    assert rules == ApprovalRules(Money.of("5000", "CNY"), 500)
    for kind in (Kind.PLAN_APPROVED, Kind.APPROVAL_WITHDRAWN):
        assert f"`{kind.value}`" in text
        assert f"`{kind.value}`" in page("audit.md")


def an_order(lines: int) -> Order:
    at = datetime(2026, 11, 11, tzinfo=UTC)
    sold = tuple(
        OrderLine(str(number), None, None, None, "Tee", 1, 1, None) for number in range(lines)
    )
    return Order("1", "1", OrderStatus.PAID, at, at, "CNY", Totals(None), sold)


@pytest.mark.parametrize("layout", [PRICES, STOCK, PRODUCTS, SHIPMENTS], ids=lambda each: each.name)
def test_the_page_of_files_shows_every_header_that_is_known(layout: Layout) -> None:
    text = page("files.md")
    for name, column in layout.columns.items():
        if name.startswith(("option2", "option3")):
            continue
        star = " *" if name in layout.required else ""
        assert f"| `{name}`{star} | {', '.join(column.headers)} |" in text, name


def test_the_page_of_files_names_every_locale() -> None:
    rows = re.findall(r"^\| `([a-z -]+)` \| `(1.299[.,]50)` \|$", page("files.md"), re.MULTILINE)
    for names, sample in rows:
        for name in names.split():
            assert STYLES[name].plain(sample) == "1299.50"
    assert {name for names, _ in rows for name in names.split()} == set(STYLES)
