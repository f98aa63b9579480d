"""What the channels show, and what they told of."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
)

from mercer.store.columns import Moment
from mercer.store.tables.metadata import metadata, partial

channels: Final = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("listings_pulled_at", Moment),
    Column("enumerated_at", Moment, comment="when a complete enumeration last began"),
    Column("orders_pulled_at", Moment),
    Column("orders_watermark", Moment),
    Column("cases_pulled_at", Moment),
    Column("cases_watermark", Moment),
    Column("reconciled_at", Moment, comment="when all of it was last compared"),
    Column("decisions_told", BigInteger, comment="the last decision that was reported then"),
    Column("findings_told", BigInteger, comment="the last finding that was reported then"),
    Column("judged_by", JSON, comment="owner and policy of each field that the states rest on"),
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
    Column("refs", JSON(none_as_null=True), comment="null: not read since these are kept"),
    partial("ix_listings_seen_at", "channel", "seen_at", where="gone_at IS NULL"),
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
    Column("refs", JSON(none_as_null=True), comment="null: not read since these are kept"),
    ForeignKeyConstraint(["channel", "listing"], ["listings.channel", "listings.listing"]),
    Index("ix_offers_merchant_code", "channel", "merchant_code"),
)

absences: Final = Table(
    "absences",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("product", Text, ForeignKey("products.code"), primary_key=True),
    comment="active products without any offer on a channel",
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

events: Final = Table(
    "events",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("happened_at", Moment),
    Column("received_at", Moment, nullable=False),
    Column("handled_at", Moment),
    partial("ix_events_open", "channel", where="handled_at IS NULL"),
    comment="webhooks and messages, once each; they only name what to read",
)
