"""The audit, and what the journal lacks for it."""

import sqlalchemy as sa
from alembic import op

from mercer.store.columns import NUMBER, Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXTS = "channel listing offer field scope sku order plan run change before after request_id reason"


def upgrade() -> None:
    _tables()
    op.add_column("journal", sa.Column("sku", sa.Text(), nullable=True))
    op.add_column(
        "journal",
        sa.Column(
            "request_id",
            sa.Text(),
            nullable=True,
            comment="the platform's own; null: it gave none",
        ),
    )
    op.add_column(
        "movements",
        sa.Column(
            "posted_at",
            Moment(),
            nullable=True,
            comment="when it came into the ledger; `at` may be an order's time",
        ),
    )
    op.create_index("ix_journal_sku", "journal", ["sku"])
    op.create_index("ix_journal_listing", "journal", ["listing"])
    op.execute(
        "INSERT INTO chain (id, number, hash, movements, journal) VALUES (1, 0, '', "
        "(SELECT COALESCE(MAX(id), 0) FROM movements), (SELECT COALESCE(MAX(id), 0) FROM journal))"
    )
    _append_only("audit", "UPDATE", "DELETE")
    _append_only("movements", "UPDATE", "DELETE")
    _append_only("journal", "DELETE")


def _tables() -> None:
    op.create_table(
        "audit",
        sa.Column(
            "number", NUMBER, autoincrement=False, nullable=False, comment="1, 2, 3, no gaps"
        ),
        sa.Column(
            "at",
            Moment(),
            nullable=True,
            comment="null: a seal, whose rows tell when they were written",
        ),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in TEXTS.split()),
        sa.Column(
            "rows",
            sa.Text(),
            nullable=True,
            comment="of a seal: the ids of the rows it covers, as in 1-3,7",
        ),
        sa.Column("digest", sa.Text(), nullable=True, comment="of a seal: SHA-256 over those rows"),
        sa.Column(
            "hash",
            sa.Text(),
            nullable=False,
            comment="SHA-256 over the hash before it and this line",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
        comment="append-only: triggers refuse anything but new lines",
    )
    for name in ("sku", "listing", "order"):
        _partial(f"ix_audit_{name}", [name, "number"], f'"{name}" IS NOT NULL')
    _partial("ix_audit_run", ["run"], "kind = 'run began'")
    op.create_table(
        "chain",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="always 1"),
        sa.Column("number", NUMBER, nullable=False, comment="of the audit's last line"),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column(
            "movements", NUMBER, nullable=False, comment="the last movement that a seal covers"
        ),
        sa.Column(
            "journal", NUMBER, nullable=False, comment="the last journal row that a seal covers"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain")),
        comment="where the audit's chain ends",
    )


def _partial(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "audit", columns, sqlite_where=condition, postgresql_where=condition)


def _append_only(table: str, *refused: str) -> None:
    """Whoever can write SQL can drop a trigger; the chain then tells what was changed."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE {' OR '.join(refused)} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()"
        )
        return
    for what in refused:
        op.execute(
            f"CREATE TRIGGER {table}_append_only_{what.lower()} BEFORE {what} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
