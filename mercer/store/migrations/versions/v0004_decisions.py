"""Decisions about what moved at the shops, and since when each side of a cell is what it is."""

import sqlalchemy as sa
from alembic import op

from mercer.store.columns import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("base", sa.Text(), nullable=True),
        sa.Column("desired", sa.Text(), nullable=True),
        sa.Column("observed", sa.Text(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column(
            "value",
            sa.Text(),
            nullable=True,
            comment="what the channel keeps as its own from then on",
        ),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False, comment="a person, or a policy by its name"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        comment="whose value prevailed where both could not: by a person or a policy, append-only",
    )
    op.create_index("ix_decisions_channel", "decisions", ["channel", "id"])
    op.create_index(
        "ix_decisions_cell", "decisions", ["channel", "listing", "offer", "field", "scope"]
    )
    op.add_column("overrides", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    _partial("ix_overrides_expires_at", "overrides", ["expires_at"], "expires_at IS NOT NULL")
    op.add_column(
        "cells",
        sa.Column(
            "observed_since",
            Moment(),
            nullable=True,
            comment="when a read first showed what it shows",
        ),
    )
    op.add_column(
        "cells",
        sa.Column(
            "desired_since",
            Moment(),
            nullable=True,
            comment="since when it should show what it should",
        ),
    )
    _partial(
        "ix_cells_confirmed",
        "cells",
        ["channel", "field", "observed_at", "state"],
        "state NOT IN ('missing', 'unlinked')",
    )
    op.add_column(
        "channels",
        sa.Column(
            "reconciled_at", Moment(), nullable=True, comment="when all of it was last compared"
        ),
    )
    op.add_column(
        "channels",
        sa.Column(
            "decisions_told",
            sa.BigInteger(),
            nullable=True,
            comment="the last decision that was reported then",
        ),
    )
    op.add_column(
        "channels",
        sa.Column(
            "findings_told",
            sa.BigInteger(),
            nullable=True,
            comment="the last finding that was reported then",
        ),
    )
    op.add_column(
        "channels",
        sa.Column(
            "judged_by",
            sa.JSON(),
            nullable=True,
            comment="owner and policy of each field that the states rest on",
        ),
    )
    _partial("ix_listings_seen_at", "listings", ["channel", "seen_at"], "gone_at IS NULL")
    op.create_index("ix_orders_updated_at", "orders", ["channel", "updated_at"])


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    words = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=words, postgresql_where=words)
