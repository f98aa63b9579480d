"""All that a simulated shop is, as one tree of dataclasses named as the API names them.

Ids are the numbers in gids. Times are UTC in whole seconds, as Shopify keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mercer.core.money import Money
from mercer.plugins.dumps import Dumps
from mercer.plugins.shopify.simulator.order_state import Customer, Order

MAXIMUM_POINTS = 2000.0
RESTORE_RATE = 100.0


@dataclass
class InventoryLevel:
    """`on_hand` less `available` is committed to orders."""

    id: int
    item: int
    location: int
    is_active: bool
    available: int
    on_hand: int
    updated_at: datetime


@dataclass
class InventoryItem:
    id: int
    tracked: bool
    levels: dict[int, InventoryLevel] = field(default_factory=dict)


@dataclass
class ProductVariant:
    id: int
    product: int
    sku: str
    barcode: str | None
    price: Money
    compare_at_price: Money | None
    inventory_policy: str
    options: list[tuple[str, str]]
    position: int
    updated_at: datetime
    inventory_item: InventoryItem

    @property
    def title(self) -> str:
        return " / ".join(value for _, value in self.options)


@dataclass
class Product:
    id: int
    handle: str
    title: str
    status: str
    created_at: datetime
    updated_at: datetime
    description_html: str = ""
    vendor: str = ""
    product_type: str = ""
    tags: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    publications: list[int] = field(default_factory=list)
    variants: list[ProductVariant] = field(default_factory=list)


@dataclass
class Location:
    id: int
    name: str
    is_active: bool = True
    fulfills_online_orders: bool = True


@dataclass
class Publication:
    id: int
    name: str


@dataclass
class BulkOperation:
    """Its result is what the shop held when it started."""

    id: int
    query: str
    created_at: datetime
    seconds: float
    content: str
    object_count: int
    root_object_count: int


@dataclass
class Answered:
    """What an idempotency key was answered with, and to which parameters."""

    parameters: str
    payload: dict[str, Any]
    at: datetime


@dataclass
class Delivery:
    """A webhook that was not collected yet. `id` is of the delivery, `event` of what happened."""

    id: str
    event: str
    topic: str
    at: datetime
    body: str = field(repr=False)


@dataclass
class ShopState:
    """`shows_customers`: the app is approved for customers' data. `buyers`: customers by their key.

    `jobs` says when each one is done.
    """

    name: str
    domain: str
    currency: str
    zone: str
    points_at: datetime
    points: float = MAXIMUM_POINTS
    last_id: int = 7_000_000_000_000
    last_order: int = 1000
    products: dict[int, Product] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    buyers: dict[str, int] = field(default_factory=dict)
    shows_customers: bool = True
    jobs: dict[int, datetime] = field(default_factory=dict)
    outbox: list[Delivery] = field(default_factory=list)
    locations: dict[int, Location] = field(default_factory=dict)
    publications: dict[int, Publication] = field(default_factory=dict)
    bulk_operations: dict[int, BulkOperation] = field(default_factory=dict)
    answered: dict[str, Answered] = field(default_factory=dict)
    tokens: dict[str, datetime] = field(default_factory=dict)

    def new_id(self) -> int:
        self.last_id += 32_768 + 1
        return self.last_id


DUMPS: Final = Dumps(ShopState)
