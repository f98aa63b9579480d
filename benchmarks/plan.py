"""`mercer plan` as a whole process, against a bare loop over the same rows in the same run.

The loop reads the changed rows by the index and writes as many plan rows. What both the process and
a process without any changed row need, its start-up, is taken off. Each figure is the least of several
runs: what else the machine does only ever adds.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.shop import CHANNEL
from mercer.store.tables import QUIET

OFFERS = 200_000
EVERY = 100
_RUNS = 9

_READ = f"""
SELECT channel, listing, offer, field, scope, sku, observed, desired, why FROM cells
WHERE (cells.{QUIET}) AND state = 'push' AND channel = ? ORDER BY listing, offer, field
"""
_PLAN = """
INSERT INTO plans SELECT 'floor', made_at, expires_at, checksum, header, totals, notes FROM plans
LIMIT 1
"""
_WRITE = f"INSERT INTO changes VALUES ({', '.join('?' * 18)})"


def report(offers: int = OFFERS, every: int = EVERY) -> str:
    with tempfile.TemporaryDirectory() as folder:
        full, empty = Path(folder, "full"), Path(folder, "empty")
        make(full, offers, every)
        make(empty, 1, 0)
        memory = _peak(full)
        _peak(empty)
        runs = [_run(full, empty) for _ in range(_RUNS)]
    with_changes, without, floor = (min(column) for column in zip(*runs, strict=True))
    own = with_changes - without
    return (
        f"plan: {offers:,} offers, {offers // every:,} changed: the process {with_changes * 1000:.0f} ms, "
        f"of which start-up {without * 1000:.0f} ms; bare loop {floor * 1000:.0f} ms: "
        f"{own / floor:.1f} times (goal: under 5); peak {memory} MB (goal: under 150)"
    )


def make(folder: Path, offers: int, every: int) -> None:
    """In a process of its own, so that its memory is not taken for the planner's."""
    command = [sys.executable, "-m", "benchmarks.shop", str(folder), str(offers), str(every)]
    subprocess.run(command, check=True)


def _run(full: Path, empty: Path) -> tuple[float, float, float]:
    """Seconds of the process, of the process without changes, and of the loop, one after another,
    so that whatever else the machine does meets all three.
    """
    return _process(full), _process(empty), bare_loop(full / "mercer.db")


def _process(folder: Path) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "mercer", "--workspace", str(folder), "plan"]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _peak(folder: Path) -> int:
    """Megabytes, as the planning process itself sees them when it ends."""
    told = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    script = (
        "import sys; from mercer.commands.line import run; "
        f"code = run(['--workspace', {str(folder)!r}, 'plan']); {told}; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return int(done.stdout.splitlines()[-1])


def bare_loop(path: Path, clock: Callable[[], float] = time.perf_counter) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(_PLAN)
    began = clock()
    connection.execute("BEGIN IMMEDIATE")
    for _ in _copied(connection):
        pass
    connection.execute("COMMIT")
    taken = clock() - began
    connection.execute("DELETE FROM changes WHERE \"plan\" = 'floor'")
    connection.execute("DELETE FROM plans WHERE id = 'floor'")
    connection.close()
    return taken


def _copied(connection: sqlite3.Connection) -> Iterator[None]:
    cursor = connection.execute(_READ, (CHANNEL,))
    for number, (*cell, sku, before, after, why) in enumerate(cursor, 1):
        row = (
            "floor",
            number,
            f"f.{number}",
            "update",
            *cell,
            sku,
            "",
            before,
            after,
            why,
            "",
            None,
            None,
            None,
        )
        connection.execute(_WRITE, row)
        yield
