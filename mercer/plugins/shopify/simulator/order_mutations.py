"""Shipping and cancelling, with the platform's own refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from graphql import GraphQLError

from mercer.plugins.shopify.simulator.after_sales import cancel
from mercer.plugins.shopify.simulator.checkout import OPEN, fulfill
from mercer.plugins.shopify.simulator.order_state import FulfillmentOrder, FulfillmentOrderLineItem
from mercer.plugins.shopify.simulator.resolvers import Info, gid, number, resolves, shop
from mercer.plugins.shopify.simulator.shop import Payload, Shop, user_error

Row = tuple[FulfillmentOrder, FulfillmentOrderLineItem, int]

JOB_TAKES: Final = timedelta(seconds=1.5)
LONGEST_NOTE: Final = 255


class _Refusal(Exception):
    def __init__(self, words: str, *path: str) -> None:
        super().__init__(words)
        self.row = user_error(["fulfillment", *path], words)


@resolves("Mutation.fulfillmentCreate")
def _fulfill(_source: None, info: Info, fulfillment: Mapping[str, Any], **_args: Any) -> Payload:
    """Twice is twice, as long as units are left: there is no idempotency key here."""
    found = shop(info)
    try:
        rows = _rows(found, fulfillment["lineItemsByFulfillmentOrder"])
    except _Refusal as refusal:
        return {"fulfillment": None, "userErrors": [refusal.row]}
    tracking = fulfillment.get("trackingInfo") or {}
    numbers = tracking.get("numbers") or [each for each in [tracking.get("number")] if each]
    order = found.state.orders[rows[0][0].order]
    made = fulfill(found, order, rows, tracking.get("company"), numbers)
    return {"fulfillment": made, "userErrors": []}


def _rows(found: Shop, given: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Raise `_Refusal` for the first thing that is wrong."""
    rows: list[Row] = []
    asked: list[FulfillmentOrder] = []
    for index, each in enumerate(given):
        fulfillment_order = _fulfillment_order(found, each["fulfillmentOrderId"])
        asked.append(fulfillment_order)
        lines = each.get("fulfillmentOrderLineItems")
        path = ("lineItemsByFulfillmentOrder", str(index), "fulfillmentOrderLineItems")
        rows += (
            _everything(fulfillment_order) if not lines else _some(fulfillment_order, lines, path)
        )
    if len(orders := {each.order for each in asked}) > 1:
        raise _Refusal(
            "All fulfillment orders must belong to the same order. "
            f"Multiple orders with ids {sorted(orders)} were found."
        )
    if len(places := {each.location for each in asked}) > 1:
        raise _Refusal(
            "All fulfillment orders must be assigned to a single location. "
            f"Multiple locations with ids {sorted(places)} were found."
        )
    if not rows:
        raise _Refusal("Fulfillment order does not exist.")
    return rows


def _fulfillment_order(found: Shop, id: str) -> FulfillmentOrder:
    if not number(id, "FulfillmentOrder"):
        extensions = {"code": "RESOURCE_NOT_FOUND"}
        raise GraphQLError(f"Invalid id: {id}", extensions=extensions)
    each = found.book.part(number(id, "FulfillmentOrder"), FulfillmentOrder)
    if each is None:
        raise _Refusal("Fulfillment order does not exist.")
    if each.status not in OPEN:
        status = each.status.lower()
        raise _Refusal(f"Fulfillment order {each.id} has an unfulfillable status= {status}.")
    return each


def _everything(fulfillment_order: FulfillmentOrder) -> Iterator[Row]:
    for row in fulfillment_order.lines:
        if row.remaining_quantity:
            yield fulfillment_order, row, row.remaining_quantity


def _some(
    fulfillment_order: FulfillmentOrder,
    lines: Sequence[Mapping[str, Any]],
    path: tuple[str, ...],
) -> Iterator[Row]:
    known = {row.id: row for row in fulfillment_order.lines}
    for index, line in enumerate(lines):
        row = known.get(number(line["id"], "FulfillmentOrderLineItem"))
        if row is None:
            raise _Refusal("Fulfillment order line item does not exist.")
        if line["quantity"] <= 0:
            raise _Refusal("Quantity must be greater than 0", *path, str(index), "quantity")
        if line["quantity"] > row.remaining_quantity:
            raise _Refusal("Invalid fulfillment order line item quantity requested.")
        yield fulfillment_order, row, line["quantity"]


@resolves("Mutation.orderCancel")
def _cancel(
    _source: None,
    info: Info,
    orderId: str,
    reason: str,
    restock: bool,
    refundMethod: Mapping[str, Any] | None = None,
    staffNote: str | None = None,
    **_args: Any,
) -> Payload:
    """A job, which the answer only starts. Here the order is cancelled before the job says so."""
    found = shop(info)
    order = found.state.orders.get(number(orderId, "Order"))
    if order is None:
        return _uncancelled("orderId", "Order does not exist", "NOT_FOUND")
    if staffNote and len(staffNote) > LONGEST_NOTE:
        words = f"Staff note is too long (maximum is {LONGEST_NOTE} characters)"
        return _uncancelled("staffNote", words, "INVALID")
    try:
        cancel(found, order, reason=reason, restock=restock, refunded=bool(refundMethod))
    except ValueError as error:
        return _uncancelled("orderId", str(error), "INVALID")
    job = found.state.new_id()
    found.state.jobs[job] = found.moment() + JOB_TAKES
    return {"job": {"id": gid("Job", job), "done": False}, "orderCancelUserErrors": []}


def _uncancelled(field: str, words: str, code: str) -> Payload:
    return {"job": None, "orderCancelUserErrors": [user_error([field], words, code)]}
