"""Sealed values: what opens them, what a new key does, and that deleting leaves nothing behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from mercer.core.errors import SettingsError
from mercer.store import personal
from mercer.store.database import Database, open_database
from mercer.store.personal import ORDER, Sealed
from mercer.store.tables import personal as table
from mercer.store.vault import Unopenable, Vault

pytestmark = pytest.mark.both_databases

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def new_key() -> str:
    return Fernet.generate_key().decode()


def vault_with(*keys: str) -> Vault:
    return Vault(lambda: keys)


def sealed(subject: str, text: str, expires_at: datetime | None = None) -> Sealed:
    return Sealed("north", ORDER, subject, text, expires_at=expires_at)


def kept(database: Database, *values: Sealed, vault: Vault) -> None:
    with database.write() as tx:
        personal.keep(tx, vault, values, NOW)


def test_a_value_is_opened_by_its_key_and_by_no_other(database: Database) -> None:
    key = new_key()
    kept(database, sealed("O1", "欧阳晓彤"), vault=vault_with(key))
    with database.read() as tx:
        assert personal.opened(tx, vault_with(key), "north", ORDER, "O1") == "欧阳晓彤"
        assert personal.opened(tx, vault_with(key), "north", ORDER, "O2") is None
        with pytest.raises(SettingsError, match="order O1; it is stored as it was") as refused:
            personal.opened(tx, vault_with(new_key()), "north", ORDER, "O1")
    assert "put the key that sealed it back" in refused.value.hint


def test_nothing_is_readable_in_the_table(database: Database) -> None:
    kept(database, sealed("O1", "欧阳晓彤"), vault=vault_with(new_key()))
    with database.read() as tx:
        stored = tx.execute(select(table.c.sealed)).scalar_one()
    assert "欧阳".encode() not in stored


def test_every_key_opens_and_the_first_seals(database: Database) -> None:
    old, new = new_key(), new_key()
    kept(database, sealed("O1", "a"), vault=vault_with(old))
    kept(database, sealed("O2", "b"), vault=vault_with(new, old))
    with database.read() as tx:
        assert personal.opened(tx, vault_with(new, old), "north", ORDER, "O1") == "a"
        assert personal.opened(tx, vault_with(new), "north", ORDER, "O2") == "b"


def test_once_sealed_anew_the_old_key_is_not_needed_and_hashes_are_the_same(
    database: Database,
) -> None:
    old, new = new_key(), new_key()
    kept(database, *(sealed(f"O{each}", f"v{each}") for each in range(600)), vault=vault_with(old))
    with database.write() as tx:
        before = personal.fingerprints(tx, vault_with(old), NOW).of("email", "a@b.example")
        assert personal.reseal(tx, vault_with(new, old)) == 601
        assert personal.fingerprints(tx, vault_with(new), NOW).of("email", "a@b.example") == before
        assert personal.opened(tx, vault_with(new), "north", ORDER, "O599") == "v599"
        with pytest.raises(SettingsError):
            personal.opened(tx, vault_with(old), "north", ORDER, "O0")


def test_a_key_put_in_front_by_another_process_is_noticed() -> None:
    keys = [new_key()]
    vault = Vault(lambda: keys)
    vault.seal("a")
    keys.insert(0, new_key())
    assert vault.open(vault_with(keys[0]).seal("b")) == "b"


def test_sealing_anew_stops_at_what_no_key_opens_and_changes_nothing(database: Database) -> None:
    old, new = new_key(), new_key()
    kept(database, sealed("O1", "a"), vault=vault_with(old))
    kept(database, sealed("O2", "b"), vault=vault_with(new_key()))
    with pytest.raises(SettingsError, match="order O2"), database.write() as tx:
        personal.reseal(tx, vault_with(new, old))
    with database.read() as tx:
        assert personal.opened(tx, vault_with(old), "north", ORDER, "O1") == "a"


def test_only_what_no_key_opens_is_dropped(database: Database) -> None:
    key = new_key()
    kept(database, sealed("O1", "a"), vault=vault_with(key))
    kept(database, sealed("O2", "b"), vault=vault_with(new_key()))
    with database.write() as tx:
        assert personal.drop_unopenable(tx, vault_with(key)) == {("north", ORDER): 1}
        assert personal.opened(tx, vault_with(key), "north", ORDER, "O1") == "a"


def test_a_damaged_value_is_not_taken_for_another(database: Database) -> None:
    vault = vault_with(new_key())
    kept(database, sealed("O1", "a"), vault=vault)
    with database.write() as tx:
        good = tx.execute(select(table.c.sealed)).scalar_one()
        bad = good[:-10] + bytes([good[-10] ^ 1]) + good[-9:]
        tx.execute(update(table).values(sealed=bad))
        with pytest.raises(SettingsError, match="order O1"):
            personal.opened(tx, vault, "north", ORDER, "O1")


@pytest.mark.parametrize("bad", ["short", "não é base64" * 4, "A" * 44])
def test_what_is_no_key_is_said_without_showing_it(bad: str) -> None:
    vault = vault_with(new_key(), bad[:20])
    with pytest.raises(SettingsError, match=r"key 2 of 2") as refused:
        vault.seal("a")
    assert bad not in f"{refused.value.message}{refused.value.hint}"


def test_the_vault_shows_no_key() -> None:
    key = new_key()
    vault = vault_with(key)
    vault.seal("a")
    assert key not in repr(vault)
    assert repr(vault) == "Vault(…)"


def test_a_value_of_another_vault_is_unopenable() -> None:
    with pytest.raises(Unopenable):
        vault_with(new_key()).open(vault_with(new_key()).seal("a"))


def test_what_has_had_its_time_goes_and_the_rest_stays(database: Database) -> None:
    vault = vault_with(new_key())
    kept(
        database,
        sealed("O1", "a", NOW),
        sealed("O2", "b", NOW + timedelta(seconds=1)),
        sealed("O3", "c"),
        vault=vault,
    )
    with database.write() as tx:
        personal.fingerprints(tx, vault, NOW)
        assert personal.expire(tx, NOW) == {("north", ORDER): 1}
        assert personal.count(tx) == 2
        assert personal.opened(tx, vault, "north", ORDER, "O1") is None


def test_nothing_deleted_is_left_in_the_database_s_files(tmp_path: Path) -> None:
    path = tmp_path / "mercer.db"
    database = open_database(path)
    vault = vault_with(new_key())
    kept(database, *(sealed(f"O{each}", "x" * each * 7) for each in range(300)), vault=vault)
    with database.read() as tx:
        rows = tx.execute(select(table.c.subject, table.c.sealed)).all()
    with database.write() as tx:
        personal.forget(tx, "north", ORDER, [subject for subject, _ in rows[::2]])
    assert database.sweep()
    files = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    # Long values lie on several pages: a piece of each is enough to know it by.
    there = {subject for subject, value in rows if value[20:60] in files}
    assert there == {subject for subject, _ in rows[1::2]}
    database.close()
