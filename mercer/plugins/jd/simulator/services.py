"""Service orders (服务单): what buyers want for goods that were shipped. Amounts are yuan here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from mercer.core.after_sales import CaseKind
from mercer.plugins.gateway import within
from mercer.plugins.jd.simulator import checkout
from mercer.plugins.jd.simulator.people import masked_name, masked_phone, masked_pin
from mercer.plugins.jd.simulator.protocol import (
    Api,
    Call,
    business,
    invalid,
    milliseconds,
)
from mercer.plugins.jd.simulator.shop import Item, Order, Service, Shop
from mercer.plugins.simulation import Lines
from mercer.plugins.yuan import in_yuan

EXPECTS: Final = {CaseKind.RETURN: 10, CaseKind.REFUND: 11, CaseKind.EXCHANGE: 20}

TO_REVIEW: Final = 10001
CLOSED: Final = 10004
AWAITED: Final = 10005
ARRIVED: Final = 10007
DONE: Final = 10010
WITHDRAWN: Final = 10011

_OPEN: Final = frozenset({TO_REVIEW, AWAITED, ARRIVED})
_EXCHANGED: Final = 80
_PAID_OUT: Final = 100
_REFUND_PAID: Final = 13
_LONGEST_BY_APPLICATION: Final = timedelta(days=7)
_LONGEST_BY_APPROVAL: Final = timedelta(days=10)


def ask(shop: Shop, order: Order, lines: Lines, kind: CaseKind, now: datetime) -> Service:
    """Raise `ValueError` for an order that has not shipped, and for more than one SKU: JD opens a
    service order for each.
    """
    if order.state not in (checkout.SHIPPED, checkout.DONE):
        raise ValueError(f"order {order.order_id} is {order.state}")
    if len(lines) != 1:
        raise ValueError("a service order is about one SKU")
    ((code, units),) = lines
    item = _chosen(order, code, units)
    item.asked_back += units
    service = Service(
        id=shop.new_id(),
        order_id=order.order_id,
        item_id=item.id,
        count=units,
        expect=EXPECTS[kind],
        status=TO_REVIEW,
        asked=now,
        changed=now,
    )
    shop.services[service.id] = service
    return service


def step(service: Service, status: int, now: datetime) -> None:
    """The seller agrees, or the goods arrive."""
    _expect_open(service)
    service.status = status
    service.approved = service.approved or now
    service.changed = now


def settle(shop: Shop, service: Service, *, agreed: bool, now: datetime) -> None:
    """Goods that came back do not return to the shelf: JD leaves that to the seller."""
    _expect_open(service)
    service.approved = service.approved or now
    service.changed = now
    item = item_of(shop, service)
    if not agreed:
        service.status = CLOSED
        item.asked_back -= service.count
        return
    service.status, service.processed = DONE, now
    exchanged = service.expect == EXPECTS[CaseKind.EXCHANGE]
    service.result = _EXCHANGED if exchanged else _PAID_OUT
    service.refund = 0 if exchanged else item.price * service.count


def item_of(shop: Shop, service: Service) -> Item:
    items = shop.orders[service.order_id].items
    return next(item for item in items if item.id == service.item_id)


def _chosen(order: Order, code: str, units: int) -> Item:
    for item in order.items:
        if item.outer_sku_id == code and 0 < units <= item.count - item.asked_back:
            return item
    raise ValueError(f"order {order.order_id} has not so many units of {code}")


def _expect_open(service: Service) -> None:
    if service.status not in _OPEN:
        raise ValueError(f"service order {service.id} is {service.status}")


# ---------------------------------------------------------------- on the wire


def _sync(shop: Shop, call: Call) -> dict[str, Any]:
    """By change, oldest first (UNVERIFIED)."""
    window = _pair(call, "updateTime")
    found = [each for each in _asked_for(shop, call) if within(each.changed, *window)]
    found.sort(key=lambda each: (each.changed, each.id))
    return _page(call, [_row(shop, each) for each in found])


def _refunds(shop: Shop, call: Call) -> dict[str, Any]:
    """Services with what was refunded: of an order, or of a short time."""
    applied = _pair(call, "applyTime", _LONGEST_BY_APPLICATION)
    approved = _pair(call, "approveTime", _LONGEST_BY_APPROVAL)
    if not call.text("orderId") and applied == approved == (None, None):
        raise invalid("orderId")
    found = [
        each
        for each in _asked_for(shop, call)
        if within(each.asked, *applied)
        and (approved == (None, None) or (each.approved and within(each.approved, *approved)))
    ]
    return _page(call, [_refund_row(shop, each) for each in found])


def _asked_for(shop: Shop, call: Call) -> list[Service]:
    """Whose shop, who asks, and of which order if one is named."""
    if call.text("buId") != str(shop.vender_id):
        raise business("商家编号不正确")
    for name in ("operatePin", "operateNick"):
        if not call.text(name):
            raise invalid(name)
    order = call.text("orderId")
    return [each for each in shop.services.values() if order in ("", str(each.order_id))]


def _pair(
    call: Call, name: str, longest: timedelta | None = None
) -> tuple[datetime | None, datetime | None]:
    since, until = call.moment(f"{name}Begin"), call.moment(f"{name}End")
    if (since is None) is not (until is None):
        raise invalid(f"{name}End")
    if since and until and longest and until - since > longest:
        raise business(f"{name}跨度不能超过{longest.days}天")
    return since, until


def _page(call: Call, found: list[dict[str, Any]]) -> dict[str, Any]:
    first, size = call.page("pageNumber", "pageSize", 10, 50)
    page = found[first : first + size]
    told = {"success": call.yes(), "code": "00000", "totalCount": len(found), "data": page}
    return {"pageResult": told}


def _row(shop: Shop, service: Service) -> dict[str, Any]:
    item, order = item_of(shop, service), shop.orders[service.order_id]
    return {
        "applyId": service.id + 1,
        "serviceId": service.id,
        "orderId": service.order_id,
        "applyTime": milliseconds(service.asked),
        "approveTime": milliseconds(service.approved),
        "processTime": milliseconds(service.processed),
        "customerExpect": service.expect,
        "serviceStatus": service.status,
        "serviceCount": service.count,
        "processResult": service.result,
        "skuId": item.sku_id,
        "skuUuid": item.uuid,
        "wareId": item.sku_id,
        "wareName": item.name,
        "actualPayPrice": item.price / 100,
        "customerPin": masked_pin(order.buyer),
        "customerName": masked_name(order.buyer),
        "customerTel": masked_phone(order.buyer),
    }


def _refund_row(shop: Shop, service: Service) -> dict[str, Any]:
    """`refoundAmount` is JD's spelling."""
    paid = service.refund > 0
    return {
        "afsRefundId": service.id + 2 if paid else None,
        "status": _REFUND_PAID if paid else None,
        "completeTime": milliseconds(service.processed) if paid else None,
        "refoundAmount": in_yuan(service.refund) if paid else None,
        "sameOrderServiceBill": {
            "serviceId": service.id,
            "orderId": service.order_id,
            "wareId": item_of(shop, service).sku_id,
            "serviceCount": service.count,
            "afsApplyTime": milliseconds(service.asked),
        },
    }


APIS: Final = {
    "jingdong.asc.sync.list": Api(_sync),
    "jingdong.asc.serviceAndRefund.view": Api(_refunds),
}
