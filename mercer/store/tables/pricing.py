"""The price book with its history, rates, price rules as they were, and what prices were shown."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text

from mercer.core.price import ALWAYS, FOREVER
from mercer.store.columns import NUMBER, Moment
from mercer.store.tables.metadata import metadata, partial


def _amounts() -> tuple[Column[Any], ...]:
    """Of the price book. Null is not declared."""
    return (
        Column("price", Text),
        Column("compare_at", Text, comment="empty: there shall be none"),
        Column("floor", Text, comment="empty: declared, and not known; so for ceiling and cost"),
        Column("ceiling", Text),
        Column("cost", Text),
    )


BESIDE: Final = "(floor IS NOT NULL OR ceiling IS NOT NULL OR cost IS NOT NULL)"

prices: Final = Table(
    "prices",
    metadata,
    Column("sku", Text, ForeignKey("skus.sku"), primary_key=True),
    Column("channel", Text, primary_key=True, comment="empty: the base entry"),
    Column("currency", Text, primary_key=True),
    Column("starts_at", Moment, primary_key=True, default=ALWAYS),
    Column("ends_at", Moment, primary_key=True, default=FOREVER),
    *_amounts(),
    Column("version", NUMBER, nullable=False),
    Column("who", Text, nullable=False, default=""),
    Column("set_at", Moment, nullable=False),
    partial("ix_prices_beside", "sku", where=BESIDE),
    partial("ix_prices_starts", "starts_at", where="starts_at > 0"),
    partial("ix_prices_ends", "ends_at", where="ends_at < 253402214400000000"),
)

price_history: Final = Table(
    "price_history",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("sku", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    *_amounts(),
    Column("version", NUMBER, nullable=False),
    Column("who", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("dropped", Boolean, nullable=False, comment="it was taken out of the book"),
    Column("reason", Text, nullable=False, server_default="", comment="empty: none was given"),
    Index("ix_price_history_sku", "sku", "version"),
    comment="every entry as it was set, never changed",
)

rates: Final = Table(
    "rates",
    metadata,
    Column("source", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("version", NUMBER, primary_key=True),
    Column("value", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("set_at", Moment, nullable=False),
)

price_rules: Final = Table(
    "price_rules",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("version", NUMBER, primary_key=True),
    Column("text", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    comment="a channel's rules each time they were seen to have changed",
)

price_looks: Final = Table(
    "price_looks",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    comment="until when what time brings was taken into a channel's prices",
)

shown_prices: Final = Table(
    "shown_prices",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("listing", Text, primary_key=True),
    Column("offer", Text, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("price", Text, nullable=False),
    comment="what each offer was seen to cost, from then until the next row",
)
