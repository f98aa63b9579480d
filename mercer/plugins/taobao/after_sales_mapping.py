"""A refund (退款单) to a case. One refund is about one sub-order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mercer.core.after_sales import OPEN, Case, CaseKind, CaseStatus
from mercer.core.errors import ProtocolBroken
from mercer.core.shipping import Packed
from mercer.plugins.beijing import moment
from mercer.plugins.values import known, needed, text, whole
from mercer.plugins.yuan import money

STATUSES: Final[Mapping[str, CaseStatus]] = {
    "WAIT_SELLER_AGREE": CaseStatus.REQUESTED,
    "WAIT_BUYER_RETURN_GOODS": CaseStatus.AGREED,
    "WAIT_SELLER_CONFIRM_GOODS": CaseStatus.SENT_BACK,
    "WAIT_SELLER_CONSIGN_GOODS": CaseStatus.SENT_BACK,
    "WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS": CaseStatus.SENT_BACK,
    "SUCCESS": CaseStatus.DONE,
    "SELLER_REFUSE_BUYER": CaseStatus.REFUSED,
    "CLOSED": CaseStatus.WITHDRAWN,
    "EXCHANGE_TRANSFORM_TO_REFUND": CaseStatus.WITHDRAWN,
}
"""A refund's status (退款状态). The two of an exchange whose goods are back (待商家发货, 待买家收货)
count as sent back until it ends."""

KINDS: Final[Mapping[str, CaseKind]] = {
    "REFUND": CaseKind.REFUND,
    "REFUND_AND_RETURN": CaseKind.RETURN,
    "TMALL_EXCHANGE": CaseKind.EXCHANGE,
    "TAOBAO_EXCHANGE": CaseKind.EXCHANGE,
}
"""By `dispute_type`. A refund of what never shipped is a cancellation."""

OTHER_DISPUTES: Final = frozenset({"REPAIR", "RESHIPPING", "OTHERS"})
"""Disputes about neither money nor goods that come back: 维修, 补寄, 其他. They are no cases."""

_TRUE: Final = frozenset({"true", "True"})
_NO_REASON: Final = "无理由"


def case(refund: Mapping[str, Any], line: Mapping[str, Any] | None) -> Case:
    """`line` is the sub-order that it is about, `None` where TOP does not know the trade any more.

    Raise `ProtocolBroken` where a word is not known.
    """
    status = known(STATUSES, refund, "status")
    opened, updated = moment(refund, "created"), moment(refund, "modified")
    if opened is None or updated is None:
        raise ProtocolBroken("created or modified is missing")
    reason = text(refund, "reason") or ""
    return Case(
        case=needed(refund, "refund_id"),
        order=needed(refund, "tid"),
        kind=_kind(refund, line),
        status=status,
        opened_at=opened,
        updated_at=updated,
        lines=_lines(refund, line),
        amount=money(refund, "refund_fee"),
        reason=reason,
        no_reason=_NO_REASON in reason,
        deadline=_deadline(refund) if status in OPEN else None,
    )


def _kind(refund: Mapping[str, Any], line: Mapping[str, Any] | None) -> CaseKind:
    """A refund without a `dispute_type` returns goods or not, as `has_good_return` says."""
    returns = text(refund, "has_good_return") in _TRUE
    usual = "REFUND_AND_RETURN" if returns else "REFUND"
    kind = KINDS.get(word := text(refund, "dispute_type") or usual)
    if kind is None:
        raise ProtocolBroken(f"dispute_type {word!r} is not known")
    unshipped = line is not None and text(line, "consign_time") is None
    return CaseKind.CANCELLATION if kind is CaseKind.REFUND and unshipped else kind


def _lines(refund: Mapping[str, Any], line: Mapping[str, Any] | None) -> tuple[Packed, ...]:
    """Known where the sub-order has a single unit or all of its money is asked for.

    TOP tells how many units were bought (`num`), not how many a refund is about.
    """
    oid, bought = text(refund, "oid"), whole(line or refund, "num")
    if oid is None or bought is None:
        return ()
    asked, paid = money(refund, "refund_fee"), money(line or {}, "divide_order_fee")
    entire = asked is not None and paid is not None and asked >= paid
    return (Packed(oid, bought),) if bought == 1 or entire else ()


def _deadline(refund: Mapping[str, Any]) -> Any:
    told = refund.get("refund_remind_timeout")
    return moment(told, "timeout") if isinstance(told, dict) else None
