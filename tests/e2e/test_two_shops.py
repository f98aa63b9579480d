"""A seller's days with two shops, each test a day: the tests share one world and leave it in step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Shops, sandbox

BOTH = ("shopify", "taobao")


@pytest.fixture(scope="module")
def shops(place: Path) -> Iterator[Shops]:
    """The catalogue is Shopify's own; Taobao keeps its prices."""
    with sandbox(place, "--products", "20", "--seed", "3") as shops:
        shops.agree()
        shops.ok("sync")
        nothing = {"amount": "0.00", "currency": "CNY"}
        assert shops.ok("plan")["totals"] == {
            "changes": 0,
            "blocked": 0,
            "offers": 0,
            "calls": 0,
            "seconds": 0.0,
            "cuts": nothing,
            "rises": nothing,
        }
        yield shops


def a_sku(shops: Shops, number: int = 0) -> str:
    """One that has been on both shops from the start."""
    return [sku for sku in sorted(shops.offers("taobao")) if not sku.startswith("COAT")][number]


def price(shops: Shops, channel: str, sku: str) -> str:
    amount: str = shops.offers(channel)[sku]["price"]["amount"]
    return amount


def moved(amount: str, percent: int) -> str:
    return f"{round(float(amount) * (100 + percent)) / 100:.2f}"


def test_a_price_push_arrives_and_reads_back_equal(shops: Shops) -> None:
    sku = a_sku(shops)
    dollars = moved(price(shops, "shopify", sku), 10)
    yuan = moved(price(shops, "taobao", sku), 10)
    file = shops.file(
        "prices.csv",
        f"sku,price,currency,channel\n{sku},{dollars},USD,shopify\n{sku},{yuan},CNY,taobao\n",
    )
    answer = shops.ok("price", "push", file, "--yes")
    assert answer["apply"]["confirmed"] == 2
    assert price(shops, "shopify", sku) == dollars
    assert price(shops, "taobao", sku) == yuan
    assert shops.ok("plan")["totals"]["changes"] == 0


@pytest.mark.parametrize("channel", BOTH)
def test_a_back_office_edit_is_drift_with_both_values_and_is_repaired(
    shops: Shops, channel: str
) -> None:
    sku = a_sku(shops)
    ours = price(shops, channel, sku)
    theirs = moved(ours, -5)
    shops.world("POST", f"{channel}/edit", {"merchant_code": sku, "price": theirs})
    shops.ok("pull", "listings", "--channel", channel)
    (difference,) = shops.ok("status")["differences"]
    assert (difference["channel"], difference["sku"]) == (channel, sku)
    assert difference["ours"]["amount"] == ours
    assert difference["theirs"]["amount"] == theirs
    (change,) = shops.ok("plan")["changes"]
    assert change["before"]["amount"] == theirs
    assert change["after"]["amount"] == ours
    assert "drift" in change["why"]
    assert shops.ok("sync")["apply"]["confirmed"] == 1
    assert price(shops, channel, sku) == ours


@pytest.mark.parametrize("channel", BOTH)
def test_an_edit_between_plan_and_apply_is_stale_and_not_overwritten(
    shops: Shops, channel: str
) -> None:
    sku = a_sku(shops)
    before = price(shops, channel, sku)
    currency = shops.offers(channel)[sku]["price"]["currency"]
    shops.ok("price", "set", sku, moved(before, 10), currency, "--channel", channel)
    plan = shops.ok("plan", "--channel", channel)
    edited = moved(before, -5)
    shops.world("POST", f"{channel}/edit", {"merchant_code": sku, "price": edited})
    answer = shops.mercer("apply", plan["id"], "--yes", "--json")
    assert answer.code == 1
    assert [item["outcome"] for item in answer.json["items"]] == ["stale"]
    assert price(shops, channel, sku) == edited
    shops.ok("price", "set", sku, edited, currency, "--channel", channel)
    shops.ok("sync")


@pytest.mark.parametrize("channel", BOTH)
def test_a_sale_between_pull_and_apply_is_not_given_back(shops: Shops, channel: str) -> None:
    sku = a_sku(shops, 1 + BOTH.index(channel))  # the ledger counts units of open orders in
    shown = shops.offers(channel)[sku]["quantity"]
    stock = shops.file("stock.csv", f"sku,quantity\n{sku},{shown + 5}\n")
    shops.ok("import", "stock", stock)
    plan = shops.ok("plan", "--field", "stock")
    shops.world("POST", f"{channel}/order", {"merchant_code": sku, "quantity": 3})
    shops.mercer("apply", plan["id"], "--yes", "--json")
    shops.ok("sync")
    for each in BOTH:
        assert shops.offers(each)[sku]["quantity"] == shown + 5 - 3
    assert shops.ok("plan")["totals"]["changes"] == 0


def test_a_new_product_is_created_on_shopify_by_a_plan_and_taobao_says_it_cannot(
    shops: Shops,
) -> None:
    file = shops.file(
        "new.csv",
        "product,title,sku,option1_name,option1_value,price,compare_at,currency,quantity\n"
        "coat,雨衣 Raincoat,COAT-S,Size,S,59.00,79.00,USD,4\n"
        "coat,,COAT-M,Size,M,59.00,,USD,6\n",
    )
    shops.ok("import", "products", file)
    plan = shops.ok("plan")
    (change,) = plan["changes"]
    assert (change["kind"], change["field"], change["after"]) == ("create", "listing", "coat")
    assert any("taobao" in note and "no listing" in note for note in plan["notes"])
    assert shops.ok("apply", plan["id"], "--yes")["confirmed"] == 1
    shown = shops.offers("shopify")
    assert shown["COAT-S"]["price"] == {"amount": "59.00", "currency": "USD"}
    assert shown["COAT-S"]["compare_at"] == {"amount": "79.00", "currency": "USD"}
    assert shown["COAT-M"]["quantity"] == 6
    shops.ok("sync")
    assert shops.ok("plan")["totals"]["changes"] == 0


def test_a_wrong_token_names_channel_and_setting_and_leaves_the_other_shop_done(
    shops: Shops,
) -> None:
    secret = shops.folder / "secrets" / "taobao.session"
    right = secret.read_text("utf-8")
    secret.write_text("nobody-gave-this-session\n", "utf-8")
    try:
        answer = shops.mercer("pull", "listings", "--json")
        assert answer.code == 1
        assert answer.json["listings"]["shopify"]["complete"]
        (failure,) = answer.json["failed"]
        assert failure["kind"] == "auth"
        assert failure["channel"] == "taobao"
        assert "session" in failure["message"] + failure["hint"]
        assert failure["hint"]
        assert "nobody-gave-this-session" not in answer.out + answer.err
        doctor = shops.mercer("doctor", "--channel", "taobao")
        assert doctor.code == 1
        assert "try:" in doctor.out
    finally:
        secret.write_text(right, "utf-8")
    assert "nobody-gave-this-session" not in (shops.folder / "mercer.log").read_text("utf-8")
    shops.ok("pull", "listings")


def test_a_doctor_finds_both_shops_healthy(shops: Shops) -> None:
    assert shops.ok("doctor")["ok"]
