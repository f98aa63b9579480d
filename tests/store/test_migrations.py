"""Migrations are applied on first use, and lead from the first version to the newest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from mercer.core.errors import WorkspaceError
from mercer.store import migrations, postgresql, sqlite
from mercer.store.database import HEAD, Database, open_database
from mercer.store.tables import metadata
from mercer.store.versions import bump, number_of

pytestmark = pytest.mark.both_databases


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return ScriptDirectory.from_config(config)


@pytest.fixture
def empty(place: Path | str) -> Iterator[Database]:
    """Connected, and not migrated yet."""
    made = postgresql.connect(place, "") if isinstance(place, str) else sqlite.connect(place)
    yield made
    made.close()


def revision(database: Database) -> object:
    with database.read() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def test_an_empty_database_is_brought_to_the_newest_version(
    empty: Database, place: Path | str
) -> None:
    open_database(place).close()
    assert revision(empty) == HEAD


def test_there_is_one_line_of_migrations_and_its_end_is_the_newest() -> None:
    assert scripts().get_heads() == [HEAD]
    assert len(scripts().get_bases()) == 1


def test_the_migrated_schema_is_the_one_that_the_tables_declare(on_disk: Database) -> None:
    with on_disk.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        migrated = indexes(connection)
    with on_disk.rehearsal() as trial, trial.write() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        assert migrated == indexes(connection)


def indexes(connection: Connection) -> dict[str, str]:
    """With their conditions, which Alembic does not compare."""
    query = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "AND tablename <> 'alembic_version'",
    }[connection.dialect.name]
    return {name: " ".join(sql.split()) for name, sql in connection.execute(text(query))}


@pytest.mark.parametrize("start", [script.revision for script in scripts().walk_revisions()])
def test_every_older_version_leads_to_the_newest_and_keeps_what_it_held(
    empty: Database, place: Path | str, start: str
) -> None:
    with empty.write() as connection:
        migrations.upgrade(connection, None, start)
        bump(connection, "plan")
    database = open_database(place)
    with database.read() as connection:
        assert number_of(connection, "plan") == 1
    database.close()
    assert revision(empty) == HEAD


def test_a_newer_database_is_refused_with_a_plain_sentence_and_left_as_it_is(
    on_disk: Database, place: Path | str
) -> None:
    with on_disk.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WorkspaceError, match="version 9999, which this Mercer does not know") as e:
        open_database(place)
    assert "upgrade" in e.value.hint
    assert revision(on_disk) == "9999"
