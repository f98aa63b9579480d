"""A simulated marketplace of a seller at Amazon: SP-API on the wire, and its back door.

The simulators of one account in one world are marketplaces of the same seller: they share what a
`Seller` is, and their prices, orders and documents are each one's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mercer.core.account import Channel
from mercer.core.after_sales import CaseKind
from mercer.plugins.amazon.marketplaces import MARKETPLACES
from mercer.plugins.amazon.simulator import after_sales, checkout, lwa, queue, seeding
from mercer.plugins.amazon.simulator.app import App
from mercer.plugins.amazon.simulator.listings import judge
from mercer.plugins.amazon.simulator.seller import Seller
from mercer.plugins.amazon.simulator.shop import DUMPS, Item, Shop
from mercer.plugins.amazon.simulator.truth import offer_truth, order_truth
from mercer.plugins.buyers import western_buyer
from mercer.plugins.simulation import (
    Buyer,
    Edit,
    Lines,
    Notice,
    OrderTruth,
    ShopProduct,
    Truth,
    World,
)


class AmazonSimulator:
    """In the first marketplace that sells in the channel's currency."""

    def __init__(self, channel: Channel, world: World) -> None:
        """Raise `ValueError` for a currency that no marketplace sells in."""
        self._world = world
        marketplace = seeding.marketplace(channel.currency).id
        account = ("amazon", channel.account)
        if account not in world.accounts:
            world.accounts[account] = seeding.seller(world.rng)
        seller: Seller = world.accounts[account]
        self.app = App(channel.name, world, Shop(channel.name, marketplace, seller))

    @property
    def shop(self) -> Shop:
        """The state, for tests that look behind the API."""
        return self.app.shop

    def settings(self, address: str) -> dict[str, str]:
        self.app.address = address.rstrip("/")
        seller = self.shop.seller
        return {
            "client_id": seller.client_id,
            "client_secret": seller.client_secret,
            "refresh_token": seller.refresh_token,
            "seller_id": seller.id,
            "marketplace_id": self.shop.marketplace,
            "address": self.app.address,
            "lwa_address": self.app.address + lwa.PATH,
            "personal_data": "yes",
            "queue_url": f"{self.app.address}/{queue.NAME}",
            "aws_access_key_id": seller.aws_key_id,
            "aws_secret_access_key": seller.aws_secret,
        }

    def seed(self, products: Sequence[ShopProduct]) -> None:
        for product in products:
            for sku in product.product.skus:
                seeding.put(self.shop, product, sku, self._world.now)

    def offers(self) -> list[Truth]:
        self.app.catch_up()
        now = self._world.now
        return [offer_truth(self.shop, item, now) for item in self.shop.items.values()]

    def edit(self, merchant_code: str, edit: Edit) -> None:
        """Raise `ValueError` for a price in another currency. A compare-at price has no place here."""
        item = self._item(merchant_code)
        self.app.catch_up()
        version = item.submit(self._world.now)
        if edit.price is not None:
            seeding.set_price(version, edit.price)
            judge(version, MARKETPLACES[self.shop.marketplace].currency)
        if edit.quantity is not None:
            self._set_quantity(item.sku, edit.quantity)
        if edit.title is not None:
            version.attributes["item_name"][0]["value"] = edit.title
        if edit.listed is not None:
            version.closed = not edit.listed

    def order(self, lines: Lines, *, paid: bool = True, buyer: Buyer | None = None) -> str:
        self.app.catch_up()
        wanted = [(self._item(code), units) for code, units in lines]
        somebody = buyer or western_buyer(len(self.shop.orders))
        return checkout.place(self.shop, wanted, somebody, self._world.now, paid=paid).id

    def pay(self, order: str) -> None:
        checkout.pay(self.shop, self.shop.orders[order], self._world.now)

    def cancel(self, order: str) -> None:
        self.app.catch_up()
        checkout.cancel(self.shop, self.shop.orders[order], self._world.now, by="BUYER")

    def ask_back(self, order: str, lines: Lines, kind: CaseKind) -> str:
        self.app.catch_up()
        return after_sales.ask(self.shop, self.shop.orders[order], lines, kind, self._world.now)

    def settle_case(self, case: str, *, agreed: bool) -> None:
        """Raise `KeyError` for an unknown case. Refusing a cancellation is shipping all the same."""
        self.app.catch_up()
        after_sales.settle(self.shop, case, self._world.now, agreed=agreed)
        self.app.catch_up()

    def orders(self) -> list[OrderTruth]:
        return [order_truth(order) for order in self.shop.orders.values()]

    def notices(self) -> list[Notice]:
        """None: Amazon calls nobody. Its notifications wait in the seller's queue."""
        return []

    def dump(self) -> dict[str, Any]:
        return DUMPS.made(self.shop)

    def load(self, state: Mapping[str, Any]) -> None:
        """The seller is taken up for all marketplaces of the account."""
        shop, seller = DUMPS.read(state), self.shop.seller
        vars(seller).update(vars(shop.seller))
        shop.seller = seller
        self.app.shop = shop

    def fulfil_by_amazon(self, merchant_code: str, fulfillable: int) -> None:
        """Turn an offer into one that Amazon fulfils (FBA) and has so many units of."""
        stock = self.shop.stock(merchant_code)
        stock.fulfillable = fulfillable
        for level in stock.levels:
            level.entries = [{"fulfillment_channel_code": "AMAZON_NA"}]

    def _item(self, merchant_code: str) -> Item:
        return self.shop.items[merchant_code]

    def _set_quantity(self, sku: str, quantity: int) -> None:
        stock = self.shop.stock(sku)
        if stock.fulfillable is not None:
            stock.fulfillable = quantity
        elif stock.newest.ours is not None:
            stock.submit([{**stock.newest.ours, "quantity": quantity}], self._world.now)


__all__ = ["AmazonSimulator"]
