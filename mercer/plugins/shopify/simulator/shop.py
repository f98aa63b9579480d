"""What a shop does with its products and stock, whoever asks: the API, buyers, the back office.

What it does with orders is in `trade.py` and `aftersales.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from mercer.core.money import Money
from mercer.plugins.shopify.simulator.orderbook import OrderBook
from mercer.plugins.shopify.simulator.state import (
    InventoryItem,
    InventoryLevel,
    Location,
    Product,
    ProductVariant,
    Publication,
    ShopState,
)


class Shop:
    """State with its indexes. `moment` is the world's clock, `now` what Shopify writes down of it."""

    def __init__(self, state: ShopState, moment: Callable[[], datetime]) -> None:
        self.state = state
        self.moment = moment
        self._variants: dict[int, ProductVariant] = {}
        self._items: dict[int, ProductVariant] = {}
        self._handles: dict[str, int] = {}
        for product in state.products.values():
            self._index(product)
        self.book = OrderBook(state.orders, self.now)

    def now(self) -> datetime:
        return self.moment().replace(microsecond=0)

    # ------------------------------------------------------------ looking up

    def product(self, id: int) -> Product | None:
        return self.state.products.get(id)

    def by_handle(self, handle: str) -> Product | None:
        return self.product(self._handles.get(handle, 0))

    def variant(self, id: int) -> ProductVariant | None:
        return self._variants.get(id)

    def item(self, id: int) -> InventoryItem | None:
        variant = self._items.get(id)
        return variant.inventory_item if variant else None

    def variant_of_item(self, id: int) -> ProductVariant:
        return self._items[id]

    def variants(self) -> Iterator[ProductVariant]:
        for product in self.state.products.values():
            yield from product.variants

    def by_sku(self, sku: str) -> list[ProductVariant]:
        return [variant for variant in self.variants() if variant.sku == sku]

    # ------------------------------------------------------------ products

    def open(self, name: str) -> None:
        """A new shop has one location and the online store."""
        location = Location(self.state.new_id(), f"{name} warehouse")
        store = Publication(self.state.new_id(), "Online Store")
        self.state.locations[location.id] = location
        self.state.publications[store.id] = store

    @property
    def location(self) -> int:
        """The first active one that fulfils online orders: where buyers' units are taken from."""
        return next(
            each.id
            for each in self.state.locations.values()
            if each.is_active and each.fulfills_online_orders
        )

    def add_product(self, handle: str, title: str, status: str = "DRAFT") -> Product:
        now = self.now()
        product = Product(self.state.new_id(), handle, title, status, now, now)
        self.state.products[product.id] = product
        self._index(product)
        return product

    def add_variant(
        self,
        product: Product,
        sku: str,
        price: Money,
        options: Sequence[tuple[str, str]] = (),
        *,
        tracked: bool = True,
    ) -> ProductVariant:
        variant = ProductVariant(
            id=self.state.new_id(),
            product=product.id,
            sku=sku,
            barcode=None,
            price=price,
            compare_at_price=None,
            inventory_policy="DENY",
            options=list(options) or [("Title", "Default Title")],
            position=len(product.variants) + 1,
            updated_at=self.now(),
            inventory_item=InventoryItem(self.state.new_id(), tracked),
        )
        product.variants.append(variant)
        self._index(product)
        return variant

    def keep_variants(self, product: Product, kept: Sequence[ProductVariant]) -> None:
        """`productSet` deletes what it is not given."""
        for variant in product.variants:
            if variant not in kept:
                del self._variants[variant.id], self._items[variant.inventory_item.id]
        product.variants = list(kept)
        for position, variant in enumerate(kept, 1):
            variant.position = position

    def touch(self, product: Product, *variants: ProductVariant) -> None:
        product.updated_at = self.now()
        for variant in variants:
            variant.updated_at = self.now()

    def remove(self, product: Product) -> None:
        self.keep_variants(product, ())
        del self.state.products[product.id], self._handles[product.handle]

    def _index(self, product: Product) -> None:
        self._handles[product.handle] = product.id
        for variant in product.variants:
            self._variants[variant.id] = variant
            self._items[variant.inventory_item.id] = variant

    # ------------------------------------------------------------ stock

    def level(self, item: InventoryItem, location: int) -> InventoryLevel:
        """Where nothing was stocked before, a level is made, and it is not active."""
        if location not in item.levels:
            item.levels[location] = InventoryLevel(
                self.state.new_id(), item.id, location, False, 0, 0, self.now()
            )
        return item.levels[location]

    def move(self, level: InventoryLevel, available: int) -> int:
        """Set what is available; what is on hand moves with it. Return the difference."""
        delta = available - level.available
        level.available += delta
        level.on_hand += delta
        level.updated_at = self.now()
        return delta

    def stock(self, variant: ProductVariant, quantity: int) -> None:
        level = self.level(variant.inventory_item, self.location)
        level.is_active = True
        self.move(level, quantity)

    def available(self, variant: ProductVariant) -> int:
        """Over all active levels: what `inventoryQuantity` shows."""
        levels = variant.inventory_item.levels.values()
        return sum(level.available for level in levels if level.is_active)

    # ------------------------------------------------------------ units of orders

    def has_too_few(self, variant: ProductVariant, location: int, quantity: int) -> bool:
        if not variant.inventory_item.tracked or variant.inventory_policy == "CONTINUE":
            return False
        level = variant.inventory_item.levels.get(location)
        return level is None or not level.is_active or level.available < quantity

    def commit(self, variant: int, location: int, quantity: int) -> None:
        """Units on hand are kept for an order, or with a negative `quantity` no longer kept."""
        if level := self._tracked(variant, location):
            level.available -= quantity
            level.updated_at = self.now()

    def send_off(self, variant: int, location: int, quantity: int) -> None:
        """Units that were kept for an order leave."""
        if level := self._tracked(variant, location):
            level.on_hand -= quantity
            level.updated_at = self.now()

    def _tracked(self, variant: int, location: int) -> InventoryLevel | None:
        found = self.variant(variant)
        if found is None or not found.inventory_item.tracked:
            return None
        return self.level(found.inventory_item, location)


Payload = dict[str, Any]


def user_error(field: Sequence[str] | None, message: str, code: str | None = None) -> Payload:
    return {"field": list(field) if field else None, "message": message, "code": code}


def changed(source: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Those of the input's fields that were given; a field left out stays as it is."""
    return {name: source[name] for name in names if name in source}
