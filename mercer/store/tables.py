"""Every table. Money and cell values are canonical text; times are microseconds since 1970, UTC."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from mercer.store.columns import Moment

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ROW_ID = BigInteger().with_variant(Integer, "sqlite")

versions: Final = Table(
    "versions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    comment="a counter for each input of plans: catalogue, price_book, links, stock; and for ids",
)

# ------------------------------------------------------------------ what the seller owns

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
    Column("position", Integer, nullable=False),
    Column("barcode", Text, index=True),
    Column("options", JSON, nullable=False),
)

bundle_parts: Final = Table(
    "bundle_parts",
    metadata,
    Column("sku", Text, ForeignKey("skus.sku"), primary_key=True),
    Column("part", Text, primary_key=True, index=True),
    Column("quantity", Integer, nullable=False),
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
    Column("version", Integer, nullable=False),
    Column("set_at", Moment, nullable=False),
    Index(
        "ix_prices_floor",
        "sku",
        sqlite_where=text("floor IS NOT NULL"),
        postgresql_where=text("floor IS NOT NULL"),
    ),
)

overrides: Final = Table(
    "overrides",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("listing", Text, primary_key=True),
    Column("offer", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment),
)

# ------------------------------------------------------------------ what the channels show

channels: Final = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("listings_pulled_at", Moment),
    Column("enumerated_at", Moment, comment="when a complete enumeration last began"),
    Column("orders_pulled_at", Moment),
    Column("orders_watermark", Moment),
)

listings: Final = Table(
    "listings",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("listing", Text, primary_key=True),
    Column("code", Text),
    Column("product", Text, ForeignKey("products.code"), index=True),
    Column("title", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("gone_at", Moment),
)

offers: Final = Table(
    "offers",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("listing", Text, primary_key=True),
    Column("offer", Text, primary_key=True),
    Column("merchant_code", Text),
    Column("barcode", Text),
    Column("options", JSON, nullable=False),
    Column("deduct_at", Text, nullable=False),
    Column("fulfilled_by", Text, nullable=False),
    Column("sku", Text, ForeignKey("skus.sku"), index=True),
    Column("linked_by", Text),
    Column("link_note", Text),
    Column("seen_at", Moment, nullable=False),
    Column("gone_at", Moment),
    ForeignKeyConstraint(["channel", "listing"], ["listings.channel", "listings.listing"]),
    Index("ix_offers_merchant_code", "channel", "merchant_code"),
)

QUIET: Final = "state NOT IN ('agreed', 'followed', 'unlinked')"
"""The words of the partial index; a query that repeats them costs what changed, not what exists."""

cells: Final = Table(
    "cells",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("listing", Text, nullable=False),
    Column("offer", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sku", Text),
    Column("desired", Text),
    Column("why", Text, nullable=False),
    Column("observed", Text),
    Column("observed_at", Moment),
    Column("base", Text),
    Column("base_at", Moment),
    Column("in_flight", Text),
    Column("written_at", Moment),
    Column("read_after", Moment),
    Column("deadline", Moment),
    Column("gone", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text),
    Column("unexplained", Integer, nullable=False),
    UniqueConstraint("channel", "listing", "offer", "field", "scope"),
    Index(
        "ix_cells_attention",
        "channel",
        "state",
        "field",
        "listing",
        "offer",
        sqlite_where=text(QUIET),
        postgresql_where=text(QUIET),
    ),
    Index(
        "ix_cells_unexplained",
        "channel",
        sqlite_where=text("unexplained <> 0"),
        postgresql_where=text("unexplained <> 0"),
    ),
)

absences: Final = Table(
    "absences",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("product", Text, ForeignKey("products.code"), primary_key=True),
    comment="active products without any offer on a channel",
)

# ------------------------------------------------------------------ stock and orders

movements: Final = Table(
    "movements",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("sku", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("on_hand", Integer, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("channel", Text),
    Column("root", Text, comment="the order, or the order that its parent is"),
    Column("line", Text),
    Index("ix_movements_sku", "sku", "location"),
    Index("ix_movements_line", "channel", "root", "line"),
)

incidents: Final = Table(
    "incidents",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("sku", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("order", Text, nullable=False),
    Column("available", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("sku", "location", "channel", "order"),
)

findings: Final = Table(
    "findings",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("listing", Text, nullable=False),
    Column("offer", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sku", Text),
    Column("expected", Integer, nullable=False),
    Column("observed", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    comment="stock that moved by a hand which is neither ours nor an order's",
)

orders: Final = Table(
    "orders",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("order", Text, primary_key=True),
    Column("root", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("paid_at", Moment),
    Column("cancelled_at", Moment),
    Column("currency", Text, nullable=False),
    Column("totals", JSON, nullable=False),
    Column("difference", Text, comment="grand total less its parts, where it is not nothing"),
)

order_lines: Final = Table(
    "order_lines",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("order", Text, primary_key=True),
    Column("line", Text, primary_key=True),
    Column("listing", Text),
    Column("offer", Text),
    Column("merchant_code", Text),
    Column("sku", Text, index=True),
    Column("title", Text, nullable=False),
    Column("ordered", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("shipped", Integer, nullable=False),
    Column("unit_price", Text, comment="unknown until the platform tells it"),
    Column("total", Text),
    Column("fulfilled_by", Text, nullable=False),
    Column("deducted_at", Moment),
    Column("returned_at", Moment, comment="when a cancellation gave the units back"),
    ForeignKeyConstraint(["channel", "order"], ["orders.channel", "orders.order"]),
    Index("ix_order_lines_offer", "channel", "offer", "deducted_at"),
    Index(
        "ix_order_lines_returned",
        "channel",
        "offer",
        "returned_at",
        sqlite_where=text("returned_at IS NOT NULL"),
        postgresql_where=text("returned_at IS NOT NULL"),
    ),
)

quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
)

# ------------------------------------------------------------------ plans and runs

plans: Final = Table(
    "plans",
    metadata,
    Column("id", Text, primary_key=True),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("header", JSON, nullable=False),
    Column("totals", JSON, nullable=False),
    Column("notes", JSON, nullable=False),
)

changes: Final = Table(
    "changes",
    metadata,
    Column("plan", Text, ForeignKey("plans.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("listing", Text, nullable=False),
    Column("offer", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sku", Text, nullable=False),
    Column("group", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("why", Text, nullable=False),
    Column("guard", Text, nullable=False),
)

runs: Final = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("plan", Text, ForeignKey("plans.id"), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

results: Final = Table(
    "results",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("change", Text, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

journal: Final = Table(
    "journal",
    metadata,
    Column("id", _ROW_ID, primary_key=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False, index=True),
    Column("change", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("listing", Text, nullable=False),
    Column("offer", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("key", Text, nullable=False, comment="the idempotency key of this attempt"),
    Column("sent_at", Moment, nullable=False),
    Column("outcome", Text, comment="null: sent and nothing heard; a crash leaves it so"),
    Column("outcome_at", Moment),
    Column("code", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("settled", Text, comment="how a read decided an outcome that was in doubt"),
    Index(
        "ix_journal_open",
        "channel",
        sqlite_where=text("settled IS NULL"),
        postgresql_where=text("settled IS NULL"),
    ),
)

quotas: Final = Table(
    "quotas",
    metadata,
    Column("key", Text, primary_key=True),
    Column("arrival", Float, nullable=False, comment="GCRA: theoretical arrival, epoch seconds"),
)
