"""After-sales cases: what a buyer asks for once an order is placed, told alike for every platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mercer.core.money import Money
from mercer.core.shipping import Packed


class CaseKind(StrEnum):
    """`CANCELLATION`: the order or part of it, before it ships. `REFUND`: money alone, the goods stay.

    `RETURN`: the goods come back for money. `EXCHANGE`: they come back for others.
    """

    CANCELLATION = "cancellation"
    REFUND = "refund"
    RETURN = "return"
    EXCHANGE = "exchange"


class CaseStatus(StrEnum):
    """`REQUESTED`: the seller is to answer. `AGREED`: the buyer is to send the goods back.

    `SENT_BACK`: the goods are on their way, the seller is to confirm them. `DONE`: paid back or
    exchanged. `REFUSED`: by the seller or the platform. `WITHDRAWN`: by the buyer, or run out.
    """

    REQUESTED = "requested"
    AGREED = "agreed"
    SENT_BACK = "sent_back"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({CaseStatus.REQUESTED, CaseStatus.AGREED, CaseStatus.SENT_BACK})


@dataclass(frozen=True, slots=True)
class Case:
    """One request for a refund, return, exchange or cancellation.

    `amount` is what is asked for or was paid back. `no_reason`: the 7-day return that needs none.
    `deadline`: until when the party whose turn it is must act, else the platform decides. `reason`
    is the platform's own category, not the buyer's free text, which may be personal.
    """

    case: str
    order: str
    kind: CaseKind
    status: CaseStatus
    opened_at: datetime
    updated_at: datetime
    lines: tuple[Packed, ...] = ()
    amount: Money | None = None
    reason: str = ""
    no_reason: bool = False
    deadline: datetime | None = None
