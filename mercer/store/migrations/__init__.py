"""Bring a database up to date. Applied on first use; each step is one file in `versions`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from mercer.core.errors import WorkspaceError


def upgrade(engine: Engine, found: str | None, target: str) -> None:
    """From revision `found` (`None`: empty) to `target`, in one transaction.

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
    with engine.connect() as connection:
        connection.info["immediate"] = True
        try:
            with connection.begin():
                _run(config, connection, target)
        finally:
            # The pool hands this connection out again, to readers too.
            connection.info["immediate"] = False


def _run(config: Config, connection: Connection, target: str) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, target)
