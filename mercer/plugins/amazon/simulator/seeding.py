"""What a seller account begins with: its credentials, and goods that have been on sale for long."""

from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal
from typing import Any

from mercer.core.money import Money
from mercer.core.product import ProductStatus, Sku
from mercer.plugins.amazon.marketplaces import MARKETPLACES, Marketplace
from mercer.plugins.amazon.simulator.language import language
from mercer.plugins.amazon.simulator.seller import Level, Seller, Stock
from mercer.plugins.amazon.simulator.shop import Item, Shop, Version
from mercer.plugins.simulation import FOR_LONG, ShopProduct


def seller(rng: random.Random) -> Seller:
    return Seller(
        id=f"A{rng.getrandbits(64):X}",
        client_id=f"amzn1.application-oa2-client.{rng.getrandbits(128):032x}",
        client_secret=f"amzn1.oa2-cs.v1.{rng.getrandbits(256):064x}",
        refresh_token=f"Atzr|{rng.getrandbits(256):064x}",
        aws_key_id=f"AKIA{rng.getrandbits(64):016X}",
        aws_secret=f"{rng.getrandbits(160):040x}",
        next_id=rng.randrange(10**9, 10**10),
    )


def marketplace(currency: str) -> Marketplace:
    """The first that sells in it. Raise `ValueError` where there is none."""
    for each in MARKETPLACES.values():
        if each.currency == currency:
            return each
    raise ValueError(f"no marketplace of Amazon's sells in {currency}")


def put(shop: Shop, product: ShopProduct, sku: Sku, now: datetime) -> None:
    """Stock that another marketplace of the seller was seeded with stays as it is."""
    since, price = now - FOR_LONG, product.prices[sku.sku]
    here = MARKETPLACES[shop.marketplace]
    if price.currency != here.currency:
        raise ValueError(f"{here.country} sells in {here.currency}")
    version = Version(since, since, _attributes(here, product, sku), price)
    version.closed = product.product.status is not ProductStatus.ACTIVE
    ours = {
        "fulfillment_channel_code": "DEFAULT",
        "quantity": product.quantities[sku.sku],
        "lead_time_to_ship_max_days": 2,
    }
    shop.seller.stock.setdefault(sku.sku, Stock([Level(since, since, [ours])]))
    shop.items[sku.sku] = Item(
        sku=sku.sku,
        asin=f"B{shop.new_id() % 36**9:09d}"[:10],
        product_type=(product.product.kind or "PRODUCT").upper().replace(" ", "_"),
        created=since,
        updated=since,
        versions=[version],
    )


def set_price(version: Version, price: Money) -> None:
    """Raise `ValueError` for another currency."""
    for offer in version.attributes["purchasable_offer"]:
        if offer["currency"] != price.currency:
            raise ValueError(f"the marketplace sells in {offer['currency']}")
        offer.update(_price(price))


def _attributes(here: Marketplace, product: ShopProduct, sku: Sku) -> dict[str, Any]:
    place = {"marketplace_id": here.id}
    tongue = {"language_tag": language(here), **place}
    own = product.product
    attributes: dict[str, Any] = {
        "item_name": [{"value": own.title, **tongue}],
        "purchasable_offer": [{**place, "audience": "ALL", **_price(product.prices[sku.sku])}],
    }
    if own.description:
        attributes["product_description"] = [{"value": own.description, **tongue}]
    return attributes


def _price(price: Money) -> dict[str, Any]:
    schedule = [{"value_with_tax": Decimal(price.plain)}]
    return {"currency": price.currency, "our_price": [{"schedule": schedule}]}
