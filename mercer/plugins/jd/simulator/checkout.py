"""Orders: what a buyer's order does to stock, and an order's way through its states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from mercer.plugins.basket import taken
from mercer.plugins.jd.simulator.goods import usable
from mercer.plugins.jd.simulator.shop import (
    ON_SHELF,
    Item,
    Order,
    Package,
    Shop,
    Sku,
    Slip,
    Ware,
)
from mercer.plugins.simulation import Buyer, Lines

UNPAID: Final = "NOT_PAY"
PAID: Final = "WAIT_SELLER_STOCK_OUT"
LOCKED: Final = "LOCKED"
SHIPPED: Final = "WAIT_GOODS_RECEIVE_CONFIRM"
DONE: Final = "FINISHED_L"
CANCELLED: Final = "TRADE_CANCELED"
SPLIT: Final = "PARENT_TRADE_CANCELED"


def place(shop: Shop, lines: Lines, buyer: Buyer, now: datetime) -> Order:
    """An unpaid order. Raise `KeyError` for an unknown code, `ValueError` where too few are on sale.

    Either all lines are taken or none.
    """
    chosen = taken(lines, shop.coded, partial(_on_sale, shop))
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


def ship(
    shop: Shop,
    order: Order,
    now: datetime,
    carrier: str = "",
    waybill: str = "",
    goods: Mapping[int, int] | None = None,
) -> None:
    """A package with `goods`, units by item; without them with all that is left.

    A locked order must not be shipped. The order moves on once nothing is left.
    """
    for package in order.packages:
        package.told += bool(waybill) and package.waybill == waybill
    _expect(order, PAID)
    left = {item.id: item.count - item.shipped for item in order.items if item.count > item.shipped}
    packed = dict(left if goods is None else goods)
    if not packed or any(not 0 < units <= left.get(item, 0) for item, units in packed.items()):
        raise ValueError(f"order {order.order_id} has not so many units left")
    if waybill and any(package.waybill == waybill for package in order.packages):
        raise ValueError(f"order {order.order_id} has a package {waybill} already")
    for item in order.items:
        item.shipped += packed.get(item.id, 0)
    for item, sku in _stocked(shop, order):
        sku.booked -= packed.get(item.id, 0)
        if shop.stock_holds_bookings:
            sku.stock_num -= packed.get(item.id, 0)
    order.packages.append(Package(len(order.packages) + 1, carrier, waybill, now, packed))
    done = all(item.shipped == item.count for item in order.items)
    order.in_parts = order.in_parts or not done
    if done:
        order.shipped = now
    _move(order, SHIPPED if done else PAID, now)


def finish(order: Order, now: datetime) -> None:
    _expect(order, SHIPPED)
    order.ended = now
    _move(order, DONE, now)


def ask_refund(shop: Shop, order: Order, now: datetime) -> Slip:
    """The buyer of a paid order wants out: the order is locked until the slip is reviewed."""
    _expect(order, PAID)
    if order.packages:
        raise ValueError(f"order {order.order_id} has shipped in part")
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


def withdraw(shop: Shop, slip: Slip, now: datetime) -> None:
    """The buyer wants the order after all. Nothing dates that on the slip."""
    order = shop.orders[slip.order_id]
    _expect(order, LOCKED)
    slip.status = 11
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
    if order.packages:
        raise ValueError(f"order {order.order_id} has shipped in part")
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


def _on_sale(shop: Shop, ware: Ware, sku: Sku) -> int:
    return usable(shop, sku) if ware.status == ON_SHELF else 0


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
    """The order's lines whose SKUs are still in the shop."""
    found = []
    for item in order.items:
        ware = shop.wares.get(item.ware_id)
        found += [(item, sku) for sku in (ware.skus if ware else ()) if sku.sku_id == item.sku_id]
    return found


def _expect(order: Order, state: str) -> None:
    if order.state != state:
        raise ValueError(f"order {order.order_id} is {order.state}")


def _move(order: Order, state: str, now: datetime) -> None:
    order.state = state
    order.modified = now
