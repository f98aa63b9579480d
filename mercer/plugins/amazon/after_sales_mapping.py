"""Cancellations within orders, and rows of the returns report -> cases. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from mercer.core.after_sales import Case, CaseKind, CaseStatus
from mercer.core.money import Money
from mercer.core.shipping import Packed
from mercer.plugins.amazon.mapping import moment
from mercer.plugins.amazon.order_mapping import Node

CANCELLATION: Final = "cancellation-"
"""Before an order's id, a cancellation's: an order has one, whatever lines it is about."""

STATUSES: Final[Mapping[str, CaseStatus]] = {
    "Pending": CaseStatus.REQUESTED,
    "Approved": CaseStatus.AGREED,
    "Completed": CaseStatus.DONE,
    "Closed": CaseStatus.WITHDRAWN,
    "Denied": CaseStatus.REFUSED,
}
"""`Return request status` of the report -> ours. Amazon publishes no list: all but `Approved` and
`Completed` are UNVERIFIED. What is not here is not guessed.
"""

_BY_SELLER_OR_BUYER: Final = frozenset({"BUYER", "MERCHANT"})
_DATES: Final = ("%d-%b-%Y", "%Y-%m-%d")
"""`14-Jul-2025`, or as ISO has it. UNVERIFIED which marketplace writes which."""

Row = Mapping[str, str]


def cancellation(node: Node) -> Case | None:
    """Of an order's lines that a buyer wants cancelled, or that buyer or seller have cancelled.

    Amazon does not tell when it was asked for, so it counts from the order's creation. Its reason may
    be in the buyer's own words, and is left alone.
    """
    lines = [each for each in node["orderItems"] if _asked(each.get("cancellation") or {})]
    if not lines:
        return None
    return Case(
        case=CANCELLATION + node["orderId"],
        order=node["orderId"],
        kind=CaseKind.CANCELLATION,
        status=_cancellation_status(lines),
        opened_at=moment(node["createdTime"]),
        updated_at=moment(node["lastUpdatedTime"]),
        lines=tuple(Packed(each["orderItemId"], int(each["quantityOrdered"])) for each in lines),
    )


def _asked(part: Node) -> bool:
    execution = part.get("cancellationExecution") or {}
    return "cancellationRequest" in part or execution.get("cancelledBy") in _BY_SELLER_OR_BUYER


def _cancellation_status(lines: Sequence[Node]) -> CaseStatus:
    """A seller refuses by shipping all the same."""
    open_ones = [each for each in lines if "cancellationExecution" not in each["cancellation"]]
    if not open_ones:
        return CaseStatus.DONE
    left = (int(each["fulfillment"]["quantityUnfulfilled"]) for each in open_ones)
    return CaseStatus.REQUESTED if any(left) else CaseStatus.REFUSED


def returned(rows: Sequence[Row], currency: str) -> Case:
    """One return (RMA), of a row for each line.

    Raise `KeyError` for a missing column, `ValueError` for a status or date that is not known.
    `updated_at` is the last date that the report tells, which has no time: its status may be younger.
    """
    first = rows[0]
    asked = _date(first["Return request date"])
    arrived = [
        _date(row["Return delivery date"]) for row in rows if _has(row, "Return delivery date")
    ]
    refunds = [_refund(row, currency) for row in rows if _has(row, "Refunded Amount")]
    total = sum(refunds, start=Money.zero(refunds[0].currency)) if refunds else None
    refunded = total if total and total.minor > 0 else None
    return Case(
        case=first["Amazon RMA ID"],
        order=first["Order ID"],
        kind=CaseKind.RETURN,
        status=_return_status(
            first["Return request status"], arrived=bool(arrived), refunded=refunded
        ),
        opened_at=asked,
        updated_at=max([asked, *arrived]),
        lines=tuple(_lines(rows)),
        amount=refunded,
        reason=first["Return Reason"],
    )


def _return_status(word: str, *, arrived: bool, refunded: Money | None) -> CaseStatus:
    """An approved return goes on without another word for it: the goods arrive, money is paid."""
    status = STATUSES.get(word)
    if status is None:
        raise ValueError(f"return request status {word!r} is not known")
    if status is CaseStatus.AGREED and refunded is not None:
        return CaseStatus.DONE
    return CaseStatus.SENT_BACK if status is CaseStatus.AGREED and arrived else status


def _lines(rows: Iterable[Row]) -> Iterable[Packed]:
    """Older reports name no order item, and then no line is told."""
    for row in rows:
        if _has(row, "Order Item ID"):
            yield Packed(row["Order Item ID"], int(row["Return quantity"]))


def _has(row: Row, column: str) -> bool:
    return bool(row.get(column, "").strip())


def _refund(row: Row, currency: str) -> Money:
    return Money.of(
        row["Refunded Amount"].strip(), row.get("Currency code", "").strip() or currency
    )


def _date(text: str) -> datetime:
    for form in _DATES:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(f"{text!r} is no date of the returns report")
