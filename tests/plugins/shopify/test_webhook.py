from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from mercer.core.contract import EventKind
from mercer.core.errors import AuthExpired, ProtocolBroken, SettingsError
from mercer.plugins.shopify.webhook import events, signature

from .conftest import Rig

SECRET = "hush-shopify-client-secret"
SHOP = "acme.myshopify.com"
LEVEL = (
    b'{"inventory_item_id":808950810,"location_id":905684977,"available":7,'
    b'"updated_at":"2026-11-22T12:00:00-05:00",'
    b'"admin_graphql_api_id":"gid://shopify/InventoryLevel/905684977?inventory_item_id=808950810"}'
)
NOTE = '{"id":820982911946154508,"note":"Grüße ✓"}'.encode()


def headers(topic: str, body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": signature(secret, body),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Webhook-Id": "delivery-1",
    }


def test_known_bodies_have_known_signatures() -> None:
    assert len(LEVEL) == 202
    assert signature(SECRET, LEVEL) == "8ndhHXOaDUhd6sYF13YCaUqq+GXsYT7Lp5xoFH70+uw="
    assert signature(SECRET, NOTE) == "QydaEtUJx5me87XCgmAxzBVsB+dpO7kc2PLCbZ+Jqfg="


def test_one_more_space_breaks_the_signature() -> None:
    assert signature(SECRET, LEVEL + b" ") == "tKKwUMmuLzaOsXfF+Y09GRQhzVr0nnFnRwHu5a0cBKg="
    with pytest.raises(AuthExpired):
        events(SECRET, SHOP, headers("orders/updated", LEVEL), LEVEL + b" ")


def test_a_delivery_without_signature_or_without_body_is_refused() -> None:
    with pytest.raises(AuthExpired):
        events(SECRET, SHOP, {"X-Shopify-Topic": "orders/updated"}, NOTE)
    with pytest.raises(AuthExpired):
        events(SECRET, SHOP, headers("orders/updated", b""), b"")


def test_a_signature_that_is_not_ascii_is_refused_like_any_other() -> None:
    with pytest.raises(AuthExpired):
        events(SECRET, SHOP, {"x-shopify-hmac-sha256": "ключ"}, NOTE)


@pytest.mark.parametrize(
    ("topic", "body", "kind", "id"),
    [
        ("orders/updated", NOTE, EventKind.ORDER, "820982911946154508"),
        ("returns/request", b'{"id":7,"order":{"id":1}}', EventKind.CASE, "return-7"),
        ("products/delete", b'{"id":788032119674292922}', EventKind.LISTING, "788032119674292922"),
        ("inventory_levels/update", LEVEL, EventKind.STOCK, "808950810"),
        ("app/uninstalled", b'{"id":1}', EventKind.AUTHORISATION, SHOP),
    ],
)
def test_a_delivery_names_what_is_to_be_read_again(
    topic: str, body: bytes, kind: EventKind, id: str
) -> None:
    (event,) = events(SECRET, SHOP, headers(topic, body), body)

    assert (event.kind, event.id, event.topic, event.key) == (kind, id, topic, "delivery-1")


def test_topics_that_nobody_follows_and_other_shops_name_nothing() -> None:
    assert events(SECRET, SHOP, headers("carts/update", NOTE), NOTE) == ()
    elsewhere = headers("orders/updated", NOTE) | {"X-Shopify-Shop-Domain": "b.myshopify.com"}
    assert events(SECRET, SHOP, elsewhere, NOTE) == ()


@pytest.mark.parametrize("body", [b"[]", b"nonsense", b'{"name":"#1"}'])
def test_a_signed_body_that_names_nothing_breaks_the_contract(body: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        events(SECRET, SHOP, headers("orders/updated", body), body)


async def test_the_adapter_checks_with_the_apps_own_secret_unless_told_another(rig: Rig) -> None:
    shop = {"X-Shopify-Shop-Domain": "main.myshopify.com"}
    delivery = headers("orders/updated", NOTE, rig.simulator.app.client_secret) | shop
    (event,) = rig.adapter().verify(delivery, NOTE)
    assert event.id == "820982911946154508"

    delivery = headers("orders/updated", NOTE) | shop
    (event,) = rig.adapter(webhook_secret=SECRET).verify(delivery, NOTE)
    assert event.id == "820982911946154508"


async def test_without_any_secret_the_adapter_says_which_setting_is_missing(rig: Rig) -> None:
    given = {"client_id": "", "client_secret": None, "access_token": "shpat_1"}
    with pytest.raises(SettingsError) as caught:
        rig.adapter(**given).verify({}, b"{}")

    assert "webhook_secret" in caught.value.hint


def order(**changes: object) -> bytes:
    content = {
        "id": 7,
        "updated_at": "2026-11-22T12:00:00-05:00",
        "line_items": [
            {"sku": "A", "quantity": 3, "current_quantity": 2},
            {"sku": "B", "quantity": 1},
            {"sku": "A", "quantity": 1, "current_quantity": 1},
            {"sku": None, "quantity": 1},
            {"sku": "C", "quantity": 1, "current_quantity": 0},
        ],
    }
    return json.dumps(content | changes).encode()


def test_an_orders_delivery_tells_what_its_buyer_still_gets_and_when() -> None:
    (event,) = events(SECRET, SHOP, headers("orders/updated", order()), order())

    assert event.took == (("A", 3), ("B", 1))
    assert event.at == datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [order(cancelled_at="2026-11-22T12:00:00Z"), order(line_items=None), order(line_items=[7])],
)
def test_an_order_that_is_cancelled_or_tells_no_lines_took_nothing(body: bytes) -> None:
    (event,) = events(SECRET, SHOP, headers("orders/cancelled", body), body)

    assert event.took == ()


def test_a_delivery_without_a_time_inside_has_that_of_its_header() -> None:
    given = headers("orders/updated", NOTE) | {"X-Shopify-Triggered-At": "2026-11-22T12:00:00.5Z"}
    (event,) = events(SECRET, SHOP, given, NOTE)
    assert event.at == datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)

    (event,) = events(SECRET, SHOP, given | {"X-Shopify-Triggered-At": "noon"}, NOTE)
    assert event.at is None


def test_a_refund_names_its_order_and_its_case() -> None:
    body = b'{"id":1,"order_id":7}'
    first, second = events(SECRET, SHOP, headers("refunds/create", body), body)

    assert (first.kind, first.id, first.key) == (EventKind.ORDER, "7", "delivery-1")
    assert (second.kind, second.id, second.key) == (EventKind.CASE, "refund-1", "delivery-1/case")
