"""A worker on SQLite that is killed, and the next one that goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.counted_shops import Shops, kill, sent_twice, shops, until
from mercer.store.database import open_database

STILL = '[schedule]\nstock = "off"\norders = "off"\nlistings = "off"\nafter_sales = "off"\n'
"""Only what is asked for is done."""


@pytest.fixture
def seller(tmp_path: Path) -> Iterator[Shops]:
    with shops(tmp_path, "shopify,taobao", 20, STILL) as made:
        made.take_over()
        yield made


@pytest.mark.long
def test_a_worker_killed_in_the_midst_of_a_plan_is_taken_up_by_the_next_and_nothing_is_done_twice(
    seller: Shops,
) -> None:
    wanted = seller.raise_prices()
    seller.writes.clear()
    with seller.worker() as worker:
        assert "only one" in seller.mercer("run", code=1), "a second one on SQLite"
        following = seller.start("price", "push", str(seller.price_file), "--yes")
        until(lambda: len(seller.writes) > 8 or following.poll() is not None, "some writes")
        kill(worker)
        assert following.poll() is None, following.communicate()[0]
        written = len(seller.writes)
        with seller.worker():
            said, _ = following.communicate(timeout=120)
    assert following.returncode == 0, said
    assert written < len(wanted), "it was killed in the midst of it"
    assert f"{len(wanted)} confirmed" in said
    assert seller.prices() == wanted
    assert set(seller.writes.values()) == {1}
    database = open_database(seller.folder / "mercer.db")
    assert sent_twice(database) == []
    database.close()
    assert "nothing to change" in seller.mercer("plan", "--field", "price")
