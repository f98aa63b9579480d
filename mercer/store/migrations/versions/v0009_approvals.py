"""What hangs on the change of a price, and who approved a plan."""

import sqlalchemy as sa
from alembic import op

from mercer.store.columns import NUMBER, Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BESIDE = "(floor IS NOT NULL OR ceiling IS NOT NULL OR cost IS NOT NULL)"


def upgrade() -> None:
    for column in (
        sa.Column(
            "units",
            NUMBER,
            nullable=True,
            comment="of a price: what the offer is to show beside it",
        ),
        sa.Column(
            "cost",
            sa.Text(),
            nullable=True,
            comment="of a price: what a unit costs, in the channel's currency",
        ),
        sa.Column(
            "moved",
            NUMBER,
            nullable=True,
            comment="of a price: what all units get dearer, in minor units",
        ),
    ):
        op.add_column("changes", column)
    op.create_table(
        "approvals",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False, comment="of the plan as it was approved"),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name=op.f("fk_approvals_plan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_plan", "approvals", ["plan"], unique=False)
    op.drop_index("ix_prices_limits", table_name="prices")
    condition = sa.text(_BESIDE)
    op.create_index(
        "ix_prices_beside", "prices", ["sku"], sqlite_where=condition, postgresql_where=condition
    )
