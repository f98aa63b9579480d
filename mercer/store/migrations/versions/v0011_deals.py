"""The last units of what sells fast, dealt out to channels."""

import sqlalchemy as sa
from alembic import op

from mercer.store.columns import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deals",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column(
            "counts_from", Moment(), nullable=False, comment="what was sold since then is counted"
        ),
        sa.Column("dealt_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False, comment="until when it surely sells fast"),
        sa.Column("units", sa.JSON(), nullable=False, comment="by channel"),
        sa.Column(
            "sold", sa.JSON(), nullable=False, comment="by channel, as far as it was known then"
        ),
        sa.ForeignKeyConstraint(["sku"], ["skus.sku"], name=op.f("fk_deals_sku")),
        sa.PrimaryKeyConstraint("sku", name=op.f("pk_deals")),
        comment="the last units of what sells fast, each shown on one channel only",
    )
    op.create_index("ix_movements_at", "movements", ["at"])
