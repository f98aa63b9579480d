from __future__ import annotations

import logging

import pytest

from mercer.core.customer import Customer
from mercer.core.order import Order
from mercer.plugins.buyers import western_buyer
from mercer.plugins.shopify.customers import customer
from mercer.plugins.shopify.simulator import order_resolvers

from .conftest import Rig, tee, usd
from .test_orders import _with_half_cents

BUYER = western_buyer(7)


async def bought(rig: Rig) -> Order:
    rig.simulator.seed([tee()])
    order = await rig.adapter().read_order(rig.simulator.order([("TEE-1", 1)], buyer=BUYER))
    assert order is not None
    return order


async def test_a_customer_is_told_as_the_shop_knows_it(rig: Rig) -> None:
    found = (await bought(rig)).customer

    assert found is not None
    assert (found.name, found.phone, found.email) == (BUYER.name, BUYER.phone, BUYER.email)
    assert found.address == f"{BUYER.street}, {BUYER.city} {BUYER.region} {BUYER.postcode}, US"
    assert not found.masked


async def test_the_same_buyer_has_the_same_key_and_another_has_another(rig: Rig) -> None:
    first = (await bought(rig)).customer
    adapter = rig.adapter()
    again = await adapter.read_order(rig.simulator.order([("TEE-1", 1)], buyer=BUYER))
    other = await adapter.read_order(rig.simulator.order([("TEE-1", 1)], buyer=western_buyer(8)))

    assert first is not None
    assert again is not None
    assert again.customer is not None
    assert other is not None
    assert other.customer is not None
    assert first.key == again.customer.key
    assert first.key != other.customer.key


async def test_orders_are_read_without_customers_by_an_app_that_is_not_approved(rig: Rig) -> None:
    rig.simulator.shop.state.shows_customers = False

    order = await bought(rig)

    assert order.customer is None
    now = rig.clock.now()
    (page,) = [page async for page in rig.adapter().read_orders(now, now)]
    assert [each.order for each in page.orders] == [order.order]


def test_a_guest_has_no_key_and_nobody_is_nothing() -> None:
    guest = {"customer": None, "shippingAddress": None, "email": "a@mail.example", "phone": None}

    assert customer(guest) == Customer(email="a@mail.example")
    assert customer(guest | {"email": ""}) is None


async def test_an_unreadable_order_keeps_its_payload_and_says_nothing_personal(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rig.simulator.seed([tee()])
    id = rig.simulator.order([("TEE-1", 1)], buyer=BUYER)
    rig.simulator.shop.state.orders[int(id)].lines[0].unit_price = usd("13.37")
    monkeypatch.setattr(order_resolvers, "bag", _with_half_cents)
    now = rig.clock.now()

    (page,) = [page async for page in rig.adapter().read_orders(now, now)]

    (aside,) = page.unreadable
    assert aside.id == id
    assert BUYER.name in aside.payload
    said = f"{aside!r} {aside.reason} {caplog.text}"
    assert not [
        each for each in (BUYER.name, BUYER.phone, BUYER.email, BUYER.street) if each in said
    ]
