"""Orders: what a buyer's order does to stock, and an order's way through its states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mercer.plugins.jd.simulator.goods import usable
from mercer.plugins.jd.simulator.shop import ON_SHELF, Buyer, Item, Order, Shop, Sku, Slip, Ware

UNPAID: Final = "NOT_PAY"
PAID: Final = "WAIT_SELLER_STOCK_OUT"
LOCKED: Final = "LOCKED"
SHIPPED: Final = "WAIT_GOODS_RECEIVE_CONFIRM"
DONE: Final = "FINISHED_L"
CANCELLED: Final = "TRADE_CANCELED"
SPLIT: Final = "PARENT_TRADE_CANCELED"


def place(shop: Shop, lines: Sequence[tuple[str, int]], buyer: Buyer, now: datetime) -> Order:
    """An unpaid order. Raise `KeyError` for an unknown code, `ValueError` where too few are on sale.

    Either all lines are taken or none.
    """
    chosen: list[tuple[Ware, Sku, int]] = []
    for code, count in lines:
        chosen.append((*_chosen(shop, code, count, chosen), count))
    order = Order(
        order_id=shop.new_id(),
        state=UNPAID,
        created=now,
        modified=now,
        buyer=buyer,
        items=[_item(shop, ware, sku, count) for ware, sku, count in chosen],
    )
    shop.orders[order.order_id] = order
    for ware, sku, count in chosen:
        sku.locked += count
        if not shop.stock_holds_bookings:
            sku.stock_num -= count
        sku.modified = ware.modified = now
    return order


def pay(shop: Shop, order: Order, now: datetime) -> None:
    _expect(order, UNPAID)
    for item, sku in _stocked(shop, order):
        sku.locked -= item.count
        sku.booked += item.count
    order.paid = now
    _move(order, PAID, now)


def ship(shop: Shop, order: Order, now: datetime, carrier: str = "", waybill: str = "") -> None:
    """A locked order must not be shipped."""
    _expect(order, PAID)
    for item, sku in _stocked(shop, order):
        sku.booked -= item.count
        if shop.stock_holds_bookings:
            sku.stock_num -= item.count
    order.carrier, order.waybill, order.shipped = carrier, waybill, now
    _move(order, SHIPPED, now)


def finish(order: Order, now: datetime) -> None:
    _expect(order, SHIPPED)
    order.ended = now
    _move(order, DONE, now)


def ask_refund(shop: Shop, order: Order, now: datetime) -> Slip:
    """The buyer of a paid order wants out: the order is locked until the slip is reviewed."""
    _expect(order, PAID)
    slip = Slip(shop.new_id(), order.order_id, 0, now)
    shop.slips[slip.id] = slip
    _move(order, LOCKED, now)
    return slip


def review(shop: Shop, slip: Slip, approved: bool, now: datetime) -> None:
    order = shop.orders[slip.order_id]
    _expect(order, LOCKED)
    slip.checked = now
    slip.status = 3 if approved else 2
    if approved:
        _released(shop, order, now)
    else:
        _move(order, PAID, now)


def cancel(shop: Shop, order: Order, now: datetime) -> None:
    """An unpaid order simply ends; a paid one by a slip that the seller approves."""
    if order.state == UNPAID:
        _released(shop, order, now)
    else:
        review(shop, ask_refund(shop, order, now), approved=True, now=now)


def split(shop: Shop, order: Order, now: datetime) -> list[Order]:
    """JD cuts a paid order into one for each line."""
    _expect(order, PAID)
    children = []
    for item in order.items:
        child = Order(
            order_id=shop.new_id(),
            state=PAID,
            created=order.created,
            modified=now,
            buyer=order.buyer,
            items=[item],
            paid=order.paid,
            parent=order.order_id,
        )
        shop.orders[child.order_id] = child
        children.append(child)
    _move(order, SPLIT, now)
    return children


def _released(shop: Shop, order: Order, now: datetime) -> None:
    for item, sku in _stocked(shop, order):
        if order.paid is None:
            sku.locked -= item.count
        else:
            sku.booked -= item.count
        if not shop.stock_holds_bookings:
            sku.stock_num += item.count
        sku.modified = now
    order.ended = now
    _move(order, CANCELLED, now)


def _chosen(
    shop: Shop, code: str, count: int, before: Sequence[tuple[Ware, Sku, int]]
) -> tuple[Ware, Sku]:
    offers = list(shop.coded(code))
    if not offers:
        raise KeyError(code)
    for ware, sku in offers:
        taken = sum(each for _, other, each in before if other is sku)
        if ware.status == ON_SHELF and 0 < count <= usable(shop, sku) - taken:
            return ware, sku
    raise ValueError(f"fewer than {count} of {code} are on sale")


def _item(shop: Shop, ware: Ware, sku: Sku, count: int) -> Item:
    values = " ".join(alias for _, _, alias in sku.attributes)
    return Item(
        id=shop.new_id(),
        sku_id=sku.sku_id,
        ware_id=ware.ware_id,
        outer_sku_id=sku.outer_id,
        name=f"{ware.title} {values}".strip(),
        price=sku.price,
        count=count,
    )


def _stocked(shop: Shop, order: Order) -> list[tuple[Item, Sku]]:
    skus = {sku.sku_id: sku for _, sku in shop.skus()}
    return [(item, skus[item.sku_id]) for item in order.items if item.sku_id in skus]


def _expect(order: Order, state: str) -> None:
    if order.state != state:
        raise ValueError(f"order {order.order_id} is {order.state}")


def _move(order: Order, state: str, now: datetime) -> None:
    order.state = state
    order.modified = now
