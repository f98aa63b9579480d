"""What happens to an order until it has shipped, whoever does it: buyers, the back office, the API."""

from __future__ import annotations

from collections.abc import Sequence

from mercer.plugins.shopify.simulator import notices
from mercer.plugins.shopify.simulator.order_state import (
    Customer,
    Fulfillment,
    FulfillmentLineItem,
    FulfillmentOrder,
    FulfillmentOrderLineItem,
    LineItem,
    MailingAddress,
    Order,
)
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.shopify.simulator.state import ProductVariant
from mercer.plugins.simulation import Buyer

OPEN = frozenset({"OPEN", "IN_PROGRESS"})
"""Statuses of a fulfillment order of which may be shipped."""


def place(
    shop: Shop, wanted: Sequence[tuple[ProductVariant, int]], buyer: Buyer, *, paid: bool
) -> Order:
    """Units are committed when the order is placed, paid or not. Raise `ValueError` if too few."""
    location = shop.location
    counts: dict[int, int] = {}
    for variant, quantity in wanted:
        counts[variant.id] = counts.get(variant.id, 0) + quantity
        if shop.has_too_few(variant, location, counts[variant.id]):
            raise ValueError(f"{variant.sku}: fewer than {counts[variant.id]} are available")
    lines = [_line(shop, variant, quantity, location) for variant, quantity in wanted]
    shop.state.last_order += 1
    order = Order(
        id=shop.state.new_id(),
        name=f"#{shop.state.last_order}",
        created_at=shop.now(),
        updated_at=shop.now(),
        location=location,
        display_financial_status="PAID" if paid else "PENDING",
        lines=lines,
        customer=_customer(shop, buyer).id,
        email=buyer.email,
        shipping_address=_address(shop, buyer),
    )
    order.fulfillment_orders.append(_fulfillment_order(shop, order))
    shop.book.add(order)
    notices.tell(shop, order, "orders/create")
    if paid:
        notices.tell(shop, order, "orders/paid")
    return order


def pay(shop: Shop, order: Order) -> None:
    """Twice is once. Raise `ValueError` for an order that is cancelled."""
    if order.cancelled_at is not None:
        raise ValueError(f"order {order.name} is cancelled")
    if order.display_financial_status == "PENDING":
        order.display_financial_status = "PAID"
        shop.book.touch(order)
        notices.tell(shop, order, "orders/paid", "orders/updated")


def hold(shop: Shop, order: Order) -> None:
    for each in order.fulfillment_orders:
        if each.status in OPEN:
            each.status = "ON_HOLD"
    order.display_fulfillment_status = "ON_HOLD"
    shop.book.touch(order)
    notices.tell(shop, order, "orders/updated")


def fulfill(
    shop: Shop,
    order: Order,
    rows: Sequence[tuple[FulfillmentOrder, FulfillmentOrderLineItem, int]],
    company: str | None,
    numbers: Sequence[str],
) -> Fulfillment:
    """So many units of each row leave. What is on hand falls, what is available does not."""
    sent = []
    for fulfillment_order, row, quantity in rows:
        line = order.line(row.line)
        row.remaining_quantity -= quantity
        line.unfulfilled_quantity -= quantity
        shop.send_off(line.variant, fulfillment_order.location, quantity)
        sent.append(FulfillmentLineItem(shop.state.new_id(), line.id, quantity))
    made = Fulfillment(
        id=shop.state.new_id(),
        name=f"{order.name}-F{len(order.fulfillments) + 1}",
        created_at=shop.now(),
        company=company,
        numbers=list(numbers),
        lines=sent,
    )
    order.fulfillments.append(made)
    for fulfillment_order, _, _ in rows:
        fulfillment_order.status = "IN_PROGRESS"
    reckon(order)
    shop.book.touch(order)
    whole = order.display_fulfillment_status == "FULFILLED"
    topic = "orders/fulfilled" if whole else "orders/partially_fulfilled"
    notices.tell(shop, order, topic, "orders/updated")
    return made


def reckon(order: Order) -> None:
    """Close what has nothing left, and say of the order what follows from its lines."""
    for each in order.fulfillment_orders:
        if not any(row.remaining_quantity for row in each.lines):
            each.status = "CLOSED"
    if order.fulfillments:
        left = any(line.unfulfilled_quantity for line in order.lines)
        order.display_fulfillment_status = "PARTIALLY_FULFILLED" if left else "FULFILLED"


def take_off(shop: Shop, order: Order, line: LineItem, quantity: int) -> None:
    """Units that had not shipped are no longer wanted, and are on the shelf again."""
    line.current_quantity -= quantity
    line.unfulfilled_quantity -= quantity
    shop.commit(line.variant, order.location, -quantity)
    left = quantity
    for each in order.fulfillment_orders:
        for row in each.lines:
            if row.line == line.id:
                taken = min(left, row.remaining_quantity)
                row.remaining_quantity -= taken
                row.total_quantity -= taken
                left -= taken


def _line(shop: Shop, variant: ProductVariant, quantity: int, location: int) -> LineItem:
    shop.commit(variant.id, location, quantity)
    return LineItem(
        id=shop.state.new_id(),
        product=variant.product,
        variant=variant.id,
        sku=variant.sku,
        title=shop.state.products[variant.product].title,
        quantity=quantity,
        current_quantity=quantity,
        unfulfilled_quantity=quantity,
        unit_price=variant.price,
    )


def _fulfillment_order(shop: Shop, order: Order) -> FulfillmentOrder:
    rows = [
        FulfillmentOrderLineItem(shop.state.new_id(), line.id, line.quantity, line.quantity)
        for line in order.lines
    ]
    return FulfillmentOrder(shop.state.new_id(), order.id, order.location, rows)


def _customer(shop: Shop, buyer: Buyer) -> Customer:
    """The same buyer is the same customer."""
    state = shop.state
    if buyer.key not in state.buyers:
        first, _, last = buyer.name.partition(" ")
        made = Customer(state.new_id(), first, last, buyer.email, buyer.phone)
        state.customers[made.id] = made
        state.buyers[buyer.key] = made.id
    return state.customers[state.buyers[buyer.key]]


def _address(shop: Shop, buyer: Buyer) -> MailingAddress:
    return MailingAddress(
        id=shop.state.new_id(),
        name=buyer.name,
        phone=buyer.phone,
        address1=buyer.street,
        city=buyer.city,
        province_code=buyer.region,
        zip=buyer.postcode,
        country_code_v2=buyer.country,
    )
