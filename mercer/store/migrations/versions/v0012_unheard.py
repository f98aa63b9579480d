"""When the request of what is in flight is over, though nobody heard an answer."""

import sqlalchemy as sa
from alembic import op

from mercer.store.columns import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cells",
        sa.Column(
            "over_at", Moment(), comment="when nobody waits for its answer any more, at the latest"
        ),
    )
