"""The platforms' further ids that writing an offer takes, so that a new process need not read pages."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("listings", "offers"):
        op.add_column(
            table,
            sa.Column(
                "refs", sa.JSON(none_as_null=True), comment="null: not read since these are kept"
            ),
        )
