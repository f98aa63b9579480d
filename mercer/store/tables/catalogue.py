"""What the seller owns."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Column, ForeignKey, Table, Text

from mercer.store.columns import NUMBER
from mercer.store.tables.metadata import metadata

products: Final = Table(
    "products",
    metadata,
    Column("code", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("status", Text, nullable=False),
    Column("vendor", Text),
    Column("kind", Text),
    Column("tags", JSON, nullable=False),
    Column("images", JSON, nullable=False),
)

skus: Final = Table(
    "skus",
    metadata,
    Column("sku", Text, primary_key=True),
    Column("product", Text, ForeignKey("products.code"), nullable=False, index=True),
    Column("position", NUMBER, nullable=False),
    Column("barcode", Text, index=True),
    Column("options", JSON, nullable=False),
)

bundle_parts: Final = Table(
    "bundle_parts",
    metadata,
    Column("sku", Text, ForeignKey("skus.sku"), primary_key=True),
    Column("part", Text, primary_key=True, index=True),
    Column("quantity", NUMBER, nullable=False),
)
