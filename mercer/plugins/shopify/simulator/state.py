"""All that a simulated shop is, as one tree of dataclasses named as the API names them.

Ids are the numbers in gids. Times are UTC in whole seconds, as Shopify keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from mercer.core.money import Money

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
class LineItem:
    """`variant` and `product` outlive what they name, and then show as null."""

    id: int
    product: int
    variant: int
    sku: str
    title: str
    quantity: int
    current_quantity: int
    unfulfilled_quantity: int
    unit_price: Money


@dataclass
class Order:
    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    location: int
    display_financial_status: str
    lines: list[LineItem]
    display_fulfillment_status: str = "UNFULFILLED"
    cancelled_at: datetime | None = None


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
class ShopState:
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
    locations: dict[int, Location] = field(default_factory=dict)
    publications: dict[int, Publication] = field(default_factory=dict)
    bulk_operations: dict[int, BulkOperation] = field(default_factory=dict)
    answered: dict[str, Answered] = field(default_factory=dict)
    tokens: dict[str, datetime] = field(default_factory=dict)

    def new_id(self) -> int:
        self.last_id += 32_768 + 1
        return self.last_id


JSON: TypeAdapter[ShopState] = TypeAdapter(ShopState)
