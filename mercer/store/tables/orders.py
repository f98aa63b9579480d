"""Orders, and what becomes of them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
)

from mercer.store.columns import NUMBER, Moment
from mercer.store.tables.metadata import metadata, partial

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
    Column("ship_by", Moment),
    Column("first_seen_at", Moment, comment="when Mercer took it in, by its own clock"),
    Column("read_at", Moment, comment="when it was last read in full, by Mercer's own clock"),
    Column("customer", BigInteger),
    Column("destination", Text, comment="keyed hash of the address, to count orders that go there"),
    Index("ix_orders_root", "channel", "root"),
    Index("ix_orders_order", "order"),
    Index("ix_orders_number", "number"),
    Index("ix_orders_created_at", "created_at"),
    Index("ix_orders_updated_at", "channel", "updated_at"),
    Index("ix_orders_customer", "customer", "created_at"),
    Index("ix_orders_destination", "destination", "created_at"),
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
    Column("sku", Text),
    Column("parts", JSON, comment="what of the SKU's bundle was in it when it was taken in"),
    Column("title", Text, nullable=False),
    Column("ordered", NUMBER, nullable=False),
    Column("quantity", NUMBER, nullable=False),
    Column("shipped", NUMBER, nullable=False),
    Column("unit_price", Text, comment="unknown until the platform tells it"),
    Column("total", Text),
    Column("fulfilled_by", Text, nullable=False),
    Column("deducted_at", Moment),
    Column("returned_at", Moment, comment="when a cancellation gave the units back"),
    ForeignKeyConstraint(["channel", "order"], ["orders.channel", "orders.order"]),
    Index("ix_order_lines_sku", "sku", "deducted_at"),
    Index("ix_order_lines_offer", "channel", "offer", "deducted_at"),
    partial(
        "ix_order_lines_returned",
        "channel",
        "offer",
        "returned_at",
        where="returned_at IS NOT NULL",
    ),
)

holds: Final = Table(
    "holds",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("order", Text, primary_key=True),
    Column("check", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("held_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended", Text, comment="released, cancelled or overtaken"),
    Column("ended_by", Text),
    Column("note", Text),
    partial("ix_holds_open", "channel", where="ended_at IS NULL"),
)

parcels: Final = Table(
    "parcels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("order", Text, primary_key=True),
    Column("tracking", Text, primary_key=True),
    Column("carrier", Text, nullable=False, comment="the platform's own code or name"),
    Column("lines", JSON, nullable=False, comment="[line, units]; empty where it is not told"),
    Column("seen_at", Moment, nullable=False),
    comment="parcels as the platforms know them",
)

shipments: Final = Table(
    "shipments",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("order", Text, nullable=False),
    Column("tracking", Text, nullable=False),
    Column("carrier", Text, nullable=False, comment="as the seller gave it"),
    Column("lines", JSON, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("who", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("outcome", Text, comment="null: sent and nothing heard; a crash leaves it so"),
    Column("code", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("settled_at", Moment, comment="when an answer or a read decided it"),
    UniqueConstraint("channel", "order", "tracking"),
    comment="parcels that a platform was told of, or is to be told of again",
)

cases: Final = Table(
    "cases",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("case", Text, primary_key=True),
    Column("order", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("lines", JSON, nullable=False, comment="[line, units]"),
    Column("amount", Text),
    Column("reason", Text, nullable=False),
    Column("no_reason", Boolean, nullable=False),
    Column("deadline", Moment),
    Column("decision", Text, comment="restock or write-off, once the goods are back"),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    Index("ix_cases_order", "channel", "order"),
    comment="after-sales cases",
)
