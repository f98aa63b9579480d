"""The simulated shop's webhooks, as the adapter takes them in."""

from __future__ import annotations

import json
from datetime import timedelta

from mercer.core.after_sales import CaseKind
from mercer.core.contract import Event, EventKind
from mercer.plugins.shopify.simulator import ShopifySimulator, after_sales
from mercer.plugins.shopify.simulator.notices import MOST_WAITING
from mercer.plugins.simulation import World

from .conftest import CHANNEL, Rig, tee
from .test_after_sales import shipped


def heard(rig: Rig) -> list[Event]:
    adapter = rig.adapter()
    return [
        event
        for notice in rig.simulator.notices()
        for event in adapter.verify(notice.headers, notice.body)
    ]


def topics(rig: Rig) -> list[str]:
    return [event.topic for event in heard(rig)]


async def test_an_order_tells_what_it_took_and_when(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = rig.simulator.order([("TEE-1", 2), ("TEE-2", 1), ("TEE-1", 1)], paid=False)

    (event,) = heard(rig)

    assert (event.kind, event.id, event.topic) == (EventKind.ORDER, id, "orders/create")
    assert event.took == (("TEE-1", 3), ("TEE-2", 1))
    assert event.at is not None
    assert abs(event.at - rig.clock.now()) < timedelta(seconds=1)
    assert heard(rig) == []


async def test_every_turn_of_an_order_is_told(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    unpaid = rig.simulator.order([("TEE-1", 1)], paid=False)
    assert topics(rig) == ["orders/create"]
    rig.simulator.pay(unpaid)
    rig.simulator.pay(unpaid)
    assert topics(rig) == ["orders/paid", "orders/updated"]
    rig.simulator.cancel(unpaid)
    rig.simulator.cancel(unpaid)
    told = heard(rig)
    assert {event.took for event in told} == {()}
    assert {"orders/cancelled", "refunds/create"} <= {event.topic for event in told}

    await shipped(rig, ("TEE-1", 1))
    assert topics(rig) == ["orders/create", "orders/paid", "orders/fulfilled", "orders/updated"]


async def test_the_turns_of_a_return_name_its_case(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = await shipped(rig, ("TEE-1", 1))
    heard(rig)
    case = rig.simulator.ask_back(id, [("TEE-1", 1)], CaseKind.RETURN)

    assert [(each.kind, each.id, each.topic) for each in heard(rig)] == [
        (EventKind.CASE, case, "returns/request")
    ]
    rig.simulator.settle_case(case, agreed=True)
    told = heard(rig)
    assert (EventKind.CASE, case, "returns/close") in {
        (each.kind, each.id, each.topic) for each in told
    }
    assert len({each.key for each in told}) == len(told)


async def test_a_refund_names_its_order_and_its_case(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = rig.simulator.order([("TEE-1", 2)])
    shop = rig.simulator.shop
    order = shop.state.orders[int(id)]
    heard(rig)
    made = after_sales.refund(shop, order, [(order.lines[0], 1)])

    told = [each for each in heard(rig) if each.topic == "refunds/create"]

    assert [(each.kind, each.id) for each in told] == [
        (EventKind.ORDER, id),
        (EventKind.CASE, f"refund-{made.id}"),
    ]


def test_who_does_not_collect_loses_the_oldest(rig: Rig) -> None:
    rig.simulator.seed([tee(quantity=9 * MOST_WAITING)])
    for _ in range(MOST_WAITING + 100):
        rig.simulator.order([("TEE-1", 1)], paid=False)

    waiting = rig.simulator.notices()

    assert len(waiting) == MOST_WAITING
    last = json.loads(waiting[-1].body)
    assert last["name"] == f"#{1000 + MOST_WAITING + 100}"


async def test_a_shop_put_away_with_all_its_orders_goes_on_where_it_was(rig: Rig) -> None:
    rig.simulator.seed([tee()])
    id = await shipped(rig, ("TEE-1", 2))
    case = rig.simulator.ask_back(id, [("TEE-1", 1)], CaseKind.RETURN)
    rig.simulator.cancel(rig.simulator.order([("TEE-2", 1)]))
    state = json.loads(json.dumps(rig.simulator.dump()))

    again = ShopifySimulator(CHANNEL, World())
    again.load(state)

    assert again.dump() == rig.simulator.dump()
    assert again.orders() == rig.simulator.orders()
    assert [each.body for each in again.notices()] == [
        each.body for each in rig.simulator.notices()
    ]
    again.settle_case(case, agreed=True)
    assert again.shop.state.orders[int(id)].returns[0].status == "CLOSED"
