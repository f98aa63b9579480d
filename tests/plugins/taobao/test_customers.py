from __future__ import annotations

import logging
from typing import Any

import pytest

from mercer.core.customer import Customer
from mercer.core.order import OrderStatus
from mercer.plugins.buyers import chinese_buyer
from mercer.plugins.taobao.customers import CUSTOMER_FIELDS, customer
from mercer.plugins.taobao.wire import Top

from .bench import Bench, mug

BUYER = chinese_buyer(3)
PLAIN = (BUYER.name, BUYER.phone, BUYER.street, BUYER.email)


def sold(bench: Bench) -> str:
    bench.stock_with(mug())
    return bench.simulator.order([("杯子-code", 1)], buyer=BUYER)


async def test_a_customer_is_told_masked_with_an_opaque_key_and_the_oaid(taobao: Bench) -> None:
    who = (await taobao.order(sold(taobao))).customer
    assert who is not None
    assert who.masked
    assert who.name == f"{BUYER.name[0]}**"
    assert who.phone == f"{BUYER.phone[:3]}****{BUYER.phone[-4:]}"
    assert who.address == f"{BUYER.region} {BUYER.city} 望**路**号 {BUYER.postcode}"
    assert (who.key or "").startswith("AAH")
    assert (who.seal or "").startswith("1")


async def test_a_buyer_has_one_key_in_all_orders_and_each_buyer_another(taobao: Bench) -> None:
    first = sold(taobao)
    again = taobao.simulator.order([("杯子-code", 1)], buyer=BUYER)
    other = taobao.simulator.order([("杯子-code", 1)], buyer=chinese_buyer(4))
    keys = []
    for tid in (first, again, other):
        who = (await taobao.order(tid)).customer
        assert who is not None
        keys.append(who.key)
    assert keys[0] == keys[1] != keys[2]


async def test_the_oaid_of_one_buyer_changes_with_the_week(taobao: Bench) -> None:
    first = sold(taobao)
    taobao.clock.advance(7 * 24 * 3600)
    later = taobao.simulator.order([("杯子-code", 1)], buyer=BUYER)
    seals = {(await taobao.order(tid)).customer or Customer() for tid in (first, later)}
    assert len({each.seal for each in seals}) == 2


async def test_plain_personal_data_never_crosses_the_wire(taobao: Bench) -> None:
    tid = sold(taobao)
    everything = "created,buyer_nick,buyer_message," + CUSTOMER_FIELDS
    trade = (await _trade(taobao.top(), tid, everything))["trade"]
    messages = await taobao.top().call("taobao.tmc.messages.consume", {"quantity": "100"})
    for plain in (*PLAIN, BUYER.key):
        assert plain not in f"{trade} {messages}"


async def test_nothing_of_a_customer_is_logged_or_shown_or_told_in_a_reason(
    taobao: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tid = sold(taobao)
    order = await taobao.order(tid)
    assert order.customer is not None
    taobao.simulator.trade(tid).status = "ON_THE_MOON"
    now = taobao.clock.now()
    (page,) = [page async for page in taobao.adapter.read_orders(now, now)]
    (aside,) = page.unreadable
    told = (order.customer.name, order.customer.phone, order.customer.address, order.customer.key)
    assert all(part and part in aside.payload for part in told if part != order.customer.address)
    for part in (*PLAIN, *told, order.customer.seal):
        assert part
        assert part not in caplog.text
        assert part not in repr(order)
        assert part not in aside.reason
        assert part not in repr(page)


async def test_an_order_without_anybody_is_an_order(taobao: Bench) -> None:
    tid = sold(taobao)
    buyer = taobao.simulator.trade(tid).buyer
    for part in ("open_uid", "name", "mobile", "address", "state", "city", "zip"):
        setattr(buyer, part, "")
    assert (await taobao.order(tid)).status is OrderStatus.PAID


@pytest.mark.parametrize(
    ("trade", "expected"),
    [
        ({}, None),
        ({"receiver_name": ""}, None),
        ({"buyer_open_uid": "AAH1"}, Customer("AAH1")),
        ({"receiver_phone": "0571-88"}, Customer(phone="0571-88")),
        ({"receiver_zip": 310000}, Customer(address="310000")),
    ],
)
def test_what_is_not_told_is_left_out(trade: dict[str, Any], expected: Customer | None) -> None:
    assert customer(trade) == expected


def test_a_county_without_a_city_is_called_by_its_district() -> None:
    trade = {
        "receiver_state": "海南省",
        "receiver_district": "陵水黎族自治县",
        "receiver_address": "椰**号",
    }
    assert customer(trade) == Customer(address="海南省 陵水黎族自治县 椰**号", masked=True)


async def _trade(top: Top, tid: str, fields: str) -> dict[str, Any]:
    return await top.call("taobao.trade.fullinfo.get", {"fields": fields, "tid": tid})
