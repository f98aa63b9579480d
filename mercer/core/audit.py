"""What the audit tells: who or what changed what, when, from which plan, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What happened. Movements of stock and changes of plans are told by records of their own."""

    PRICE_SET = "price set"
    CAMPAIGN_MADE = "campaign made"
    CAMPAIGN_CANCELLED = "campaign cancelled"
    CAMPAIGN_APPROVED = "campaign approved"
    RULE_SET = "stock rule set"
    RULE_CLEARED = "stock rule cleared"
    LINK_MADE = "link made"
    ADOPTED = "adopted"
    OVERRIDE_MADE = "override made"
    OVERRIDE_ENDED = "override ended"
    OURS_DECIDED = "ours decided"
    DRIFT_SEEN = "drift seen"
    CONFLICT_SEEN = "conflict seen"
    PLAN_MADE = "plan made"
    PLAN_APPROVED = "plan approved"
    APPROVAL_WITHDRAWN = "approval withdrawn"
    RUN_BEGAN = "run began"
    RUN_STOPPED = "run stopped"
    RUN_RESUMED = "run resumed"
    RUN_ENDED = "run ended"
    LISTING_CREATED = "listing created"
    ORDER_TAKEN_IN = "order taken in"
    ORDER_MOVED = "order moved"
    ORDER_HELD = "order held"
    HOLD_ENDED = "hold ended"
    CANCELLATION_ASKED = "cancellation asked"
    PARCEL_TOLD = "parcel told"
    CASE_TAKEN_IN = "case taken in"
    CASE_DECIDED = "case decided"
    CUSTOMER_ERASED = "customer erased"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `None`: it does not apply; an empty `after` is "nothing".

    Nothing personal stands in it, and no secret. `request_id` is the platform's own.
    """

    kind: Kind
    channel: str | None = None
    listing: str | None = None
    offer: str | None = None
    field: str | None = None
    scope: str | None = None
    sku: str | None = None
    order: str | None = None
    plan: str | None = None
    run: str | None = None
    change: str | None = None
    before: str | None = None
    after: str | None = None
    request_id: str | None = None
    reason: str | None = None
