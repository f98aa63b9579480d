from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from mercer.core.customer import Customer
from mercer.plugins.buyers import chinese_buyer
from mercer.plugins.jd.customers import customer
from mercer.plugins.simulation import Buyer

from .bench import Bench, mug

CIPHER = "AAS/ZFJFbm90YXJlYWxjaXBoZXI="
CONSIGNEE: dict[str, Any] = {
    "fullname": CIPHER,
    "mobile": "136*******5",
    "telephone": "136*******5",
    "fullAddress": CIPHER,
    "province": "广东",
    "city": "广州市",
    "county": "海珠区",
    "town": "赤岗街道",
    "oaid": "token-1",
}


def told(found: Customer | None) -> Customer:
    assert found is not None
    return found


def plain(buyer: Buyer) -> tuple[str, ...]:
    return (buyer.name, buyer.phone, buyer.street, buyer.email)


def test_what_jd_hides_is_passed_on_as_it_is_and_said_to_be_masked() -> None:
    found = told(customer("o*AA1", CONSIGNEE))
    assert (found.key, found.name, found.phone, found.seal, found.masked) == (
        "o*AA1",
        CIPHER,
        "136*******5",
        "token-1",
        True,
    )
    assert found.address == f"广东 广州市 海珠区 赤岗街道 {CIPHER}"
    assert found.email is None


def test_what_stands_in_plain_text_is_not_masked() -> None:
    full = "广东广州市海珠区新港中路1号"
    row = {"fullname": "张三", "mobile": "13600000005", "province": "广东", "fullAddress": full}
    found = told(customer(None, row))
    assert (found.masked, found.address, found.key, found.seal) == (False, full, None, None)


@pytest.mark.parametrize("hidden", [{"fullname": CIPHER}, {"mobile": "1*5"}, {"oaid": "x"}])
def test_one_hidden_part_is_enough_to_be_masked(hidden: dict[str, str]) -> None:
    assert told(customer(None, {"fullname": "张三"} | hidden)).masked


@pytest.mark.parametrize("nobody", [None, [], {}, "x", {"fullname": ""}])
def test_an_order_may_tell_nothing_of_its_buyer(nobody: object) -> None:
    assert customer(None, nobody) is None
    assert told(customer("o*AA1", nobody)).key == "o*AA1"


async def test_the_same_buyer_has_the_same_key_and_nothing_comes_in_plain_text(
    either: Bench,
) -> None:
    either.stock_with(mug())
    buyers = [chinese_buyer(number) for number in (7, 8, 7)]
    for buyer in buyers:
        either.simulator.order([("杯子-code", 1)], buyer=buyer)
    found = [told(order.customer) for order in await either.orders()]
    first, second, third = (each.key for each in found)
    assert first == third != second
    assert all(each.masked and each.seal for each in found)
    shown = str([(each.name, each.phone, each.address, each.key) for each in found])
    assert not any(part in shown for buyer in buyers for part in plain(buyer))


async def test_a_buyer_never_shows_in_reprs_reasons_or_logs(
    either: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    either.stock_with(mug())
    buyer = chinese_buyer(7)
    good, bad = (either.simulator.order([("杯子-code", 1)], buyer=buyer) for _ in range(2))
    either.simulator.placed(bad).state = "ON_THE_MOON"
    now = either.clock.now()
    window = either.adapter.read_orders(now - timedelta(hours=1), now)
    (page,) = [page async for page in window]
    (order,), (unreadable,) = page.orders, page.unreadable
    found = told(order.customer)
    shown = [repr(page), unreadable.reason, caplog.text]
    hidden = [*plain(buyer), found.name or "", found.phone or "", found.seal or ""]
    assert good == order.order
    assert not any(part in text for text in shown for part in hidden)


async def test_an_order_set_aside_carries_what_jd_sent(either: Bench) -> None:
    either.stock_with(mug())
    order_id = either.simulator.order([("杯子-code", 1)])
    either.simulator.placed(order_id).state = "ON_THE_MOON"
    now = either.clock.now()
    window = either.adapter.read_orders(now - timedelta(hours=1), now)
    (page,) = [page async for page in window]
    (unreadable,) = page.unreadable
    assert "ON_THE_MOON" in unreadable.payload
    assert "杯子" in unreadable.payload
