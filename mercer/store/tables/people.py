"""That there are buyers, and the one place that knows who they are."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from mercer.store.columns import NUMBER, Moment
from mercer.store.tables.metadata import metadata

customers: Final = Table(
    "customers",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("key", Text, comment="keyed hash of the platform's id of the buyer, e-mail or phone"),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("erased_at", Moment),
    UniqueConstraint("channel", "key"),
    comment="that there is a buyer, and nothing of who it is",
)

customer_links: Final = Table(
    "customer_links",
    metadata,
    Column("customer", BigInteger, ForeignKey("customers.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("hash", Text, primary_key=True, index=True),
    comment="keyed hashes by which the same person is known on several channels",
)

personal: Final = Table(
    "personal",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="order, or a kind of quarantine"),
    Column("subject", Text, nullable=False, comment="the order's or the quarantined thing's id"),
    Column("customer", BigInteger, ForeignKey("customers.id"), index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, index=True),
    UniqueConstraint("channel", "kind", "subject"),
    comment="the one place of personal data; every value is encrypted",
)

erasures: Final = Table(
    "erasures",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("customers", JSON, nullable=False),
    Column("removed", NUMBER, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("receipt", Text, nullable=False, unique=True),
)
