"""The daily work with orders, as a user meets it: the tests share one world, each with a SKU of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Shops, sandbox

PAGE = Path(__file__).resolve().parents[2] / "docs" / "orders.md"
ON_HAND = 60
BUYER = {
    "key": "buyer-1",
    "name": "王芳",
    "phone": "13800138000",
    "email": "wang@example.com",
    "street": "文三路 1",
    "city": "杭州",
    "region": "浙江",
    "postcode": "310000",
    "country": "CN",
}


@pytest.fixture(scope="module")
def shops(place: Path) -> Iterator[Shops]:
    """Counted, linked, and in step; four orders of one buyer within an hour are held."""
    with sandbox(place, "--channels", "shopify,taobao", "--products", "6", "--seed", "3") as shops:
        shops.agree()
        counts = "".join(f"{sku},{ON_HAND}\n" for sku in sorted(shops.offers("taobao")))
        shops.ok("import", "stock", shops.file("stock.csv", f"sku,quantity\n{counts}"))
        shops.ok("sync")
        with (place / "mercer.toml").open("a", encoding="utf-8") as settings:
            settings.write("\n[risk]\norders_per_hour = 3\n")
        yield shops


def a_sku(shops: Shops, number: int) -> str:
    return sorted(shops.offers("taobao"))[number]


def buys(shops: Shops, channel: str, sku: str, units: int = 1, **more: Any) -> str:
    body = {"merchant_code": sku, "quantity": units, **more}
    order: str = shops.world("POST", f"{channel}/order", body)["order"]
    return order


def pulled(shops: Shops) -> None:
    """Once every shop surely lists what happened."""
    shops.world("POST", "clock/advance", {"seconds": 180})
    shops.ok("pull", "orders")


def shown(shops: Shops, channel: str, sku: str) -> int:
    quantity: int = shops.offers(channel)[sku]["quantity"]
    return quantity


def shipped(shops: Shops, sku: str, units: int) -> str:
    """An order at Taobao that has left."""
    order = buys(shops, "taobao", sku, units)
    pulled(shops)
    tracking = f"SF5{order[-10:]}"
    shops.ok("orders", "ship", order, "--carrier", "sf", "--tracking", tracking)
    return order


def test_an_order_corrects_the_other_shop_and_is_shipped(shops: Shops) -> None:
    sku = a_sku(shops, 0)
    order = buys(shops, "taobao", sku, 2)
    pulled(shops)
    shops.ok("sync")
    assert shown(shops, "shopify", sku) == ON_HAND - 2
    (shipment,) = shops.ok("orders", "ship", order, "--carrier", "sf", "--tracking", "SF100000001")[
        "shipments"
    ]
    assert shipment["ending"] == "shipped"
    again = shops.ok("orders", "ship", order, "--carrier", "sf", "--tracking", "SF100000001")
    assert [each["ending"] for each in again["shipments"]] == ["already"]
    found = shops.ok("orders", "show", order)
    assert (found["status"], found["parcels"][0]["tracking"]) == ("shipped", "SF100000001")
    assert [(each["kind"], each["on_hand"]) for each in found["movements"]] == [
        ("reservation", 0),
        ("shipment", -2),
    ]


def test_a_held_order_ships_only_once_it_is_released(shops: Shops) -> None:
    sku = a_sku(shops, 1)
    placed = [buys(shops, "taobao", sku, buyer=BUYER) for _ in range(4)]
    pulled(shops)
    (held,) = shops.ok("orders", "held")["held"]
    assert (held["order"], held["check"]) == (placed[3], "many-orders")
    words = ("orders", "ship", placed[3], "--carrier", "sf", "--tracking", "SF200000001")
    refused = shops.mercer(*words)
    assert refused.code == 1
    assert "the order is held: 4 orders of one buyer within an hour" in refused.out
    shops.ok("orders", "release", placed[3], "--note", "spoke to her")
    assert shops.ok("orders", "held") == {"held": []}
    assert shops.ok(*words)["shipments"][0]["ending"] == "shipped"


def test_a_cancelled_order_gives_its_stock_back(shops: Shops) -> None:
    sku = a_sku(shops, 2)
    order = buys(shops, "shopify", sku, 3)
    pulled(shops)
    shops.ok("sync")
    assert shown(shops, "taobao", sku) == ON_HAND - 3
    assert shops.ok("orders", "cancel", order, "--reason", "not wanted")["status"] == "cancelled"
    shops.ok("sync")
    assert shown(shops, "taobao", sku) == ON_HAND


def test_an_order_leaves_in_two_parcels_and_wrong_parts_are_refused(shops: Shops) -> None:
    sku = a_sku(shops, 3)
    order = buys(shops, "shopify", sku, 3)
    pulled(shops)
    number = shops.ok("orders", "show", order)["number"].removeprefix("#")
    by_ups = ("--carrier", "ups", "--tracking")
    for lines, why in ((f"{sku}*4", "3 of"), ("NOPE*1", "no line or SKU"), (f"{sku}*x", "a line")):
        answer = shops.mercer("orders", "ship", number, *by_ups, "1Z1", "--lines", lines)
        assert answer.code == 1
        assert why in answer.out + answer.err
    shops.ok("orders", "ship", number, *by_ups, "1Z1", "--lines", f"{sku}*2")
    assert shops.ok("orders", "show", number)["status"] == "partly_shipped"
    shops.ok("orders", "ship", number, *by_ups, "1Z2")
    found = shops.ok("orders", "show", number)
    assert found["status"] == "shipped"
    assert [each["lines"][0]["units"] for each in found["parcels"]] == [2, 1]


def test_a_return_is_on_hand_again_only_when_somebody_says_so(shops: Shops) -> None:
    sku = a_sku(shops, 5)
    order = shipped(shops, sku, 2)
    body = {"order": order, "merchant_code": sku, "quantity": 2, "kind": "return"}
    case = shops.world("POST", "taobao/ask-back", body)["case"]
    shops.world("POST", "clock/advance", {"seconds": 180})
    assert shops.ok("sync")["after_sales"]["taobao"]["new"] == 1
    (listed,) = shops.ok("after-sales", "list", "--due", "72")["cases"]
    assert (listed["case"], listed["order"], listed["kind"]) == (case, order, "return")
    assert shown(shops, "shopify", sku) == ON_HAND - 2
    assert shops.ok("after-sales", "restock", case)["units"] == {sku: 2}
    refused = shops.mercer("after-sales", "write-off", case, "--json")
    assert (refused.code, refused.error["kind"]) == (1, "refused")
    shops.ok("sync")
    assert shown(shops, "shopify", sku) == ON_HAND


def test_a_file_of_many_is_told_once_and_a_faulty_one_not_at_all(shops: Shops) -> None:
    sku = a_sku(shops, 4)
    orders = [buys(shops, "taobao", sku) for _ in range(12)]
    pulled(shops)
    rows = [f"{order},sf,SF3{number:08}" for number, order in enumerate(orders)]
    faulty = shops.file("bad.csv", "\n".join(["订单号,快递公司,快递单号", *rows, "404,sf,SF4"]))
    answer = shops.mercer("orders", "ship", "--file", faulty)
    assert answer.code == 1
    assert "bad.csv:14: order: there is no order '404'" in answer.err
    assert shops.ok("orders", "show", orders[0])["status"] == "paid"
    good = shops.file("good.csv", "\n".join(["order,carrier,tracking", *rows]))
    for ending in ("shipped", "already"):
        done = shops.ok("orders", "ship", "--file", good)["shipments"]
        assert [each["order"] for each in done] == orders
        assert {each["ending"] for each in done} == {ending}
    truth = {each["order"]: each for each in shops.world("GET", "taobao/orders")["orders"]}
    assert all(len(truth[order]["parcels"]) == 1 for order in orders)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "nope"), "there is no order 'nope'"),
        (("list", "--channel", "nope"), "no channel 'nope'"),
        (("ship", "--file", "nowhere.csv"), "cannot be read"),
        (("aside", "--payload", "nope"), "'nope' is not set aside"),
    ],
)
def test_what_cannot_be_is_said_with_the_way_out(
    shops: Shops, words: tuple[str, ...], said: str
) -> None:
    answer = shops.mercer("orders", *words, "--json")
    assert answer.code == 1
    assert said in answer.error["message"]
    assert answer.error["hint"]


def keys_of(value: Any) -> set[str]:
    """Every key of a document and of what is in it, but for those of money."""
    if isinstance(value, list):
        return {key for each in value for key in keys_of(each)}
    if not isinstance(value, dict) or "currency" in value:
        return set()
    return {*value}.union(*map(keys_of, value.values()))


def test_the_page_documents_every_key_that_is_printed(shops: Shops) -> None:
    order = shipped(shops, a_sku(shops, 6), 1)
    by_sf = ("--carrier", "sf", "--tracking", "again")
    asked: dict[str, tuple[str, ...]] = {
        "orders list": (),
        "orders show": (order,),
        "orders aside": (),
        "orders retry": (),
        "orders ship": (order, *by_sf),
        "after-sales list": ("--all",),
        "pull": ("after-sales",),
    }
    for words, more in asked.items():
        printed = json.loads(shops.mercer(*words.split(), *more, "--json").out)
        (told,) = re.findall(rf"^\| `{words}` \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
        assert keys_of(printed) - {"shopify", "taobao"} <= set(re.findall(r"[a-z_]+", told)), words
