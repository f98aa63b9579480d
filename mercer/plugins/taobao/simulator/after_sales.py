"""Refunds (退款): what buyers ask for, how it ends, and the APIs that tell of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from mercer.core.after_sales import CaseKind
from mercer.plugins.beijing import beijing
from mercer.plugins.gateway import within
from mercer.plugins.taobao.simulator.checkout import FINISHED, PAID, SHIPPED, close_line
from mercer.plugins.taobao.simulator.fields import asked_types, paged, picked
from mercer.plugins.taobao.simulator.messages import notify
from mercer.plugins.taobao.simulator.protocol import Api, Call, business
from mercer.plugins.taobao.simulator.shop import Line, Refund, Shop, Trade
from mercer.plugins.yuan import in_yuan

ASKED: Final = "WAIT_SELLER_AGREE"
OPEN: Final = frozenset({ASKED, "WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_GOODS"})
_DONE: Final = "SUCCESS"
_REFUSED: Final = "SELLER_REFUSE_BUYER"

_REASONS: Final = {
    CaseKind.CANCELLATION: "不想要了",
    CaseKind.REFUND: "少件/漏发",
    CaseKind.RETURN: "7天无理由退换货",
    CaseKind.EXCHANGE: "大小/尺寸与商品描述不符",
}
_TO_ANSWER: Final = timedelta(days=2)
_USUAL_TYPES: Final = "guarantee_trade,auto_delivery"
_LIST_FIELDS: Final = (
    "refund_id,tid,oid,status,created,modified,refund_fee,total_fee,payment,reason,desc,good_status,"
    "has_good_return,order_status,refund_phase,dispute_type,title"
)
_DETAIL_FIELDS: Final = (
    "refund_id,tid,oid,status,created,refund_fee,total_fee,payment,reason,desc,good_status,"
    "has_good_return,num_iid,title,price,num,refund_remind_timeout,refund_phase,outer_id"
)
"""As documented: each of the two calls tells what the other does not."""


# ---------------------------------------------------------------- what happens


def ask(shop: Shop, trade: Trade, line: Line, count: int, kind: CaseKind, now: datetime) -> Refund:
    """Raise `ValueError` where the line's status or an open refund forbids it.

    What did not ship is refunded as a whole.
    """
    unshipped = kind is CaseKind.CANCELLATION
    if line.status not in ((PAID,) if unshipped else (SHIPPED, FINISHED)):
        raise ValueError(f"no {kind.value} of sub-order {line.oid}, which is {line.status}")
    if line.refund_id and shop.refunds[line.refund_id].status in OPEN:
        raise ValueError(f"sub-order {line.oid} has an open refund")
    if not 0 < count <= line.num or (unshipped and count < line.num):
        raise ValueError(f"no {kind.value} of {count} units of sub-order {line.oid}")
    refund = Refund(
        refund_id=shop.new_id(),
        tid=trade.tid,
        oid=line.oid,
        dispute_type=_dispute(shop, kind),
        status=ASKED,
        good_status="BUYER_NOT_RECEIVED" if unshipped else "BUYER_RECEIVED",
        phase="aftersale" if line.status == FINISHED else "onsale",
        fee=0 if kind is CaseKind.EXCHANGE else line.price * count,
        reason=_REASONS[kind],
        created=now,
        modified=now,
    )
    shop.refunds[refund.refund_id] = refund
    line.refund_id = refund.refund_id
    moved(shop, refund, ASKED, "RefundCreated", now)
    return refund


def settle(shop: Shop, refund: Refund, now: datetime, *, agreed: bool) -> None:
    """Money back, and the goods with it where it is a return; or refused. Only the seller may put
    returned goods on sale again.
    """
    if refund.status not in OPEN:
        raise ValueError(f"refund {refund.refund_id} is {refund.status}")
    if not agreed:
        moved(shop, refund, _REFUSED, "RefundSellerRefuseAgreement", now)
        return
    if _returns(refund):
        refund.good_status = "BUYER_RETURNED_GOODS"
    moved(shop, refund, _DONE, "RefundSuccess", now)
    trade, line = _about(shop, refund)
    if refund.fee >= line.fee and line.status != FINISHED:
        close_line(shop, trade, line, now)


def cancel_paid(shop: Shop, trade: Trade, now: datetime) -> None:
    """All lines of a trade that did not ship are refunded."""
    if trade.status != PAID:
        raise ValueError(f"trade {trade.tid} is {trade.status}")
    for line in trade.lines:
        if line.status == PAID:
            known = shop.refunds.get(line.refund_id)
            if known is None or known.status not in OPEN:
                known = ask(shop, trade, line, line.num, CaseKind.CANCELLATION, now)
            settle(shop, known, now, agreed=True)


def moved(shop: Shop, refund: Refund, status: str, topic: str, now: datetime) -> None:
    """The trade changes with it: its sub-order shows the refund's status."""
    trade, line = _about(shop, refund)
    refund.status = line.refund_status = status
    refund.modified = trade.modified = now
    content = {
        "refund_id": refund.refund_id,
        "tid": refund.tid,
        "oid": refund.oid,
        "refund_fee": in_yuan(refund.fee),
        "refund_phase": refund.phase,
        "bill_type": "return_bill" if _returns(refund) else "refund_bill",
        "modified": beijing(now),
        "seller_nick": shop.nick,
        "buyer_nick": trade.buyer.shown_nick,
        "buyer_open_uid": trade.buyer.open_uid,
    }
    notify(shop, f"taobao_refund_{topic}", content, now)


