"""Bring a database up to date. Applied on first use; each step is one file in `versions`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from mercer.core.errors import WorkspaceError
from mercer.store.postgresql import sort_by_bytes


def upgrade(connection: Connection, found: str | None, target: str) -> None:
    """From revision `found` (`None`: empty) to `target`, in the transaction of `Database.write`.

    Raise `WorkspaceError` for a database that a newer Mercer has written.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise WorkspaceError(
            f"the database is at version {found}, which this Mercer does not know",
            hint="it was written by a newer Mercer: upgrade this one",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, target)
    if connection.dialect.name == "postgresql":
        sort_by_bytes(connection)
