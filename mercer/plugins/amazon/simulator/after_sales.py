"""What buyers ask for once they have ordered: a cancellation within the order, a return as an RMA."""

from __future__ import annotations

from datetime import datetime

from mercer.core.after_sales import CaseKind
from mercer.core.money import Money
from mercer.plugins.amazon.after_sales_mapping import CANCELLATION
from mercer.plugins.amazon.simulator.checkout import cancel
from mercer.plugins.amazon.simulator.notices import cancellation_asked
from mercer.plugins.amazon.simulator.shipping import take
from mercer.plugins.amazon.simulator.shop import Order, Package, Return, Shop
from mercer.plugins.simulation import Lines

_WISH = "Ordered by mistake"


def ask(shop: Shop, order: Order, lines: Lines, kind: CaseKind, now: datetime) -> str:
    """Raise `ValueError` where Amazon has no such case, or not for this order now."""
    units = _units(order, lines)
    match kind:
        case CaseKind.CANCELLATION if order.status in ("UNSHIPPED", "PARTIALLY_SHIPPED"):
            return _ask_to_cancel(shop, order, units, now)
        case CaseKind.RETURN if order.status in ("SHIPPED", "PARTIALLY_SHIPPED"):
            fulfilled = {line.id: line.fulfilled for line in order.lines}
            if any(count > fulfilled[line] for line, count in units.items()):
                raise ValueError("only what has shipped can come back")
            asked = Return(f"D{shop.new_id():x}RRMA", order.id, units, now)
            shop.returns[asked.rma] = asked
            return asked.rma
    raise ValueError(f"no {kind.value} of an order that is {order.status}")


def settle(shop: Shop, case: str, now: datetime, *, agreed: bool) -> None:
    """A seller grants a cancellation by cancelling, and refuses it by shipping all the same."""
    asked = shop.returns.get(case)
    if asked is not None:
        _settle_return(shop, asked, now, agreed=agreed)
        return
    order = shop.orders[case.removeprefix(CANCELLATION)]
    wished = [line for line in order.lines if line.wish and not line.cancelled_by]
    if agreed:
        cancel(shop, order, now, by="MERCHANT", lines=[line.id for line in wished])
        return
    units = {line.id: line.quantity - order.packed(line.id) for line in wished}
    reference = str(1 + len(order.packages))
    take(shop, order, Package(reference, "Other", "Standard", case, now, now, now, units))


def _ask_to_cancel(shop: Shop, order: Order, units: dict[str, int], now: datetime) -> str:
    """Whole lines: Amazon's request names no quantity."""
    for line in order.lines:
        if line.id in units and not order.packed(line.id):
            line.wish = _WISH
    if not any(line.wish for line in order.lines):
        raise ValueError(f"order {order.id} has left already")
    order.updated = now
    cancellation_asked(shop, order, now)
    return CANCELLATION + order.id


def _settle_return(shop: Shop, asked: Return, now: datetime, *, agreed: bool) -> None:
    """Goods that come back are the seller's to put on the shelf again."""
    if not agreed:
        asked.status = "Denied"
        return
    lines = [line for line in shop.orders[asked.order].lines if line.id in asked.units]
    parts: list[Money] = [line.price * asked.units[line.id] for line in lines]
    asked.status, asked.resolution = "Completed", "StandardRefund"
    asked.delivered_at, asked.refunded = now, sum(parts[1:], start=parts[0])


def _units(order: Order, lines: Lines) -> dict[str, int]:
    """By line. Raise `KeyError` for a code that the order does not have."""
    by_code = {line.sku: line for line in order.lines}
    units: dict[str, int] = {}
    for code, count in lines:
        line = by_code[code]
        if not 0 < count <= line.quantity:
            raise ValueError(f"the order has {line.quantity} of {code}")
        units[line.id] = count
    return units
