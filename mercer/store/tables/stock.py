"""The stock ledger, what may be shown of it, and what it cannot explain."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from mercer.store.columns import NUMBER, Moment
from mercer.store.tables.metadata import metadata, partial

movements: Final = Table(
    "movements",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("sku", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("on_hand", NUMBER, nullable=False),
    Column("reserved", NUMBER, nullable=False),
    Column("at", Moment, nullable=False),
    Column(
        "posted_at", Moment, comment="when it came into the ledger; `at` may be an order's time"
    ),
    Column("reason", Text, nullable=False),
    Column("channel", Text),
    Column("root", Text, comment="the order, or the order that its parent is"),
    Column("line", Text),
    Column("who", Text, comment="the person or job, where it was not an order's doing"),
    # Sums are made of the index alone: a SKU's rows lie all over the table.
    Index("ix_movements_sku", "sku", "location", "kind", "at", "on_hand", "reserved"),
    Index("ix_movements_line", "channel", "root", "line"),
    Index("ix_movements_at", "at"),
)

provisional: Final = Table(
    "provisional",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("order", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("location", Text, nullable=False),
    Column("quantity", NUMBER, nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended", Text, comment="confirmed by the order itself, or expired"),
    partial("ix_provisional_open", "sku", where="ended_at IS NULL"),
    comment="units held on an authenticated notification, until the order is read",
)

incidents: Final = Table(
    "incidents",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("sku", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("order", Text, nullable=False),
    Column("available", NUMBER, nullable=False),
    Column("at", Moment, nullable=False),
    Column(
        "orders", JSON, comment="[channel, order, units] of every order that wants the SKU then"
    ),
    Column("settled_at", Moment, comment="when there was enough for all of them again"),
    UniqueConstraint("sku", "location", "channel", "order"),
    partial("ix_incidents_open", "sku", where="settled_at IS NULL"),
)

findings: Final = Table(
    "findings",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("listing", Text, nullable=False),
    Column("offer", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sku", Text),
    Column("expected", NUMBER, nullable=False),
    Column("observed", NUMBER, nullable=False),
    Column("at", Moment, nullable=False),
    comment="stock that moved by a hand which is neither ours nor an order's",
)

stock_rules: Final = Table(
    "stock_rules",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("sku", Text, ForeignKey("skus.sku"), primary_key=True),
    Column("locations", JSON, comment="null, here and below: as the channel's rule says"),
    Column("percent", NUMBER),
    Column("plus", NUMBER),
    Column("buffer", NUMBER),
    Column("minimum", NUMBER),
    Column("maximum", NUMBER),
    Column("delist_at", NUMBER),
    Column("relist_at", NUMBER),
    Column("allocation", NUMBER, comment="units that are this channel's alone"),
    Column("allocated_at", Moment, comment="since when the channel's orders use them up"),
    Column("disabled_until", Moment),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
    Index("ix_stock_rules_sku", "sku"),
    partial("ix_stock_rules_disabled_until", "disabled_until", where="disabled_until IS NOT NULL"),
    comment="what a channel may show of one SKU, where it differs from the channel's rule",
)

deals: Final = Table(
    "deals",
    metadata,
    Column("sku", Text, ForeignKey("skus.sku"), primary_key=True),
    Column("counts_from", Moment, nullable=False, comment="what was sold since then is counted"),
    Column("dealt_at", Moment, nullable=False),
    Column("until", Moment, nullable=False, comment="until when it surely sells fast"),
    Column("units", JSON, nullable=False, comment="by channel"),
    Column("sold", JSON, nullable=False, comment="by channel, as far as it was known then"),
    comment="the last units of what sells fast, each shown on one channel only",
)
