"""What happens to an order afterwards: cancelled, paid back, sent back, exchanged."""

from __future__ import annotations

from collections.abc import Sequence

from mercer.core.money import Money
from mercer.plugins.shopify.simulator import notices
from mercer.plugins.shopify.simulator.checkout import reckon, take_off
from mercer.plugins.shopify.simulator.order_state import (
    ExchangeLineItem,
    FulfillmentLineItem,
    LineItem,
    Order,
    Refund,
    RefundLineItem,
    Return,
    ReturnLineItem,
)
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.simulation import Lines

ALREADY_CANCELLED = "Cannot cancel an order that has already been canceled"
OUTSTANDING = "Cannot cancel an order that has outstanding fulfillments"

_ENDED = frozenset({"CANCELED", "DECLINED"})


def cancel(
    shop: Shop,
    order: Order,
    *,
    reason: str = "CUSTOMER",
    restock: bool = True,
    refunded: bool = True,
) -> None:
    """A cancelled order's lines have nothing left of them.

    Raise `ValueError` in Shopify's words if it has shipped or was cancelled.
    """
    if order.cancelled_at is not None:
        raise ValueError(ALREADY_CANCELLED)
    if order.fulfillments:
        raise ValueError(OUTSTANDING)
    rows = [(line, line.unfulfilled_quantity) for line in order.lines]
    for line, quantity in rows:
        take_off(shop, order, line, quantity)
        if not restock:
            shop.send_off(line.variant, order.location, quantity)
            shop.commit(line.variant, order.location, quantity)
    if order.paid and refunded:
        made = _pay_back(shop, order, rows, "CANCEL")
        notices.tell_refund(shop, order, made)
    elif not order.paid:
        order.display_financial_status = "VOIDED"
    for each in order.fulfillment_orders:
        each.status = "CLOSED"
    order.cancel_reason = reason
    order.cancelled_at = shop.now()
    shop.book.touch(order)
    notices.tell(shop, order, "orders/cancelled", "orders/updated")


def refund(shop: Shop, order: Order, rows: Sequence[tuple[LineItem, int]]) -> Refund:
    """The back office pays units back: those that had not shipped are taken off the order.

    Raise `ValueError` where more is to be paid back than was bought.
    """
    for line, quantity in rows:
        if quantity > line.current_quantity:
            raise ValueError("Quantity cannot refund more items than were purchased")
    unshipped = all(quantity <= line.unfulfilled_quantity for line, quantity in rows)
    for line, quantity in rows:
        if unshipped:
            take_off(shop, order, line, quantity)
        else:
            line.current_quantity -= quantity
    made = _pay_back(shop, order, rows, "CANCEL" if unshipped else "NO_RESTOCK")
    reckon(order)
    shop.book.touch(order)
    notices.tell(shop, order, "orders/updated")
    notices.tell_refund(shop, order, made)
    return made


def open_return(shop: Shop, order: Order, wanted: Lines, *, exchanged: bool) -> Return:
    """The buyer asks to send (SKU, units) back; an exchange the back office opens for the buyer.

    Raise `ValueError` where fewer have shipped and are not on their way back yet.
    """
    now = shop.now()
    rows = [
        ReturnLineItem(shop.state.new_id(), sent.id, units, "unwanted")
        for sku, quantity in wanted
        for sent, units in _sent(order, sku, quantity)
    ]
    made = Return(
        id=shop.state.new_id(),
        order=order.id,
        name=f"{order.name}-R{len(order.returns) + 1}",
        status="OPEN" if exchanged else "REQUESTED",
        created_at=now,
        lines=rows,
        request_approved_at=now if exchanged else None,
    )
    if exchanged:
        variants = {line.sku: line.variant for line in order.lines}
        made.exchanged = [
            ExchangeLineItem(shop.state.new_id(), variants[sku], quantity)
            for sku, quantity in wanted
        ]
    order.returns.append(made)
    shop.book.touch(order)
    notices.tell_return(shop, order, made, "returns/approve" if exchanged else "returns/request")
    return made


def settle(shop: Shop, found: Return, *, agreed: bool) -> None:
    """The goods are back, and are paid back unless exchanged; or nothing comes of it.

    What came back is not on the shelf again until somebody puts it there. Twice is once.
    """
    if found.closed_at is not None or found.status in _ENDED:
        return
    order = shop.state.orders[found.order]
    if not agreed:
        found.status = "CANCELED" if found.request_approved_at else "DECLINED"
        topic = "returns/cancel" if found.request_approved_at else "returns/decline"
    else:
        if not found.exchanged:
            rows = [(_line_of(order, row.shipped), row.quantity) for row in found.lines]
            for line, quantity in rows:
                line.current_quantity -= quantity
            made = _pay_back(shop, order, rows, "NO_RESTOCK", found.id)
            notices.tell_refund(shop, order, made)
        found.request_approved_at = found.request_approved_at or shop.now()
        found.status, found.closed_at = "CLOSED", shop.now()
        topic = "returns/close"
    shop.book.touch(order)
    notices.tell_return(shop, order, found, topic)
    notices.tell(shop, order, "orders/updated")


def return_status(order: Order) -> str:
    """What Shopify says of an order from its returns, in this order."""
    statuses = {each.status for each in order.returns}
    if "REQUESTED" in statuses:
        return "RETURN_REQUESTED"
    if "OPEN" in statuses:
        return "IN_PROGRESS"
    return "RETURNED" if "CLOSED" in statuses else "NO_RETURN"


def _pay_back(
    shop: Shop,
    order: Order,
    rows: Sequence[tuple[LineItem, int]],
    restock_type: str,
    return_id: int | None = None,
) -> Refund:
    total = Money.zero(shop.state.currency)
    lines = []
    for line, quantity in rows:
        subtotal = line.unit_price * quantity
        total += subtotal
        lines.append(RefundLineItem(shop.state.new_id(), line.id, quantity, restock_type, subtotal))
    now = shop.now()
    made = Refund(shop.state.new_id(), now, now, return_id, total, lines)
    order.refunds.append(made)
    if order.paid:
        whole = not any(line.current_quantity for line in order.lines)
        order.display_financial_status = "REFUNDED" if whole else "PARTIALLY_REFUNDED"
    return made


def _sent(order: Order, sku: str, quantity: int) -> list[tuple[FulfillmentLineItem, int]]:
    """Shipped units of a SKU that are not in a return already."""
    coming: dict[int, int] = {}
    for each in order.returns:
        if each.status not in _ENDED:
            for row in each.lines:
                coming[row.shipped] = coming.get(row.shipped, 0) + row.quantity
    lines = {line.id for line in order.lines if line.sku == sku}
    found = []
    left = quantity
    for fulfillment in order.fulfillments:
        for sent in fulfillment.lines:
            units = min(left, sent.quantity - coming.get(sent.id, 0))
            if sent.line in lines and units > 0:
                found.append((sent, units))
                left -= units
    if left:
        raise ValueError(f"Return line item has an invalid quantity: {sku}")
    return found


def _line_of(order: Order, shipped: int) -> LineItem:
    return next(
        order.line(sent.line)
        for fulfillment in order.fulfillments
        for sent in fulfillment.lines
        if sent.id == shipped
    )
