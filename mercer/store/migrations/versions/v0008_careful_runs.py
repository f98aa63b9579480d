"""Runs with a canary and a limit of failures, and why an entry of the price book was set."""

import sqlalchemy as sa
from alembic import op

from mercer.store.columns import NUMBER

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "runs",
        sa.Column("canary_wait", NUMBER, server_default="0", nullable=False, comment="in seconds"),
    )
    op.add_column(
        "runs",
        sa.Column(
            "max_failures",
            NUMBER,
            nullable=True,
            comment="it stops beyond so many; null: it never does",
        ),
    )
    op.add_column(
        "runs",
        sa.Column(
            "stopped",
            sa.Text(),
            nullable=True,
            comment="why it was stopped; null: it was not, or went on since",
        ),
    )
    op.create_table(
        "canaries",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column(
            "finding",
            sa.Text(),
            nullable=True,
            comment="of the second look; empty: it holds; null: not looked yet",
        ),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_canaries_run")),
        sa.PrimaryKeyConstraint("run", "change", name=op.f("pk_canaries")),
        comment="the changes that a run tries before the others",
    )
    open_ = sa.text("finding IS NULL")
    op.create_index(
        "ix_canaries_open",
        "canaries",
        ["run", "channel"],
        unique=False,
        sqlite_where=open_,
        postgresql_where=open_,
    )
    failed = sa.text("outcome IN ('rejected', 'unconverged')")
    op.create_index(
        "ix_results_failed",
        "results",
        ["run"],
        unique=False,
        sqlite_where=failed,
        postgresql_where=failed,
    )
    op.add_column(
        "price_history",
        sa.Column(
            "reason",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="empty: none was given",
        ),
    )
