"""A simulated seller account at Amazon: SP-API on the wire, and its back door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from mercer.core.account import Channel
from mercer.core.listing import ListingStatus
from mercer.core.money import Money
from mercer.core.product import ProductStatus, Sku
from mercer.plugins.amazon.marketplaces import MARKETPLACES, Marketplace
from mercer.plugins.amazon.simulator import checkout, notices
from mercer.plugins.amazon.simulator.app import LWA, App
from mercer.plugins.amazon.simulator.listings import judge
from mercer.plugins.amazon.simulator.shop import STATE, Item, Shop, Version
from mercer.plugins.simulation import Edit, ShopProduct, Truth, World

_FOR_LONG: Final = timedelta(days=30)


class AmazonSimulator:
    """In the first marketplace that sells in the channel's currency."""

    def __init__(self, channel: Channel, world: World) -> None:
        self._world = world
        rng = world.rng
        shop = Shop(
            name=channel.name,
            seller=f"A{rng.getrandbits(64):X}",
            marketplace=_marketplace(channel.currency).id,
            client_id=f"amzn1.application-oa2-client.{rng.getrandbits(128):032x}",
            client_secret=f"amzn1.oa2-cs.v1.{rng.getrandbits(256):064x}",
            refresh_token=f"Atzr|{rng.getrandbits(256):064x}",
            next_id=rng.randrange(10**9, 10**10),
        )
        self.app = App(channel.name, world, shop)

    @property
    def shop(self) -> Shop:
        """The state, for tests that look behind the API."""
        return self.app.shop

    def settings(self, address: str) -> dict[str, str]:
        self.app.address = address.rstrip("/")
        return {
            "client_id": self.shop.client_id,
            "client_secret": self.shop.client_secret,
            "refresh_token": self.shop.refresh_token,
            "seller_id": self.shop.seller,
            "marketplace_id": self.shop.marketplace,
            "address": self.app.address,
            "lwa_address": self.app.address + LWA,
        }

    def seed(self, products: Sequence[ShopProduct]) -> None:
        for product in products:
            for sku in product.product.skus:
                self._put(product, sku)

    def offers(self) -> list[Truth]:
        self.app.catch_up()
        return [_truth(item) for item in self.shop.items.values()]

    def edit(self, merchant_code: str, edit: Edit) -> None:
        """Raise `ValueError` for a price in another currency. A compare-at price has no place here."""
        item = self._item(merchant_code)
        self.app.catch_up()
        version = item.submit(self._now())
        if edit.price is not None:
            _set_price(version, edit.price)
            judge(version, self._market.currency)
        if edit.quantity is not None and item.fulfillable is not None:
            item.fulfillable = edit.quantity
        elif edit.quantity is not None and version.ours is not None:
            version.ours["quantity"] = edit.quantity
        if edit.title is not None:
            version.attributes["item_name"][0]["value"] = edit.title
        if edit.listed is not None:
            version.closed = not edit.listed

    def order(self, lines: Sequence[tuple[str, int]], *, paid: bool = True) -> str:
        self.app.catch_up()
        wanted = [(self._item(code), units) for code, units in lines]
        return checkout.place(self.shop, wanted, self._now(), paid=paid).id

    def cancel(self, order: str) -> None:
        checkout.cancel(self.shop, self.shop.orders[order], self._now())

    def dump(self) -> dict[str, Any]:
        state: dict[str, Any] = STATE.dump_python(self.shop, mode="json")
        return state

    def load(self, state: Mapping[str, Any]) -> None:
        self.app.shop = STATE.validate_python(dict(state))

    def fulfil_by_amazon(self, merchant_code: str, fulfillable: int) -> None:
        """Turn an offer into one that Amazon fulfils (FBA) and has so many units of."""
        item = self._item(merchant_code)
        item.fulfillable = fulfillable
        for version in item.versions:
            version.attributes["fulfillment_availability"] = [
                {"fulfillment_channel_code": "AMAZON_NA"}
            ]

    def messages(self) -> list[dict[str, Any]]:
        """What a read of the seller's SQS queue gives at this moment."""
        return notices.received(self.shop, self._world.rng)

    @property
    def _market(self) -> Marketplace:
        return MARKETPLACES[self.shop.marketplace]

    def _now(self) -> datetime:
        return self._world.clock.now().replace(microsecond=0)

    def _item(self, merchant_code: str) -> Item:
        return self.shop.items[merchant_code]

    def _put(self, product: ShopProduct, sku: Sku) -> None:
        since = self._now() - _FOR_LONG
        price = product.prices[sku.sku]
        if price.currency != self._market.currency:
            raise ValueError(f"{self._market.country} sells in {self._market.currency}")
        version = Version(since, since, self._attributes(product, sku), price)
        version.closed = product.product.status is not ProductStatus.ACTIVE
        self.shop.items[sku.sku] = Item(
            sku=sku.sku,
            asin=f"B{self.shop.new_id() % 36**9:09d}"[:10],
            product_type=(product.product.kind or "PRODUCT").upper().replace(" ", "_"),
            created=since,
            updated=since,
            versions=[version],
        )

    def _attributes(self, product: ShopProduct, sku: Sku) -> dict[str, Any]:
        here = {"marketplace_id": self.shop.marketplace}
        tongue = {"language_tag": "en_US", **here}
        own = product.product
        attributes: dict[str, Any] = {
            "item_name": [{"value": own.title, **tongue}],
            "purchasable_offer": [
                {**here, "audience": "ALL", **_price(product.prices[sku.sku])},
            ],
            "fulfillment_availability": [
                {
                    "fulfillment_channel_code": "DEFAULT",
                    "quantity": product.quantities[sku.sku],
                    "lead_time_to_ship_max_days": 2,
                }
            ],
        }
        if own.description:
            attributes["product_description"] = [{"value": own.description, **tongue}]
        return attributes


def _marketplace(currency: str) -> Marketplace:
    for each in MARKETPLACES.values():
        if each.currency == currency:
            return each
    raise ValueError(f"no marketplace of Amazon's sells in {currency}")


def _price(price: Money) -> dict[str, Any]:
    schedule = [{"value_with_tax": Decimal(price.plain)}]
    return {"currency": price.currency, "our_price": [{"schedule": schedule}]}


def _set_price(version: Version, price: Money) -> None:
    for offer in version.attributes["purchasable_offer"]:
        if offer["currency"] != price.currency:
            raise ValueError(f"the marketplace sells in {offer['currency']}")
        offer.update(_price(price))


def _truth(item: Item) -> Truth:
    version = item.newest
    available = item.available(version)
    off = ListingStatus.SOLD_OUT if not available else ListingStatus.DELISTED
    return Truth(
        merchant_code=item.sku,
        listing=item.sku,
        offer=item.sku,
        title=version.text("item_name"),
        price=version.price,
        compare_at=None,
        quantity=available,
        status=(ListingStatus.LISTED if item.buyable(version) else off).value,
    )


__all__ = ["AmazonSimulator"]
