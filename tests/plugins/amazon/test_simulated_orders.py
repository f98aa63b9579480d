"""What the simulated marketplace does with orders, beside what the adapter's own tests see of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mercer.core.after_sales import CaseKind
from mercer.plugins.amazon.simulator import AmazonSimulator
from mercer.plugins.amazon.simulator.queue import put
from mercer.plugins.buyers import western_buyer
from mercer.plugins.simulation import OrderTruth, World
from mercer.testkit.mount import address

from .conftest import CHANNEL, Rig, product, whole_order

BASE = address(CHANNEL.name)


async def test_all_that_happens_to_orders_is_put_away_and_taken_up(rig: Rig) -> None:
    rig.simulator.seed([product("A", quantity=50)])
    shipped, paid, asked = (rig.simulator.order([("A", 2)]) for _ in range(3))
    unpaid = rig.simulator.order([("A", 1)], paid=False, buyer=western_buyer(7))
    adapter = rig.adapter()
    await adapter.ship(whole_order(rig, shipped))
    await rig.clock.sleep(90)
    await adapter.ship(whole_order(rig, paid))
    rig.simulator.ask_back(shipped, [("A", 1)], CaseKind.RETURN)
    rig.simulator.ask_back(asked, [("A", 2)], CaseKind.CANCELLATION)
    await adapter.poll()
    state = json.loads(json.dumps(rig.simulator.dump()))

    other = AmazonSimulator(CHANNEL, World(99, rig.clock))
    other.load(state)
    assert other.dump() == rig.simulator.dump()
    assert other.orders() == rig.simulator.orders()
    rig.clock.advance(90)
    other.pay(unpaid)
    assert other.shop.orders[paid].status == "UNSHIPPED"
    other.offers()
    assert other.shop.orders[paid].status == "SHIPPED"
    assert other.shop.orders[unpaid].buyer == western_buyer(7)


def test_the_truth_of_an_order_follows_its_life(rig: Rig) -> None:
    rig.simulator.seed([product("A", "B")])
    id = rig.simulator.order([("A", 2), ("B", 1)], paid=False)

    def truth() -> OrderTruth:
        (found,) = rig.simulator.orders()
        return found

    assert (truth().order, truth().paid, truth().cancelled) == (id, False, False)
    rig.simulator.pay(id)
    rig.simulator.pay(id)
    assert (truth().paid, truth().units, truth().shipped) == (
        True,
        {"A": 2, "B": 1},
        {"A": 0, "B": 0},
    )
    rig.simulator.cancel(id)
    assert (truth().cancelled, truth().units) == (True, {"A": 0, "B": 0})
    with pytest.raises(ValueError, match="CANCELLED"):
        rig.simulator.ask_back(id, [("A", 1)], CaseKind.CANCELLATION)


def test_amazon_calls_nobody(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    rig.simulator.order([("A", 1)])
    assert rig.simulator.notices() == []


def test_an_order_that_was_cancelled_is_not_paid(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)], paid=False)
    rig.simulator.cancel(id)
    with pytest.raises(ValueError, match="CANCELLED"):
        rig.simulator.pay(id)


async def test_an_order_with_a_parcel_on_its_way_is_not_cancelled(rig: Rig) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 1)])
    await rig.adapter().ship(whole_order(rig, id))
    with pytest.raises(ValueError, match="parcels"):
        rig.simulator.cancel(id)


def test_the_queue_keeps_no_more_than_it_can(rig: Rig) -> None:
    seller = rig.simulator.shop.seller
    for number in range(20_100):
        put(seller, str(number), rig.clock.now())
    assert len(seller.queue) == 20_000
    assert "0" not in {each.body for each in seller.queue.values()}


@pytest.mark.parametrize(
    ("detail", "status"),
    [
        ({"packageReferenceId": 1}, 400),
        ({"packageReferenceId": "0"}, 400),
        ({"packageReferenceId": "UK-1"}, 400),
        ({"carrierCode": "Other"}, 400),
        ({"carrierCode": "Other", "carrierName": "Pony Post"}, 204),
        ({"shipDate": "02/21/2022"}, 400),
        ({"trackingNumber": ""}, 400),
        ({"orderItems": []}, 400),
        ({}, 204),
    ],
)
async def test_a_confirmation_is_judged_by_its_form(
    rig: Rig, detail: dict[str, Any], status: int
) -> None:
    rig.simulator.seed([product("A")])
    id = rig.simulator.order([("A", 2)])
    (line,) = rig.simulator.shop.orders[id].lines
    package = {
        "packageReferenceId": "1",
        "carrierCode": "UPS",
        "trackingNumber": "1Z999",
        "shipDate": "2026-11-01T08:00:00Z",
        "orderItems": [{"orderItemId": line.id, "quantity": 1}],
    }
    token = await rig.wire()._token.value()
    reply = await rig.client.post(
        f"{BASE}/orders/v0/orders/{id}/shipmentConfirmation",
        headers={"x-amz-access-token": token, "user-agent": "test"},
        json={"marketplaceId": "ATVPDKIKX0DER", "packageDetail": package | detail},
    )
    assert reply.status_code == status
