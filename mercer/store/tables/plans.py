"""Plans, what became of their changes, and what limits the writing."""

from __future__ import annotations

from typing import Final

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Table, Text

from mercer.store.columns import NUMBER, Moment
from mercer.store.tables.metadata import metadata, partial

versions: Final = Table(
    "versions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("number", NUMBER, nullable=False),
    comment="a counter for each input of plans: catalogue, price_book, links, stock; and for ids",
)

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
    Column("position", NUMBER, primary_key=True),
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
    Column("units", NUMBER, comment="of a price: what the offer is to show beside it"),
    Column("cost", Text, comment="of a price: what a unit costs, in the channel's currency"),
    Column("moved", NUMBER, comment="of a price: what all units get dearer, in minor units"),
)

approvals: Final = Table(
    "approvals",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("plan", Text, ForeignKey("plans.id"), nullable=False, index=True),
    Column("checksum", Text, nullable=False, comment="of the plan as it was approved"),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", Moment),
)

runs: Final = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("plan", Text, ForeignKey("plans.id"), nullable=False, index=True),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("canary_wait", NUMBER, nullable=False, server_default="0", comment="in seconds"),
    Column("max_failures", NUMBER, comment="it stops beyond so many; null: it never does"),
    Column("stopped", Text, comment="why it was stopped; null: it was not, or went on since"),
)

canaries: Final = Table(
    "canaries",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("change", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("finding", Text, comment="of the second look; empty: it holds; null: not looked yet"),
    partial("ix_canaries_open", "run", "channel", where="finding IS NULL"),
    comment="the changes that a run tries before the others",
)

FAILURES: Final = "outcome IN ('rejected', 'unconverged')"

results: Final = Table(
    "results",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("change", Text, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column(
        "attempt",
        NUMBER,
        nullable=False,
        server_default="1",
        comment="in which attempt of the run it ended so; 0: the run did not come to it",
    ),
    partial("ix_results_failed", "run", where=FAILURES),
)

journal: Final = Table(
    "journal",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("change", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("listing", Text, nullable=False),
    Column("offer", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sku", Text),
    Column("before", Text),
    Column("after", Text),
    Column("key", Text, nullable=False, comment="the idempotency key of this attempt"),
    Column("sent_at", Moment, nullable=False),
    Column("outcome", Text, comment="null: sent and nothing heard; a crash leaves it so"),
    Column("outcome_at", Moment),
    Column("code", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("request_id", Text, comment="the platform's own; null: it gave none"),
    Column("settled", Text, comment="how a read decided an outcome that was in doubt"),
    Column("settled_at", Moment),
    Index("ix_journal_run", "run", "change"),
    partial("ix_journal_open", "channel", where="settled IS NULL"),
    Index("ix_journal_sku", "sku"),
    Index("ix_journal_listing", "listing"),
)

quotas: Final = Table(
    "quotas",
    metadata,
    Column("key", Text, primary_key=True),
    Column("arrival", Float, nullable=False, comment="GCRA: theoretical arrival, epoch seconds"),
)
