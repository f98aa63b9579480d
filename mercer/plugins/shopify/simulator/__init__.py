"""A simulated Shopify shop: one per channel, driven by a world's clock, seed and faults."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from mercer.core.account import Channel
from mercer.core.cell import Nothing
from mercer.core.money import Money
from mercer.core.product import ProductStatus
from mercer.plugins.shopify.mapping import handle
from mercer.plugins.shopify.simulator.app import App
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.shopify.simulator.state import JSON, Product, ProductVariant, ShopState
from mercer.plugins.simulation import Edit, ShopProduct, Truth, World

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
            self._put(each)

    def _put(self, shown: ShopProduct) -> None:
        source = shown.product
        active = source.status is ProductStatus.ACTIVE
        product = self.shop.add_product(
            handle(source.code), source.title, "ACTIVE" if active else source.status.name
        )
        product.description_html = source.description or ""
        product.vendor, product.product_type = source.vendor or "", source.kind or ""
        product.tags, product.images = sorted(source.tags), list(source.images)
        product.publications = list(self.shop.state.publications)
        for sku in source.skus:
            variant = self.shop.add_variant(product, sku.sku, shown.prices[sku.sku], sku.options)
            variant.barcode = sku.barcode
            variant.compare_at_price = shown.compare_at.get(sku.sku)
            self.shop.stock(variant, shown.quantities.get(sku.sku, 0))

    def offers(self) -> list[Truth]:
        return [self._truth(variant) for variant in self.shop.variants()]

    def _truth(self, variant: ProductVariant) -> Truth:
        product = self._product(variant)
        return Truth(
            merchant_code=variant.sku,
            listing=str(product.id),
            offer=str(variant.id),
            title=product.title,
            price=variant.price,
            compare_at=variant.compare_at_price,
            quantity=self.shop.available(variant),
            status="listed" if product.status in ("ACTIVE", "UNLISTED") else "delisted",
        )

    def edit(self, merchant_code: str, edit: Edit) -> None:
        for variant in self._coded(merchant_code):
            product = self._product(variant)
            if edit.price is not None:
                variant.price = edit.price
            match edit.compare_at:
                case Money():
                    variant.compare_at_price = edit.compare_at
                case Nothing():
                    variant.compare_at_price = None
            if edit.quantity is not None:
                self.shop.stock(variant, edit.quantity)
            if edit.title is not None:
                product.title = edit.title
            if edit.listed is not None:
                product.status = "ACTIVE" if edit.listed else "DRAFT"
            self.shop.touch(product, variant)

    def order(self, lines: Sequence[tuple[str, int]], *, paid: bool = True) -> str:
        wanted = [(self._coded(code)[0], quantity) for code, quantity in lines]
        return str(self.shop.order(wanted, paid=paid).id)

    def cancel(self, order: str) -> None:
        self.shop.cancel(self.shop.state.orders[int(order)])

    def dump(self) -> dict[str, Any]:
        dumped: dict[str, Any] = JSON.dump_python(self.shop.state, mode="json")
        return dumped

    def load(self, state: Mapping[str, Any]) -> None:
        self.app.shop = Shop(JSON.validate_python(dict(state)), self._world.clock.now)

    def _coded(self, merchant_code: str) -> list[ProductVariant]:
        found = self.shop.by_sku(merchant_code)
        if not found:
            raise KeyError(merchant_code)
        return found

    def _product(self, variant: ProductVariant) -> Product:
        return self.shop.state.products[variant.product]


__all__ = ["ShopifySimulator"]
