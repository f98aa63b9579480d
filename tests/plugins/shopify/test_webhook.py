from __future__ import annotations

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
        ("refunds/create", b'{"id":1,"order_id":7}', EventKind.ORDER, "7"),
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
