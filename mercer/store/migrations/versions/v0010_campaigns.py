"""Campaigns, their edges on each channel, what they ask there, and who approved them."""

import sqlalchemy as sa
from alembic import op

from mercer.store.columns import NUMBER, Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False, comment="as it was told; so for end"),
        sa.Column("end", sa.Text(), nullable=False),
        sa.Column("start_tolerance", sa.Text(), nullable=False),
        sa.Column("end_tolerance", sa.Text(), nullable=False),
        sa.Column(
            "allowed", sa.JSON(), nullable=False, comment="guards that were let pass beforehand"
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("price_book", NUMBER, nullable=False, comment="the version that has its entries"),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "campaign_edges",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("edge", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("earliest", Moment(), nullable=False),
        sa.Column("latest", Moment(), nullable=False),
        sa.Column(
            "begins_at", Moment(), nullable=False, comment="its push, and so where the entries end"
        ),
        sa.Column("calls", NUMBER, nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column(
            "checksum", sa.Text(), nullable=False, comment="of what it was foreseen to change"
        ),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.name"], name=op.f("fk_campaign_edges_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign", "channel", "edge", name=op.f("pk_campaign_edges")),
    )
    op.create_table(
        "campaign_entries",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("price", sa.Text(), nullable=False),
        sa.Column("compare_at", sa.Text(), nullable=True, comment="empty: there shall be none"),
        sa.Column(
            "after",
            sa.Text(),
            nullable=True,
            comment="what it was foreseen to cost when the campaign is over",
        ),
        sa.Column("struck_after", sa.Text(), nullable=True, comment="its compare-at price then"),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.name"], name=op.f("fk_campaign_entries_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign", "channel", "sku", name=op.f("pk_campaign_entries")),
    )
    op.create_index("ix_campaign_entries_sku", "campaign_entries", ["sku", "channel"])
    op.create_table(
        "campaign_approvals",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column(
            "checksum",
            sa.Text(),
            nullable=False,
            comment="of all that its edges were foreseen to do",
        ),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.name"], name=op.f("fk_campaign_approvals_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_approvals")),
    )
    op.create_index("ix_campaign_approvals_campaign", "campaign_approvals", ["campaign"])
