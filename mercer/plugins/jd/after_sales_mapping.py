"""JD's two kinds of after-sales papers to cases: refund slips and service orders.

A refund slip (取消订单退款审核单) is a buyer's wish to cancel before shipment; its amounts are fen and its
times Beijing's. A service order (服务单) is about units of one SKU after it; amounts are yuan, times
epoch milliseconds. JD tells no deadline, no line of a slip, and not whether a return needs no reason;
what it calls a reason may be the buyer's own words and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mercer.core.after_sales import Case, CaseKind, CaseStatus
from mercer.core.errors import ProtocolBroken
from mercer.core.money import Money
from mercer.core.shipping import Packed
from mercer.plugins.jd import order_mapping
from mercer.plugins.jd.mapping import moment
from mercer.plugins.values import known, needed, text, whole
from mercer.plugins.yuan import CURRENCY, money

SLIP_STATUSES: Final[Mapping[str, CaseStatus]] = {
    "0": CaseStatus.REQUESTED,  # not reviewed
    "1": CaseStatus.AGREED,  # by the seller; JD's finance is next
    "2": CaseStatus.REFUSED,  # by the seller
    "3": CaseStatus.DONE,  # by JD's finance
    "4": CaseStatus.REFUSED,  # by JD's finance
    "5": CaseStatus.AGREED,  # by hand
    "6": CaseStatus.AGREED,  # the parcel is to be intercepted
    "7": CaseStatus.SENT_BACK,  # it was intercepted
    "8": CaseStatus.REFUSED,  # it could not be
    "9": CaseStatus.DONE,  # closed by force and paid back
    "10": CaseStatus.REQUESTED,  # the carrier is being asked
    "11": CaseStatus.WITHDRAWN,
}
"""16 to 19, 27, 28 and 40 are seen too; what they mean is UNVERIFIED, so they are set aside.

That 3 is money received is UNVERIFIED: it is a review that ended well.
"""

SERVICE_KINDS: Final[Mapping[str, CaseKind]] = {
    "10": CaseKind.RETURN,
    "11": CaseKind.REFUND,
    "20": CaseKind.EXCHANGE,
}
"""What the buyer expects (`customerExpect`)."""

OTHER_SERVICES: Final = frozenset({"30", "40", "50", "60", "70", "80", "90", "100"})
"""Repairs, visits, reissues, quality claims, trials: neither money nor goods for others."""

SERVICE_STATUSES: Final[Mapping[str, CaseStatus]] = {
    "10000": CaseStatus.REQUESTED,  # nobody has taken it up
    "10001": CaseStatus.REQUESTED,  # to be reviewed
    "10002": CaseStatus.REQUESTED,  # the buyer was asked something
    "10004": CaseStatus.REFUSED,  # closed in review
    "10005": CaseStatus.AGREED,  # goods are awaited
    "10006": CaseStatus.SENT_BACK,  # goods are there, nobody deals with them
    "10007": CaseStatus.SENT_BACK,  # they are being dealt with
    "10009": CaseStatus.SENT_BACK,  # the buyer is to confirm
    "10010": CaseStatus.DONE,
    "10011": CaseStatus.WITHDRAWN,
    "10012": CaseStatus.REQUESTED,  # the buyer answered
    "10013": CaseStatus.REQUESTED,  # reviewed, and the buyer was asked something
    "10041": CaseStatus.SENT_BACK,  # the refund is asked for
}

SLIP: Final = "cancel-"
"""Before a slip's number, to tell it from the numbers of service orders."""

_NOTHING_COMES_BACK: Final = "91"
"""Of `approveResult`: paid back, goods stay (退款不退货)."""
_SENT_AS_IT_WAS: Final = "70"
"""Of `processResult`: back to the buyer as it came (原返)."""
_PAID_BACK: Final = "13"
"""The status of a refund that was paid."""


def slip(row: Mapping[str, Any]) -> Case:
    """Raise `ProtocolBroken` for a status that is not known."""
    opened = order_mapping.moment(row, "applyTime")
    if opened is None:
        raise ProtocolBroken("applyTime is missing")
    fen = whole(row, "applyRefundSum")
    return Case(
        case=SLIP + needed(row, "id"),
        order=needed(row, "orderId"),
        kind=CaseKind.CANCELLATION,
        status=known(SLIP_STATUSES, row, "status"),
        opened_at=opened,
        updated_at=order_mapping.moment(row, "checkTime") or opened,
        amount=None if fen is None else Money(fen, CURRENCY),
    )


def service(row: Mapping[str, Any], lines: Mapping[str, str], refunds: Mapping[str, Money]) -> Case:
    """`lines` are the order's by JD's `skuUuid` and `skuId`; `refunds` what was paid, by service.

    JD tells no time of the last change, so the latest step that it names stands for it. A service that
    is done (完成) without a refund that was paid has no amount.
    """
    number, opened = needed(row, "serviceId"), moment(row, "applyTime")
    if opened is None:
        raise ProtocolBroken("applyTime is missing")
    steps = (moment(row, name) for name in ("approveTime", "processTime"))
    kind = _kind(row)
    return Case(
        case=number,
        order=needed(row, "orderId"),
        kind=kind,
        status=_service_status(row, kind),
        opened_at=opened,
        updated_at=max([opened, *(step for step in steps if step)]),
        lines=_lines(row, lines),
        amount=refunds.get(number),
    )


def refunded(rows: list[dict[str, Any]]) -> dict[str, Money]:
    """What was really paid back, by service order. Yuan is what integrations take it for."""
    paid: dict[str, Money] = {}
    for row in rows:
        bill = row.get("sameOrderServiceBill")
        if text(row, "status") != _PAID_BACK or not isinstance(bill, dict):
            continue
        number, amount = needed(bill, "serviceId"), money(row, "refoundAmount")
        if amount is not None:
            paid[number] = paid[number] + amount if number in paid else amount
    return paid


def _kind(row: Mapping[str, Any]) -> CaseKind:
    if text(row, "approveResult") == _NOTHING_COMES_BACK:
        return CaseKind.REFUND
    return known(SERVICE_KINDS, row, "customerExpect")


def _service_status(row: Mapping[str, Any], kind: CaseKind) -> CaseStatus:
    """Where no goods come back, money that is on its way has been agreed to and no more."""
    status = known(SERVICE_STATUSES, row, "serviceStatus")
    if status is CaseStatus.DONE and text(row, "processResult") == _SENT_AS_IT_WAS:
        return CaseStatus.REFUSED
    if status is CaseStatus.SENT_BACK and kind is CaseKind.REFUND:
        return CaseStatus.AGREED
    return status


def _lines(row: Mapping[str, Any], lines: Mapping[str, str]) -> tuple[Packed, ...]:
    units = whole(row, "serviceCount")
    line = lines.get(text(row, "skuUuid") or "") or lines.get(text(row, "skuId") or "")
    return (Packed(line, units),) if line and units else ()
