"""The price book with dates, costs and history; rates, price rules, and prices as they were shown."""

import sqlalchemy as sa
from alembic import op

from mercer.store.columns import NUMBER, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FOREVER = 253402214400000000
_AMOUNTS = ("price", "compare_at", "floor", "ceiling", "cost")


def _amounts() -> list[sa.Column[str]]:
    comments = {
        "compare_at": "empty: there shall be none",
        "floor": "empty: declared, and not known; so for ceiling and cost",
    }
    return [sa.Column(name, sa.Text(), comment=comments.get(name)) for name in _AMOUNTS]


def upgrade() -> None:
    _price_book()
    op.create_table(
        "price_history",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        *_amounts(),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("set_at", Moment(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False, comment="it was taken out of the book"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_history")),
        comment="every entry as it was set, never changed",
    )
    op.create_index("ix_price_history_sku", "price_history", ["sku", "version"])
    op.execute(
        "INSERT INTO price_history (sku, channel, currency, starts_at, ends_at, price, compare_at, "
        "floor, version, who, set_at, dropped) SELECT sku, channel, currency, starts_at, ends_at, "
        "price, compare_at, floor, version, who, set_at, false FROM prices"
    )
    _beside_the_book()


def _price_book() -> None:
    """The key grows, so the table is made anew."""
    op.execute("CREATE TABLE prices_before AS SELECT * FROM prices")
    op.drop_table("prices")
    op.create_table(
        "prices",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False, comment="empty: the base entry"),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        *_amounts(),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("set_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["sku"], ["skus.sku"], name=op.f("fk_prices_sku")),
        sa.PrimaryKeyConstraint(
            "sku", "channel", "currency", "starts_at", "ends_at", name=op.f("pk_prices")
        ),
    )
    op.execute(
        "INSERT INTO prices (sku, channel, currency, starts_at, ends_at, price, compare_at, floor, "
        "version, who, set_at) SELECT sku, channel, currency, 0, 253402214400000000, price, compare_at, "
        "floor, version, '', set_at FROM prices_before"
    )
    op.drop_table("prices_before")
    _index("ix_prices_limits", "sku", "(floor IS NOT NULL OR ceiling IS NOT NULL)")
    _index("ix_prices_starts", "starts_at", "starts_at > 0")
    _index("ix_prices_ends", "ends_at", f"ends_at < {_FOREVER}")


def _index(name: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "prices", [column], sqlite_where=condition, postgresql_where=condition)


def _beside_the_book() -> None:
    op.create_table(
        "rates",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("set_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("source", "target", "at", "version", name=op.f("pk_rates")),
    )
    op.create_table(
        "price_rules",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "version", name=op.f("pk_price_rules")),
        comment="a channel's rules each time they were seen to have changed",
    )
    op.create_table(
        "price_looks",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_price_looks")),
        comment="until when what time brings was taken into a channel's prices",
    )
    op.create_table(
        "shown_prices",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("price", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "listing", "offer", "at", name=op.f("pk_shown_prices")),
        comment="what each offer was seen to cost, from then until the next row",
    )
    op.execute(
        "INSERT INTO shown_prices (channel, listing, offer, at, price) SELECT channel, listing, "
        "offer, observed_at, observed FROM cells WHERE field = 'price' AND observed IS NOT NULL "
        "AND observed_at IS NOT NULL"
    )
