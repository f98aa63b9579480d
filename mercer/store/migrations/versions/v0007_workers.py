"""Workers, breakers, and how far jobs are."""

import sqlalchemy as sa
from alembic import op

from mercer.store.columns import NUMBER, Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("process", NUMBER, nullable=False),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False, comment="its last sign of life"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
        comment="what only one worker may do at a time",
    )
    op.create_table(
        "breakers",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="of the error that opened it"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False, comment="then one job may try"),
        sa.Column("failures", NUMBER, nullable=False, comment="in a row"),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_breakers")),
        comment="open ones; by the workspace's clock",
    )
    op.create_table(
        "progress",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("done", NUMBER, nullable=False),
        sa.Column("total", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("run", "channel", "what", name=op.f("pk_progress")),
        comment="how far the jobs are that are being worked on",
    )
