"""A campaign that Amazon is handed ahead of time, from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.conftest import Shops, sandbox

SKU = "MUG-01"
PRODUCTS = f"product,title,sku,price,currency,quantity\nmug,Mug,{SKU},20.00,EUR,7\n"
SALE = f"sku,price,currency,channel\n{SKU},18.00,EUR,amazon\n"


@pytest.fixture(scope="module")
def shops(place: Path) -> Iterator[Shops]:
    goods = place / "goods.csv"
    goods.write_text(PRODUCTS, "utf-8")
    with sandbox(place, "--channels", "amazon=amazon:EUR", "--from", goods) as shops:
        shops.ok("import", "products", goods)
        shops.ok("pull")
        shops.ok("link")
        yield shops


def price(shops: Shops) -> str:
    amount: str = shops.offers("amazon")[SKU]["price"]["amount"]
    return amount


def days(shops: Shops) -> tuple[str, str]:
    """From tomorrow until the day after, whatever the time is by now."""
    now = datetime.fromisoformat(shops.world("GET", "clock")["now"]).replace(microsecond=0)
    start = now + timedelta(days=1)
    return start.isoformat(), (start + timedelta(days=1)).isoformat()


def until(shops: Shops, moment: str) -> None:
    shops.world("POST", "clock/advance", {"to": moment})


def test_it_is_handed_by_a_cycle_runs_by_its_own_clock_and_is_gone_after_its_end(
    shops: Shops,
) -> None:
    file = shops.file("sale.csv", SALE)
    start, end = days(shops)
    asked = ("double11", file, "--start", start, "--end", end)
    made = shops.mercer("campaign", "create", *asked, "--yes")
    assert "before, it is handed to amazon in the same way" in made.out
    cycle = shops.ok("sync")
    assert [(each["campaign"], each["held"]) for each in cycle["handed"]] == [("double11", None)]
    shown = shops.mercer("campaign", "show", "double11")
    assert "amazon was handed 1 of 1 offer" in shown.out
    until(shops, start)
    assert price(shops) == "18.00"
    assert shops.ok("sync")["apply"] is None
    (progress,) = shops.ok("campaign", "show", "double11")["channels"]
    assert (progress["handed"], progress["start"]["confirmed"], progress["start"]["kept"]) == (
        1,
        1,
        True,
    )
    why = shops.ok("price", "why", SKU, "--channel", "amazon")
    assert [each["should_show"]["amount"] for each in why["offers"]] == ["20.00", "18.00"]
    until(shops, end)
    assert price(shops) == "20.00"


def test_one_that_is_called_off_is_taken_back_by_the_plan_of_its_cancelling(
    shops: Shops,
) -> None:
    file = shops.file("sale.csv", SALE)
    start, end = days(shops)
    shops.ok("campaign", "create", "double12", file, "--start", start, "--end", end, "--yes")
    shops.ok("sync")
    cancelled = shops.ok("campaign", "cancel", "double12", "--yes")
    (change,) = cancelled["plan"]["changes"]
    assert (change["field"], change["before"]["amount"], change["after"]) == (
        "scheduled",
        "18.00",
        None,
    )
    shops.ok("apply", cancelled["plan"]["id"], "--yes")
    until(shops, start)
    assert price(shops) == "20.00"
    assert shops.ok("sync")["handed"] == []
