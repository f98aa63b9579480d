"""Shopify's returns and refunds -> cases. Pure.

A case's id says which of the two it is: `return-17`, `refund-42`. A refund that was made for a return
is a part of that return. Notes of buyers and staff are free text, and are neither read nor kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from mercer.core.after_sales import Case, CaseKind, CaseStatus
from mercer.core.money import Money
from mercer.core.shipping import Packed
from mercer.plugins.shopify.mapping import Node, moment, tail

STATUSES: Final[Mapping[str, CaseStatus]] = {
    "REQUESTED": CaseStatus.REQUESTED,
    "OPEN": CaseStatus.AGREED,
    "CLOSED": CaseStatus.DONE,
    "DECLINED": CaseStatus.REFUSED,
    "CANCELED": CaseStatus.WITHDRAWN,
}
"""`ReturnStatus`. A refund has no status: it is done once it is there."""

_UNSHIPPED: Final = "CANCEL"


def return_id(number: str) -> str:
    return f"return-{number}"


def refund_id(number: str) -> str:
    return f"refund-{number}"


def return_case(node: Node, lines: Iterable[Node], order: Node) -> Case:
    """A return has no time of its last change, so it takes its order's, which moves with it.

    That it does is UNVERIFIED. Raise `ValueError` for a status that is not known. Units of a line
    that Shopify has not tied to a shipment (`UnverifiedReturnLineItem`) are left out.
    """
    status = STATUSES.get(node["status"])
    if status is None:
        raise ValueError(f"return status {node['status']!r} is not known")
    lines = list(lines)
    reasons = (line["returnReasonDefinition"] for line in lines)
    return Case(
        case=return_id(tail(node["id"])),
        order=tail(order["id"]),
        kind=CaseKind.EXCHANGE if node["exchangeLineItems"]["nodes"] else CaseKind.RETURN,
        status=status,
        opened_at=moment(node["createdAt"]),
        updated_at=moment(order["updatedAt"]),
        lines=tuple(
            Packed(tail(line["fulfillmentLineItem"]["lineItem"]["id"]), int(line["quantity"]))
            for line in lines
            if line.get("fulfillmentLineItem")
        ),
        amount=_paid_back(node["refunds"]["nodes"]),
        reason=", ".join(dict.fromkeys(each["handle"] for each in reasons if each)),
    )


def refund_case(node: Node, lines: Iterable[Node], order: Node) -> Case:
    """A cancellation where every unit of it had not shipped (`restockType` `CANCEL`)."""
    lines = list(lines)
    cancelled = bool(lines) and all(line["restockType"] == _UNSHIPPED for line in lines)
    return Case(
        case=refund_id(tail(node["id"])),
        order=tail(order["id"]),
        kind=CaseKind.CANCELLATION if cancelled else CaseKind.REFUND,
        status=CaseStatus.DONE,
        opened_at=moment(node["createdAt"] or node["updatedAt"]),
        updated_at=moment(node["updatedAt"]),
        lines=tuple(Packed(tail(line["lineItem"]["id"]), int(line["quantity"])) for line in lines),
        amount=_paid_back([node]),
    )


def _paid_back(refunds: Iterable[Node]) -> Money | None:
    """`None` until something was: what is asked for is not told."""
    total: Money | None = None
    for refund in refunds:
        bag = refund["totalRefundedSet"]["shopMoney"]
        money = Money.of(bag["amount"], bag["currencyCode"])
        total = money if total is None else total + money
    return total
