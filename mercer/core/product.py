"""What the seller owns: products, their SKUs, and bundles made of other SKUs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ProductStatus(StrEnum):
    """Whether the seller wants the product on sale."""

    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Sku:
    """What is stocked and sold. `parts` makes it a bundle: other SKUs and how many of each."""

    sku: str
    barcode: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """`code` is the seller's own name for it, unique in the workspace: a handle, a style number."""

    code: str
    title: str
    description: str | None = None
    status: ProductStatus = ProductStatus.ACTIVE
    vendor: str | None = None
    kind: str | None = None
    tags: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    skus: tuple[Sku, ...] = field(default=())
