"""What only a server has: an address, a lock of all writers, its own order of letters."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from mercer.core.contract import Quota
from mercer.core.errors import WorkspaceError
from mercer.core.quota import Charge
from mercer.store import postgresql
from mercer.store.database import open_database
from mercer.store.quota import SharedLimiter
from mercer.store.versions import bump, number_of
from tests.postgresql import Server

COLLATIONS = text(
    "SELECT table_name, column_name, collation_name FROM information_schema.columns "
    "WHERE table_schema = 'public' AND data_type = 'text'"
)
NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def test_what_a_writer_has_read_is_true_until_it_ends(server: Server) -> None:
    database = open_database(server.empty_database())
    second_began = threading.Event()

    def write_second() -> None:
        second_began.set()
        with database.write() as tx:
            bump(tx, "plan")

    other = threading.Thread(target=write_second)
    with database.write() as tx:
        assert number_of(tx, "plan") == 0
        other.start()
        second_began.wait()
        other.join(timeout=0.3)
        assert other.is_alive(), "it waits for its turn"
        assert bump(tx, "plan") == 1
    other.join()
    with database.read() as tx:
        assert number_of(tx, "plan") == 2
    database.close()


def test_a_quota_does_not_wait_for_a_writer(server: Server) -> None:
    database = open_database(server.empty_database())
    with database.write() as tx:
        bump(tx, "plan")
        charge = Charge("one", Quota("calls", 1.0, 1.0))
        assert SharedLimiter(database).acquire([charge], NOW) == 0
    database.close()


def test_texts_sort_by_their_bytes_whatever_the_database_would_do(server: Server) -> None:
    database = open_database(server.empty_database())
    with database.read() as tx:
        found = tx.execute(COLLATIONS).all()
    assert {table for table, _, _ in found} >= {"cells", "orders", "skus"}
    assert {collation for _, _, collation in found} == {"C"}
    database.close()


def test_a_database_that_cannot_hold_every_text_is_refused(server: Server) -> None:
    address = server.empty_database(ENCODING="'LATIN1'", LOCALE="'C'")
    with pytest.raises(WorkspaceError, match="encoding is LATIN1") as refused:
        open_database(address)
    assert "UTF8" in refused.value.hint


def test_a_server_that_does_not_answer_is_told_in_one_sentence_without_the_password() -> None:
    with pytest.raises(WorkspaceError, match="cannot be opened") as refused:
        open_database("postgresql://mercer@127.0.0.1:1/shop", "s3cret")
    assert "\n" not in refused.value.message
    assert "s3cret" not in refused.value.message
    assert "server runs" in refused.value.hint


def test_a_server_that_may_forget_commits_is_no_sound_one(server: Server) -> None:
    database = open_database(server.empty_database())
    durability = database.check_writable()
    assert "fsync off" in durability.found, "the tests' own server is one"
    assert not durability.sound
    database.close()


def test_a_missing_driver_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "find_spec", lambda _: None)
    with pytest.raises(WorkspaceError, match="needs the psycopg package") as refused:
        open_database("postgresql://mercer@127.0.0.1:1/shop")
    assert "mercer[postgresql]" in refused.value.hint
