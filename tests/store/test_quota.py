"""The shared limiter grants exactly what the one in memory does, for any number of processes."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mercer.core.contract import Quota
from mercer.core.quota import Charge, Limiter
from mercer.plugins.quota import MemoryLimiter
from mercer.store.database import Database
from mercer.store.quota import SharedLimiter, arrivals

pytestmark = pytest.mark.both_databases

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
QUOTAS = (Quota("calls", 2.0, 4.0), Quota("points", 50.0, 1000.0), Quota("slow", 0.3, 1.0))

charges = st.builds(
    Charge,
    st.sampled_from(["one", "two"]),
    st.sampled_from(QUOTAS),
    st.sampled_from([0.1, 1.0, 3.0, 7.5]),
    st.sampled_from([0.0, 1.0, 3.0]),
)
requests = st.lists(charges, min_size=1, max_size=3, unique_by=lambda charge: charge.key)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("acquire"), requests, st.just(0.0) | st.floats(0, 5)),
        st.tuples(st.just("report"), charges, st.floats(0, 1200)),
        st.tuples(st.just("ban"), charges, st.floats(0, 30)),
        st.tuples(st.just("wait"), st.none(), st.floats(0, 60)),
    ),
    max_size=25,
)


@settings(max_examples=100)
@given(steps)
def test_the_shared_limiter_and_the_one_in_memory_grant_the_same(
    shared: Database, history: list[tuple[str, Any, float]]
) -> None:
    now = START
    with shared.rehearsal() as database:
        pair: tuple[Limiter, Limiter] = (SharedLimiter(database), MemoryLimiter())
        for what, about, number in history:
            now += timedelta(seconds=number if what in {"wait", "acquire"} else 0)
            if what == "acquire":
                told, expected = (limiter.acquire(about, now) for limiter in pair)
                assert (told == 0) == (expected == 0)
                assert abs(told - expected) <= 0.001
            for limiter in pair:
                if what == "report":
                    limiter.report(about, number, now)
                elif what == "ban":
                    limiter.ban(about, number, now)


def test_all_charges_of_a_request_are_taken_or_none(database: Database) -> None:
    limiter = SharedLimiter(database)
    calls, slow = Charge("one", QUOTAS[0]), Charge("one", QUOTAS[2])
    assert limiter.acquire([slow], START) == 0
    with database.read() as tx:
        before = arrivals(tx)
    assert limiter.acquire([calls, slow], START) > 0
    with database.read() as tx:
        assert arrivals(tx).get(calls.key, 0.0) == before.get(calls.key, 0.0)


def test_a_refused_request_is_granted_after_the_wait_it_was_told(database: Database) -> None:
    limiter = SharedLimiter(database)
    charge = Charge("one", QUOTAS[0], 3.0)
    now = START
    assert limiter.acquire([charge], now) == 0
    wait = limiter.acquire([charge], now)
    assert wait > 0
    assert limiter.acquire([charge], now + timedelta(seconds=wait + 1e-6)) == 0


TAKE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mercer.core.contract import Quota
from mercer.core.quota import Charge
from mercer.store.database import open_database
from mercer.store.quota import SharedLimiter
place = sys.argv[1]
limiter = SharedLimiter(open_database(place if "://" in place else Path(place)))
one, two = Charge("one", Quota("calls", 1.0, 40.0)), Charge("two", Quota("calls", 1.0, 40.0))
now = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
asked = [[one, two], [two, one]]
print(sum(limiter.acquire(asked[each % 2], now) == 0 for each in range(60)))
"""


def test_three_processes_together_are_granted_exactly_the_burst(
    on_disk: Database, place: Path | str
) -> None:
    others = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE, str(place)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path.cwd(),
        )
        for _ in range(3)
    ]
    granted = [int(other.communicate(timeout=60)[0]) for other in others]
    assert sum(granted) == 40
