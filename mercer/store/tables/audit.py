"""The audit: a chain of lines, each sealing the one before it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from mercer.store.columns import NUMBER, Moment
from mercer.store.tables.metadata import metadata, partial

audit: Final = Table(
    "audit",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False, comment="1, 2, 3, no gaps"),
    Column("at", Moment, comment="null: a seal, whose rows tell when they were written"),
    Column("who", Text),
    Column("kind", Text, nullable=False),
    Column("channel", Text),
    Column("listing", Text),
    Column("offer", Text),
    Column("field", Text),
    Column("scope", Text),
    Column("sku", Text),
    Column("order", Text),
    Column("plan", Text),
    Column("run", Text),
    Column("change", Text),
    Column("before", Text),
    Column("after", Text),
    Column("request_id", Text),
    Column("reason", Text),
    Column("rows", Text, comment="of a seal: the ids of the rows it covers, as in 1-3,7"),
    Column("digest", Text, comment="of a seal: SHA-256 over those rows"),
    Column("hash", Text, nullable=False, comment="SHA-256 over the hash before it and this line"),
    partial("ix_audit_sku", "sku", "number", where='"sku" IS NOT NULL'),
    partial("ix_audit_listing", "listing", "number", where='"listing" IS NOT NULL'),
    partial("ix_audit_order", "order", "number", where='"order" IS NOT NULL'),
    partial("ix_audit_run", "run", where="kind = 'run began'"),
    comment="append-only: triggers refuse anything but new lines",
)

chain: Final = Table(
    "chain",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    Column("number", NUMBER, nullable=False, comment="of the audit's last line"),
    Column("hash", Text, nullable=False),
    Column("movements", NUMBER, nullable=False, comment="the last movement that a seal covers"),
    Column("journal", NUMBER, nullable=False, comment="the last journal row that a seal covers"),
    comment="where the audit's chain ends",
)
