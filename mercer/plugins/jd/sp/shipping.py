"""Telling JD of parcels through SP-API, which ships an order in parts."""

from __future__ import annotations

from typing import Any, Final

from mercer.core.contract import ItemOutcome
from mercer.core.errors import Rejected
from mercer.core.order import Order
from mercer.core.shipping import Shipment
from mercer.plugins.jd.carriers import code_of
from mercer.plugins.jd.shipping import judged, waybill
from mercer.plugins.jd.sp import orders
from mercer.plugins.jd.sp.wire import Call, SpApi
from mercer.plugins.outcomes import accepted, refused

_SHIP: Final = "/sp-order/v0/orders/{orderId}/shipments"


async def ship(sp: SpApi, shipment: Shipment) -> ItemOutcome:
    """The order is read first, because JD wants the SKU of each line beside its `skuUuid`."""
    order = await orders.one(sp, shipment.order)
    try:
        body = {"orderShipmentDTO": {"packageInfoList": [_package(order, shipment)]}}
    except Rejected as error:
        return refused(shipment.order, "", error)
    call = Call("POST", _SHIP, named={"orderId": shipment.order}, body=body)
    try:
        await sp.call(call, write=True)
    except Rejected as error:
        return judged(await orders.one(sp, shipment.order), shipment, error)
    return accepted(shipment.order)


def _package(order: Order | None, shipment: Shipment) -> dict[str, Any]:
    """`shipmentType` is left out: its values are UNVERIFIED."""
    if order is None:
        raise Rejected("JD has no such order")
    return {
        "companyId": int(code_of(shipment.carrier)),
        "waybillCode": waybill(shipment),
        "outboundGoodsFacetDTOList": _goods(order, shipment),
    }


def _goods(order: Order, shipment: Shipment) -> list[dict[str, Any]]:
    skus = {line.line: line.offer for line in order.lines}
    goods = []
    for packed in shipment.lines:
        if not (sku := skus.get(packed.line)):
            raise Rejected(f"the order has no line {packed.line}")
        row = {"skuId": int(sku), "skuNum": packed.quantity}
        goods.append(row if packed.line == sku else row | {"skuUuid": packed.line})
    return goods
