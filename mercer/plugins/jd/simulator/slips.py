"""Refund slips of orders that were not shipped (取消订单退款审核单). Amounts are fen here."""

from __future__ import annotations

from typing import Any, Final

from mercer.plugins.beijing import beijing
from mercer.plugins.gateway import within
from mercer.plugins.jd.simulator import checkout
from mercer.plugins.jd.simulator.people import masked_name, masked_pin
from mercer.plugins.jd.simulator.protocol import Api, Call, business, invalid
from mercer.plugins.jd.simulator.shop import Shop, Slip

_PAGES: Final = 100


def _page(shop: Shop, call: Call) -> dict[str, Any]:
    first, size = call.page("pageIndex", "pageSize", 10, 50)
    status, order_id = call.text("status"), call.text("orderId")
    asked = call.moment("applyTimeStart"), call.moment("applyTimeEnd")
    checked = call.moment("checkTimeStart"), call.moment("checkTimeEnd")
    if first // size >= _PAGES:
        raise invalid("pageIndex")
    found = [
        slip
        for slip in shop.slips.values()
        if (not status or str(slip.status) == status)
        and (not order_id or str(slip.order_id) == order_id)
        and within(slip.asked, *asked)
        and (checked == (None, None) or (slip.checked and within(slip.checked, *checked)))
    ]
    rows = [_row(shop, slip) for slip in found[first : first + size]]
    return {"queryResult": {"success": call.yes(), "totalCount": len(found), "result": rows}}


def _row(shop: Shop, slip: Slip) -> dict[str, Any]:
    order = shop.orders[slip.order_id]
    return {
        "id": slip.id,
        "orderId": str(slip.order_id),
        "buyerId": masked_pin(order.buyer),
        "buyerName": masked_name(order.buyer),
        "applyTime": beijing(slip.asked),
        "applyRefundSum": order.total,
        "status": slip.status,
        "checkTime": beijing(slip.checked) if slip.checked else None,
        "reason": "不想要了",
        "systemId": 28,
    }


def _reply(shop: Shop, call: Call) -> dict[str, Any]:
    slip = shop.slips.get(call.whole("id"))
    if slip is None or slip.status != 0:
        raise business("审核单不存在或已审核")
    if not call.text("checkUserName"):
        raise invalid("checkUserName")
    verdict = call.whole("status")
    if verdict not in (1, 2):
        raise invalid("status")
    checkout.review(shop, slip, verdict == 1, call.now)
    return {"replyResult": {"success": call.yes()}}


APIS: Final = {
    "jingdong.pop.afs.soa.refundapply.queryPageList": Api(_page),
    "jingdong.pop.afs.soa.refundapply.replyRefund": Api(_reply, write=True),
}
