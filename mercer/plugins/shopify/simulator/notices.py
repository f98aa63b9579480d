"""Webhooks: what the shop tells its app, in the REST-shaped bodies that Shopify sends.

Two subscriptions hear of one change (`orders/paid`, `orders/updated`): they share its event id. Who
does not collect loses the oldest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final
from zoneinfo import ZoneInfo

from mercer.core.money import Money
from mercer.plugins.shopify.simulator.order_state import LineItem, Order, Refund, Return
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.shopify.simulator.state import Delivery
from mercer.plugins.shopify.webhook import SIGNATURE, signature
from mercer.plugins.simulation import Notice

MOST_WAITING: Final = 5_000


def tell(shop: Shop, order: Order, *topics: str) -> None:
    _send(shop, _order(shop, order), *topics)


def tell_refund(shop: Shop, order: Order, refund: Refund) -> None:
    _send(shop, _refund(shop, order, refund), "refunds/create")


def tell_return(shop: Shop, order: Order, found: Return, topic: str) -> None:
    body = {
        "id": found.id,
        "admin_graphql_api_id": _gid("Return", found.id),
        "name": found.name,
        "status": found.status.lower(),
        "order": {"id": order.id, "admin_graphql_api_id": _gid("Order", order.id)},
        "created_at": _local(shop, found.created_at),
    }
    _send(shop, body, topic)


def collected(shop: Shop, secret: str) -> Iterator[Notice]:
    """Everything that waits, signed; afterwards nothing does."""
    waiting, shop.state.outbox = shop.state.outbox[-MOST_WAITING:], []
    for each in waiting:
        body = each.body.encode()
        headers = {
            "content-type": "application/json",
            "x-shopify-topic": each.topic,
            "x-shopify-shop-domain": shop.state.domain,
            "x-shopify-api-version": "2026-10",
            "x-shopify-webhook-id": each.id,
            "x-shopify-event-id": each.event,
            "x-shopify-triggered-at": f"{each.at:%Y-%m-%dT%H:%M:%S.%f}Z",
            SIGNATURE: signature(secret, body),
        }
        yield Notice(each.at, headers, body)


def _send(shop: Shop, body: dict[str, Any], *topics: str) -> None:
    text = json.dumps(body, ensure_ascii=False)
    event = _token(shop)
    outbox = shop.state.outbox
    outbox += [Delivery(_token(shop), event, topic, shop.moment(), text) for topic in topics]
    if len(outbox) > 2 * MOST_WAITING:
        del outbox[:-MOST_WAITING]


def _token(shop: Shop) -> str:
    digest = hashlib.sha256(f"{shop.state.domain} {shop.state.new_id()}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def _order(shop: Shop, order: Order) -> dict[str, Any]:
    total = Money.zero(shop.state.currency)
    for line in order.lines:
        total += line.unit_price * line.quantity
    fulfilment = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}
    return {
        "id": order.id,
        "admin_graphql_api_id": _gid("Order", order.id),
        "name": order.name,
        "order_number": int(order.name.removeprefix("#")),
        "created_at": _local(shop, order.created_at),
        "updated_at": _local(shop, order.updated_at),
        "cancelled_at": _local(shop, order.cancelled_at) if order.cancelled_at else None,
        "financial_status": order.display_financial_status.lower(),
        "fulfillment_status": fulfilment.get(order.display_fulfillment_status),
        "currency": shop.state.currency,
        "total_price": total.plain,
        **_person(shop, order),
        "line_items": [_line(line) for line in order.lines],
    }


def _person(shop: Shop, order: Order) -> dict[str, Any]:
    if not shop.state.shows_customers:
        return {"email": None, "phone": None, "customer": None, "shipping_address": None}
    customer = shop.state.customers.get(order.customer or 0)
    address = order.shipping_address
    return {
        "email": order.email,
        "phone": order.phone,
        "customer": customer
        and {
            "id": customer.id,
            "email": customer.email,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "phone": customer.phone,
        },
        "shipping_address": address
        and {
            "name": address.name,
            "phone": address.phone,
            "address1": address.address1,
            "city": address.city,
            "province_code": address.province_code,
            "zip": address.zip,
            "country_code": address.country_code_v2,
        },
    }


def _line(line: LineItem) -> dict[str, Any]:
    return {
        "id": line.id,
        "admin_graphql_api_id": _gid("LineItem", line.id),
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "current_quantity": line.current_quantity,
        "fulfillable_quantity": line.unfulfilled_quantity,
        "price": line.unit_price.plain,
        "product_id": line.product,
        "variant_id": line.variant,
    }


def _refund(shop: Shop, order: Order, refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "admin_graphql_api_id": _gid("Refund", refund.id),
        "order_id": order.id,
        "created_at": _local(shop, refund.created_at),
        "refund_line_items": [
            {
                "id": row.id,
                "line_item_id": row.line,
                "quantity": row.quantity,
                "restock_type": row.restock_type.lower(),
                "subtotal": row.subtotal.plain,
            }
            for row in refund.lines
        ],
    }


def _local(shop: Shop, moment: Any) -> str:
    """Webhooks tell the shop's own time, unlike GraphQL."""
    return str(moment.astimezone(ZoneInfo(shop.state.zone)).isoformat())


def _gid(kind: str, id: int) -> str:
    return f"gid://shopify/{kind}/{id}"