def _dispute(shop: Shop, kind: CaseKind) -> str:
    match kind:
        case CaseKind.RETURN:
            return "REFUND_AND_RETURN"
        case CaseKind.EXCHANGE:
            return "TMALL_EXCHANGE" if shop.seller_type == "B" else "TAOBAO_EXCHANGE"
        case _:
            return "REFUND"


def _returns(refund: Refund) -> bool:
    return refund.dispute_type != "REFUND"


def _about(shop: Shop, refund: Refund) -> tuple[Trade, Line]:
    trade = shop.trades[refund.tid]
    return trade, next(line for line in trade.lines if line.oid == refund.oid)


# ---------------------------------------------------------------- what is told


def _changed(shop: Shop, call: Call) -> dict[str, Any]:
    """Newest change first. Without a window it is all of them."""
    since, until = call.moment("start_modified"), call.moment("end_modified")
    types = asked_types(call, _USUAL_TYPES)
    status = call.text("status")
    rows = [
        refund
        for refund in shop.refunds.values()
        if within(refund.modified, since, until)
        and shop.trades[refund.tid].type in types
        and status in ("", refund.status)
    ]
    rows.sort(key=lambda refund: (refund.modified, refund.refund_id), reverse=True)
    return paged(call, "refunds", "refund", rows, lambda refund: _told(shop, refund, _LIST_FIELDS))


def _in_full(shop: Shop, call: Call) -> dict[str, Any]:
    refund = shop.refunds.get(call.whole("refund_id"))
    if refund is None:  # the real sub code is UNVERIFIED
        raise business("isv.refund-not-exist", "退款单不存在")
    return {"refund": picked(_told(shop, refund, _DETAIL_FIELDS), call.text("fields"))}


def _told(shop: Shop, refund: Refund, fields: str) -> dict[str, Any]:
    _, line = _about(shop, refund)
    timeout = beijing(refund.modified + _TO_ANSWER)
    full = {
        "refund_id": str(refund.refund_id),
        "tid": refund.tid,
        "oid": refund.oid,
        "status": refund.status,
        "created": beijing(refund.created),
        "modified": beijing(refund.modified),
        "refund_fee": in_yuan(refund.fee),
        "total_fee": in_yuan(line.fee),
        "payment": in_yuan(line.fee - refund.fee),
        "reason": refund.reason,
        "desc": "收到后联系我13900000000",
        "good_status": refund.good_status,
        "has_good_return": _returns(refund),
        "order_status": line.status,
        "refund_phase": refund.phase,
        "dispute_type": refund.dispute_type,
        "num_iid": line.num_iid,
        "title": line.title,
        "price": in_yuan(line.price),
        "num": line.num,
        "outer_id": line.code,
        "refund_remind_timeout": {"exist_timeout": True, "remind_type": 1, "timeout": timeout}
        if refund.status in OPEN
        else None,
    }
    return picked(full, fields)


APIS: Final = {
    "taobao.refunds.receive.get": Api(_changed, ("fields",)),
    "taobao.refund.get": Api(_in_full, ("fields", "refund_id")),
}
