from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from mercer.core.contract import OrderPage
from mercer.core.customer import Customer
from mercer.plugins.buyers import western_buyer

from .conftest import Rig, product


async def read(rig: Rig, **settings: Any) -> OrderPage:
    await rig.clock.sleep(150)
    until = rig.clock.now()
    (page,) = [
        each
        async for each in rig.adapter(**settings).read_orders(until - timedelta(days=30), until)
    ]
    return page


async def customer(rig: Rig, **settings: Any) -> Customer | None:
    (order,) = (await read(rig, **settings)).orders
    return order.customer


async def test_orders_come_without_their_buyers_unless_they_are_asked_for(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    assert await customer(rig) is None


async def test_a_buyer_is_read_by_name_address_and_the_address_that_amazon_relays_from(
    rig: Rig,
) -> None:
    rig.simulator.seed([product("A")])
    buyer = western_buyer(7)
    rig.simulator.order([("A", 1)], buyer=buyer)
    found = await customer(rig, personal_data="yes")
    assert found is not None
    assert (found.name, found.phone) == (buyer.name, buyer.phone)
    assert found.address == f"{buyer.street}, {buyer.city}, {buyer.region}, {buyer.postcode}, US"
    assert found.key is not None
    assert found.key.endswith("@marketplace.amazon.test")
    assert (found.email, found.seal, found.masked) == (None, None, False)


async def test_orders_of_one_buyer_have_one_key(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    for number in (7, 7, 8):
        rig.simulator.order([("A", 1)], buyer=western_buyer(number))
    page = await read(rig, personal_data="yes")
    keys = [order.customer.key for order in page.orders if order.customer]
    assert (len(keys), len(set(keys))) == (3, 2)


async def test_an_app_without_the_role_reads_orders_without_buyers(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    rig.simulator.shop.seller.personal = False
    assert await customer(rig, personal_data="yes") is None


async def test_what_amazon_ships_tells_neither_email_nor_phone(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.fulfil_by_amazon("A", 4)
    rig.simulator.order([("A", 1)])
    found = await customer(rig, personal_data="yes")
    assert found is not None
    assert (found.key, found.email, found.phone) == (None, None, None)
    assert found.name


async def test_a_phone_is_withheld_once_the_order_must_have_arrived(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    rig.clock.advance(8 * 86400)
    found = await customer(rig, personal_data="yes")
    assert found is not None
    assert (found.phone, bool(found.name)) == (None, True)


async def test_no_buyer_reaches_the_log_or_the_reason_of_what_cannot_be_read(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.simulator.seed([product("A")])
    buyer = western_buyer(7)
    odd = rig.simulator.order([("A", 1)], buyer=buyer)
    rig.simulator.order([("A", 1)], buyer=buyer)
    rig.simulator.shop.orders[odd].status = "TELEPORTED"
    with caplog.at_level(logging.DEBUG):
        page = await read(rig, personal_data="yes")
    (unreadable,) = page.unreadable
    (order,) = page.orders
    told = f"{caplog.text} {[record.__dict__ for record in caplog.records]} {page!r}"
    for word in (buyer.name, buyer.phone, buyer.street, buyer.email, "@marketplace"):
        assert word not in told
        assert word not in unreadable.reason
    assert buyer.street in unreadable.payload
    assert order.customer is not None


async def test_what_cannot_be_read_is_kept_in_amazons_own_words(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    odd = rig.simulator.order([("A", 1)])
    rig.simulator.shop.orders[odd].status = "TELEPORTED"
    (unreadable,) = (await read(rig)).unreadable
    assert unreadable.id == odd
    assert '"fulfillmentStatus": "TELEPORTED"' in unreadable.payload
    assert "TELEPORTED" not in repr(unreadable).replace(unreadable.reason, "")
