"""Runs work in steps: how far each change came is told by its attempt."""

import sqlalchemy as sa
from alembic import op

from mercer.store.columns import NUMBER

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "results",
        sa.Column(
            "attempt",
            NUMBER,
            server_default="1",
            nullable=False,
            comment="in which attempt of the run it ended so; 0: the run did not come to it",
        ),
    )
    op.create_index("ix_runs_plan", "runs", ["plan"], unique=False)
    op.drop_index(op.f("ix_journal_run"), table_name="journal")
    op.create_index("ix_journal_run", "journal", ["run", "change"], unique=False)
