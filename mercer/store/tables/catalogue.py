"""What the seller owns, and the price book."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Column, ForeignKey, Table, Text

from mercer.store.columns import NUMBER, Moment
from mercer.store.tables.metadata import metadata, partial

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

prices: Final = Table(
    "prices",
    metadata,
    Column("sku", Text, ForeignKey("skus.sku"), primary_key=True),
    Column("channel", Text, primary_key=True, comment="empty: the base price"),
    Column("currency", Text, primary_key=True),
    Column("price", Text, nullable=False),
    Column("compare_at", Text, comment="null: not declared; empty: there shall be none"),
    Column("floor", Text),
    Column("version", NUMBER, nullable=False),
    Column("set_at", Moment, nullable=False),
    partial("ix_prices_floor", "sku", where="floor IS NOT NULL"),
)
