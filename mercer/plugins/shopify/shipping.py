"""Parcels out: the lines of an order are found in its fulfillment orders, and told as one fulfillment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mercer.core.answered import answered
from mercer.core.contract import ItemOutcome
from mercer.core.errors import Rejected
from mercer.core.outcome import Result
from mercer.core.shipping import Packed, Shipment
from mercer.plugins.shopify.carriers import company
from mercer.plugins.shopify.connection import Connection, refused, user_errors
from mercer.plugins.shopify.mapping import Node, gid, tail
from mercer.plugins.shopify.queries import query

ALREADY: Final = "ALREADY_SHIPPED"
"""Ours, since Shopify's own errors of `fulfillmentCreate` have no code."""

_GONE: Final = re.compile(
    r"unfulfillable status= closed|does not exist|Invalid fulfillment order line item quantity"
)
_SHIPPABLE: Final = "CREATE_FULFILLMENT"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Units of one line that one fulfillment order has left to ship."""

    line: str
    left: int
    location: str | None
    fulfillment_order: str
    row: str


class Ships(Connection):
    async def ship(self, shipment: Shipment) -> ItemOutcome:
        """Shopify has no idempotency key here, and its fulfillment orders change their ids: they are
        read first. `STALE` too where the order has a parcel of this number already. The buyer gets
        Shopify's shipping mail.
        """
        order = await self._wire.run(query("waiting"), {"id": gid("Order", shipment.order)})
        if order is None:
            return _outcome(shipment, Result.REJECTED, words="Shopify has no such order")
        if not shipment.lines:
            return _outcome(shipment, Result.REJECTED, words="the parcel is empty")
        if order["cancelledAt"]:
            return _outcome(shipment, Result.REJECTED, words="the order is cancelled")
        if shipment.tracking in _numbers(order):
            return _outcome(shipment, Result.STALE, ALREADY, "the order has this parcel already")
        waiting, held = await self._waiting(order)
        chosen = _chosen(shipment.lines, waiting)
        if chosen is None:
            return _too_few(shipment, waiting, held)
        return await self._told(shipment, chosen)

    async def _waiting(self, order: Node) -> tuple[list[_Waiting], list[_Waiting]]:
        """What may be shipped now, and what is left but may not, as while it is on hold."""
        waiting: list[_Waiting] = []
        held: list[_Waiting] = []
        for each in await self._all(
            order["fulfillmentOrders"], "more_waiting", "fulfillmentOrders", id=order["id"]
        ):
            actions = {action["action"] for action in each["supportedActions"]}
            lines = await self._all(each["lineItems"], "waiting_lines", "lineItems", id=each["id"])
            location = each["assignedLocation"]["location"]
            (waiting if _SHIPPABLE in actions else held).extend(
                _Waiting(
                    line=tail(line["lineItem"]["id"]),
                    left=int(line["remainingQuantity"]),
                    location=location["id"] if location else None,
                    fulfillment_order=each["id"],
                    row=line["id"],
                )
                for line in lines
                if line["remainingQuantity"]
            )
        return waiting, held

    async def _told(
        self, shipment: Shipment, chosen: Sequence[tuple[_Waiting, int]]
    ) -> ItemOutcome:
        try:
            payload = await self._wire.run(query("ship"), {"fulfillment": _input(shipment, chosen)})
        except Rejected as error:
            return _outcome(shipment, Result.REJECTED, *refused(error))
        for _, code, words in user_errors(payload):
            result = Result.STALE if _GONE.search(words) else Result.REJECTED
            known = code or (ALREADY if result is Result.STALE else "")
            return _outcome(shipment, result, known, words, answered())
        return _outcome(shipment, Result.ACCEPTED, request_id=answered())


def _chosen(
    lines: Iterable[Packed], waiting: Sequence[_Waiting]
) -> list[tuple[_Waiting, int]] | None:
    """Rows that make the parcel up, all of one location, since a fulfillment has only one.

    `None` where no location has enough of every line left.
    """
    wanted: dict[str, int] = {}
    for each in lines:
        wanted[each.line] = wanted.get(each.line, 0) + each.quantity
    for location in dict.fromkeys(row.location for row in waiting):
        left = dict(wanted)
        chosen: list[tuple[_Waiting, int]] = []
        for row in waiting:
            if row.location == location and (units := min(left.get(row.line, 0), row.left)) > 0:
                chosen.append((row, units))
                left[row.line] -= units
        if chosen and not any(left.values()):
            return chosen
    return None


def _too_few(
    shipment: Shipment, waiting: Sequence[_Waiting], held: Sequence[_Waiting]
) -> ItemOutcome:
    """Why the parcel cannot be made up: it has left already, is on hold, or lies in two places."""
    everywhere = _left(waiting)
    with_held = _left([*waiting, *held])
    if all(everywhere.get(each.line, 0) >= each.quantity for each in shipment.lines):
        words = "the lines are at several locations: tell a parcel of each"
        return _outcome(shipment, Result.REJECTED, words=words)
    if all(with_held.get(each.line, 0) >= each.quantity for each in shipment.lines):
        words = "the order, or a part of it, may not be shipped yet: release its hold in the admin"
        return _outcome(shipment, Result.REJECTED, words=words)
    words = (
        "fewer units are left to ship than the parcel has; where none was shipped, the app lacks "
        "the scope write_merchant_managed_fulfillment_orders"
    )
    return _outcome(shipment, Result.STALE, ALREADY, words)


def _left(rows: Iterable[_Waiting]) -> dict[str, int]:
    left: dict[str, int] = {}
    for row in rows:
        left[row.line] = left.get(row.line, 0) + row.left
    return left


def _input(shipment: Shipment, chosen: Iterable[tuple[_Waiting, int]]) -> dict[str, Any]:
    """`FulfillmentInput`."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row, units in chosen:
        rows.setdefault(row.fulfillment_order, []).append({"id": row.row, "quantity": units})
    return {
        "lineItemsByFulfillmentOrder": [
            {"fulfillmentOrderId": id, "fulfillmentOrderLineItems": lines}
            for id, lines in rows.items()
        ],
        "trackingInfo": {"company": company(shipment.carrier), "number": shipment.tracking},
        "notifyCustomer": True,
    }


def _numbers(order: Node) -> set[str]:
    return {
        number
        for each in order["fulfillments"]
        if each["status"] != "CANCELLED"
        for number in _tracking(each)
    }


def _tracking(fulfillment: Node) -> set[str]:
    return {each["number"] for each in fulfillment["trackingInfo"] if each["number"]}


def _outcome(
    shipment: Shipment, result: Result, code: str = "", words: str = "", request_id: str = ""
) -> ItemOutcome:
    return ItemOutcome(shipment.order, "", result, code, words, request_id)
