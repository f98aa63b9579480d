"""A simulated Shopify shop: one per channel, driven by a world's clock, seed and faults."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from mercer.core.account import Channel
from mercer.core.after_sales import CaseKind
from mercer.plugins.buyers import western_buyer
from mercer.plugins.shopify.after_sales_mapping import return_id
from mercer.plugins.shopify.mapping import handle
from mercer.plugins.shopify.simulator import after_sales, checkout
from mercer.plugins.shopify.simulator.app import App
from mercer.plugins.shopify.simulator.notices import collected
from mercer.plugins.shopify.simulator.order_state import Order, Return
from mercer.plugins.shopify.simulator.seeding import edited, put
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.shopify.simulator.state import DUMPS, ProductVariant, ShopState
from mercer.plugins.shopify.simulator.truth import offer_truth, order_truth
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

_SLUG_LENGTH = 40


class ShopifySimulator:
    def __init__(self, channel: Channel, world: World) -> None:
        slug = handle(channel.name)[:_SLUG_LENGTH] or "shop"
        state = ShopState(
            name=channel.name,
            domain=f"{slug}.myshopify.com" if slug.isascii() else "shop.myshopify.com",
            currency=channel.currency,
            zone=channel.zone,
            points_at=world.clock.now(),
        )
        self._world = world
        secret = hashlib.sha256(f"{world.seed} {channel.name}".encode()).hexdigest()
        self.app = App(
            shop=Shop(state, world.clock.now),
            world=world,
            channel=channel.name,
            client_id=secret[:32],
            client_secret=f"shpss_{secret[32:]}",
            address=f"https://{state.domain}",
        )
        self.shop.open(channel.name)

    @property
    def shop(self) -> Shop:
        """The state and what moves it, for tests that look behind the API."""
        return self.app.shop

    def settings(self, address: str) -> dict[str, str]:
        self.app.address = address.rstrip("/")
        return {
            "shop": self.shop.state.domain,
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
            "address": self.app.address,
        }

    def seed(self, products: Sequence[ShopProduct]) -> None:
        for each in products:
            put(self.shop, each)

    def offers(self) -> list[Truth]:
        return [offer_truth(self.shop, variant) for variant in self.shop.variants()]

    def edit(self, merchant_code: str, edit: Edit) -> None:
        for variant in self._coded(merchant_code):
            edited(self.shop, variant, edit)

    def order(self, lines: Lines, *, paid: bool = True, buyer: Buyer | None = None) -> str:
        wanted = [(self._coded(code)[0], quantity) for code, quantity in lines]
        somebody = buyer or western_buyer(self.shop.state.last_order)
        return str(checkout.place(self.shop, wanted, somebody, paid=paid).id)

    def pay(self, order: str) -> None:
        checkout.pay(self.shop, self._order(order))

    def cancel(self, order: str) -> None:
        found = self._order(order)
        if found.cancelled_at is None:
            after_sales.cancel(self.shop, found)

    def ask_back(self, order: str, lines: Lines, kind: CaseKind) -> str:
        """Shopify has requests for returns only; who wants money alone, or no parcel, writes a mail."""
        if kind not in (CaseKind.RETURN, CaseKind.EXCHANGE):
            raise ValueError(f"Shopify has no request for a {kind.value}")
        exchanged = kind is CaseKind.EXCHANGE
        made = after_sales.open_return(self.shop, self._order(order), lines, exchanged=exchanged)
        return return_id(str(made.id))

    def settle_case(self, case: str, *, agreed: bool) -> None:
        found = self.shop.book.part(int(case.removeprefix("return-")), Return)
        if found is None:
            raise KeyError(case)
        after_sales.settle(self.shop, found, agreed=agreed)

    def orders(self) -> list[OrderTruth]:
        return [order_truth(order) for order in self.shop.state.orders.values()]

    def notices(self) -> list[Notice]:
        return list(collected(self.shop, self.app.client_secret))

    def dump(self) -> dict[str, Any]:
        return DUMPS.made(self.shop.state)

    def load(self, state: Mapping[str, Any]) -> None:
        self.app.shop = Shop(DUMPS.read(state), self._world.clock.now)

    def _order(self, order: str) -> Order:
        return self.shop.state.orders[int(order)]

    def _coded(self, merchant_code: str) -> list[ProductVariant]:
        found = self.shop.by_sku(merchant_code)
        if not found:
            raise KeyError(merchant_code)
        return found


__all__ = ["ShopifySimulator"]
