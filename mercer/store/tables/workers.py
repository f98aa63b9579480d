"""Who is at work, how far, and which channels rest. Its times are the machine's, but for breakers."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Table, Text

from mercer.store.columns import NUMBER, Moment
from mercer.store.tables.metadata import metadata

workers: Final = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("process", NUMBER, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, comment="its last sign of life"),
)

leases: Final = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Moment, nullable=False),
    comment="what only one worker may do at a time",
)

breakers: Final = Table(
    "breakers",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("kind", Text, nullable=False, comment="of the error that opened it"),
    Column("reason", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("until", Moment, nullable=False, comment="then one job may try"),
    Column("failures", NUMBER, nullable=False, comment="in a row"),
    comment="open ones; by the workspace's clock",
)

progress: Final = Table(
    "progress",
    metadata,
    Column("run", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("done", NUMBER, nullable=False),
    Column("total", NUMBER),
    comment="how far the jobs are that are being worked on",
)
