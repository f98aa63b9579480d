"""Cells with their state, and what a person has it otherwise for one channel."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Index, Table, Text, UniqueConstraint

from mercer.store.columns import NUMBER, Moment
from mercer.store.tables.metadata import metadata, partial

QUIET: Final = "state NOT IN ('agreed', 'followed', 'unlinked')"
"""The words of the partial index; a query that repeats them costs what changed, not what exists."""

OURS: Final = "state NOT IN ('missing', 'unlinked')"
"""The words of the partial index of how fresh each channel's truth is."""

cells: Final = Table(
    "cells",
    metadata,
    Column("id", NUMBER, primary_key=True),
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
    Column("accepted_at", Moment, comment="when the platform said that it took what is in flight"),
    Column("gone", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text),
    Column("unexplained", NUMBER, nullable=False),
    Column("observed_since", Moment, comment="when a read first showed what it shows"),
    Column("desired_since", Moment, comment="since when it should show what it should"),
    Column("over_at", Moment, comment="when nobody waits for its answer any more, at the latest"),
    UniqueConstraint("channel", "listing", "offer", "field", "scope"),
    partial("ix_cells_attention", "channel", "state", "field", "listing", "offer", where=QUIET),
    partial("ix_cells_unexplained", "channel", where="unexplained <> 0"),
    # With the state, so that ages are told by the index alone.
    partial("ix_cells_confirmed", "channel", "field", "observed_at", "state", where=OURS),
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
    Column("reason", Text, nullable=False, server_default=""),
    partial("ix_overrides_expires_at", "expires_at", where="expires_at IS NOT NULL"),
)

decisions: Final = Table(
    "decisions",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("listing", Text, nullable=False),
    Column("offer", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sku", Text),
    Column("base", Text),
    Column("desired", Text),
    Column("observed", Text),
    Column("how", Text, nullable=False),
    Column("value", Text, comment="what the channel keeps as its own from then on"),
    Column("expires_at", Moment),
    Column("who", Text, nullable=False, comment="a person, or a policy by its name"),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_decisions_channel", "channel", "id"),
    Index("ix_decisions_cell", "channel", "listing", "offer", "field", "scope"),
    comment="whose value prevailed where both could not: by a person or a policy, append-only",
)
