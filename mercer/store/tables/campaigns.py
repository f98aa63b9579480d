"""Campaigns: their edges on each channel, what they ask there, and who approved them.

Their prices are in the price book.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Table, Text

from mercer.store.columns import NUMBER, Moment
from mercer.store.tables.metadata import metadata

campaigns: Final = Table(
    "campaigns",
    metadata,
    Column("name", Text, primary_key=True),
    Column("start", Text, nullable=False, comment="as it was told; so for end"),
    Column("end", Text, nullable=False),
    Column("start_tolerance", Text, nullable=False),
    Column("end_tolerance", Text, nullable=False),
    Column("allowed", JSON, nullable=False, comment="guards that were let pass beforehand"),
    Column("reason", Text, nullable=False),
    Column("price_book", NUMBER, nullable=False, comment="the version that has its entries"),
    Column("who", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("cancelled_at", Moment),
    Column("cancelled_by", Text, nullable=False, server_default=""),
)

campaign_edges: Final = Table(
    "campaign_edges",
    metadata,
    Column("campaign", Text, ForeignKey("campaigns.name"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("edge", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("earliest", Moment, nullable=False),
    Column("latest", Moment, nullable=False),
    Column("begins_at", Moment, nullable=False, comment="its push, and so where the entries end"),
    Column("calls", NUMBER, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("checksum", Text, nullable=False, comment="of what it was foreseen to change"),
)

campaign_entries: Final = Table(
    "campaign_entries",
    metadata,
    Column("campaign", Text, ForeignKey("campaigns.name"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("sku", Text, primary_key=True),
    Column("price", Text, nullable=False),
    Column("compare_at", Text, comment="empty: there shall be none"),
    Column("after", Text, comment="what it was foreseen to cost when the campaign is over"),
    Column("struck_after", Text, comment="its compare-at price then"),
    Index("ix_campaign_entries_sku", "sku", "channel"),
)

campaign_approvals: Final = Table(
    "campaign_approvals",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("campaign", Text, ForeignKey("campaigns.name"), nullable=False, index=True),
    Column("checksum", Text, nullable=False, comment="of all that its edges were foreseen to do"),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", Moment),
)
