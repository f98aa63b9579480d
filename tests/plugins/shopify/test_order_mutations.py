"""Shipping and cancelling in the simulated shop as a client sees them: its own refusals."""

from __future__ import annotations

from typing import Any

import pytest

from mercer.plugins.shopify.simulator import checkout

from .conftest import Rig, tee

SHIP = """
mutation Ship($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) {
    fulfillment { name status trackingInfo { company number } }
    userErrors { field message }
  }
}
"""
CANCEL = """
mutation Cancel($id: ID!, $restock: Boolean!, $note: String) {
  orderCancel(orderId: $id, reason: OTHER, restock: $restock, staffNote: $note) {
    job { id done }
    orderCancelUserErrors { field message code }
  }
}
"""


def placed(rig: Rig) -> Any:
    rig.simulator.seed([tee()])
    return rig.simulator.shop.state.orders[int(rig.simulator.order([("TEE-1", 3)]))]


def part(
    order: Any, quantity: int | None = None, *, id: int | None = None, line: int | None = None
) -> dict[str, Any]:
    """Of the first fulfillment order; no quantity: everything that it has left."""
    (found, *_) = order.fulfillment_orders
    given: dict[str, Any] = {
        "fulfillmentOrderId": f"gid://shopify/FulfillmentOrder/{id or found.id}"
    }
    if quantity is not None:
        row_id = f"gid://shopify/FulfillmentOrderLineItem/{line or found.lines[0].id}"
        row = {"id": row_id, "quantity": quantity}
        given["fulfillmentOrderLineItems"] = [row]
    return given


async def ship(rig: Rig, *parts: dict[str, Any]) -> Any:
    given = {"lineItemsByFulfillmentOrder": list(parts), "trackingInfo": {"number": "1Z1"}}
    return (await rig.graphql(SHIP, fulfillment=given))["data"]["fulfillmentCreate"]


async def refusal(rig: Rig, *parts: dict[str, Any]) -> tuple[list[str], str]:
    answer = await ship(rig, *parts)
    assert answer["fulfillment"] is None
    (error,) = answer["userErrors"]
    return error["field"], error["message"]


async def test_without_lines_everything_that_is_left_leaves(rig: Rig) -> None:
    order = placed(rig)
    await ship(rig, part(order, 1))
    assert order.fulfillment_orders[0].status == "IN_PROGRESS"
    assert order.display_fulfillment_status == "PARTIALLY_FULFILLED"

    answer = await ship(rig, part(order))

    assert answer["fulfillment"]["name"] == "#1001-F2"
    assert order.fulfillment_orders[0].status == "CLOSED"
    assert order.display_fulfillment_status == "FULFILLED"


async def test_what_is_wrong_with_a_fulfillment_is_told_in_the_platforms_words(rig: Rig) -> None:
    order = placed(rig)
    own = ["fulfillment"]

    assert await refusal(rig, part(order, id=4711)) == (
        own,
        "Fulfillment order does not exist.",
    )
    assert await refusal(rig, part(order, 1, line=4711)) == (
        own,
        "Fulfillment order line item does not exist.",
    )
    assert await refusal(rig, part(order, 4)) == (
        own,
        "Invalid fulfillment order line item quantity requested.",
    )
    field, words = await refusal(rig, part(order, 0))
    assert (field[-1], words) == ("quantity", "Quantity must be greater than 0")
    assert order.fulfillments == []

    await ship(rig, part(order))
    _, words = await refusal(rig, part(order))
    assert words.endswith("has an unfulfillable status= closed.")


async def test_a_fulfillment_is_of_one_order(rig: Rig) -> None:
    one = placed(rig)
    other = rig.simulator.shop.state.orders[int(rig.simulator.order([("TEE-2", 1)]))]

    _, words = await refusal(rig, part(one), part(other))

    assert words.startswith("All fulfillment orders must belong to the same order.")


async def test_an_id_of_another_kind_is_an_error_of_the_whole_request(rig: Rig) -> None:
    placed(rig)
    given = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "gid://shopify/Order/1"}]}

    answer = await rig.graphql(SHIP, fulfillment=given)

    assert answer["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


async def test_what_is_on_hold_cannot_leave(rig: Rig) -> None:
    order = placed(rig)
    checkout.hold(rig.simulator.shop, order)

    _, words = await refusal(rig, part(order))

    assert words.endswith("has an unfulfillable status= on_hold.")


@pytest.mark.parametrize(("restock", "shown"), [(True, 5), (False, 2)])
async def test_a_cancelled_order_restocks_if_it_is_told_to(
    rig: Rig, restock: bool, shown: int
) -> None:
    order = placed(rig)
    id = f"gid://shopify/Order/{order.id}"

    payload = (await rig.graphql(CANCEL, id=id, restock=restock))["data"]["orderCancel"]

    assert payload["job"]["done"] is False
    assert rig.shown("TEE-1").quantity == shown
    assert order.refunds == []  # nobody asked for the money to go back


async def test_a_job_resolves_its_query_once_it_is_done(rig: Rig) -> None:
    order = placed(rig)
    id = f"gid://shopify/Order/{order.id}"
    payload = (await rig.graphql(CANCEL, id=id, restock=True))["data"]["orderCancel"]
    text = """query J($job: ID!, $id: ID!) {
      job(id: $job) { done query { order(id: $id) { cancelReason } } }
    }"""

    job = payload["job"]["id"]
    assert (await rig.graphql(text, job=job, id=id))["data"]["job"] == {
        "done": False,
        "query": None,
    }
    rig.clock.advance(5)
    assert (await rig.graphql(text, job=job, id=id))["data"]["job"] == {
        "done": True,
        "query": {"order": {"cancelReason": "OTHER"}},
    }


async def test_what_speaks_against_cancelling_is_told_in_the_platforms_words(rig: Rig) -> None:
    order = placed(rig)
    id = f"gid://shopify/Order/{order.id}"

    async def refused(id: str, note: str | None = None) -> tuple[str, str]:
        payload = (await rig.graphql(CANCEL, id=id, restock=True, note=note))["data"]["orderCancel"]
        (error,) = payload["orderCancelUserErrors"]
        return error["field"][0], error["message"]

    assert await refused("gid://shopify/Order/1") == ("orderId", "Order does not exist")
    assert (await refused(id, "x" * 256))[0] == "staffNote"
    await ship(rig, part(order, 1))
    assert await refused(id) == (
        "orderId",
        "Cannot cancel an order that has outstanding fulfillments",
    )


async def test_customers_are_null_beside_an_error_for_an_app_that_is_not_approved(
    rig: Rig,
) -> None:
    order = placed(rig)
    rig.simulator.shop.state.shows_customers = False
    text = "query Q($id: ID!) { order(id: $id) { name email customer { id } } }"

    answer = await rig.graphql(text, id=f"gid://shopify/Order/{order.id}")

    assert answer["data"]["order"] == {"name": "#1001", "email": None, "customer": None}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"ACCESS_DENIED"}
    assert answer["errors"][0]["path"] == ["order", "email"]
