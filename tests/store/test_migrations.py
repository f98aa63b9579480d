"""Migrations are applied on first use, and lead from the first version to the newest."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from mercer.core.errors import WorkspaceError
from mercer.store import migrations
from mercer.store.database import HEAD, open_database
from mercer.store.tables import metadata
from mercer.store.versions import bump, number_of


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return ScriptDirectory.from_config(config)


def revision(path: Path) -> object:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    engine.dispose()
    return found


def test_an_empty_file_is_brought_to_the_newest_version(path: Path) -> None:
    open_database(path).close()
    assert revision(path) == HEAD


def test_there_is_one_line_of_migrations_and_its_end_is_the_newest() -> None:
    assert scripts().get_heads() == [HEAD]
    assert len(scripts().get_bases()) == 1


def test_the_migrated_schema_is_the_one_that_the_tables_declare(path: Path) -> None:
    open_database(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        migrated = indexes(connection)
    engine.dispose()
    declared = create_engine("sqlite://")
    metadata.create_all(declared)
    with declared.connect() as connection:
        assert migrated == indexes(connection)
    declared.dispose()


def indexes(connection: object) -> dict[str, str]:
    """With their conditions, which Alembic does not compare."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    rows = connection.execute(text(query)).all()  # type: ignore[attr-defined]
    return {name: " ".join(sql.split()) for name, sql in rows}


@pytest.mark.parametrize("start", [script.revision for script in scripts().walk_revisions()])
def test_every_older_version_leads_to_the_newest_and_keeps_what_it_held(
    path: Path, start: str
) -> None:
    engine = create_engine(f"sqlite:///{path}")
    migrations.upgrade(engine, None, start)
    with engine.begin() as connection:
        bump(connection, "plan")
    engine.dispose()
    database = open_database(path)
    with database.read() as connection:
        assert number_of(connection, "plan") == 1
    database.close()
    assert revision(path) == HEAD


def test_a_newer_database_is_refused_with_a_plain_sentence_and_left_as_it_is(
    path: Path,
) -> None:
    open_database(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(WorkspaceError, match="version 9999, which this Mercer does not know") as e:
        open_database(path)
    assert "upgrade" in e.value.hint
    assert revision(path) == "9999"
