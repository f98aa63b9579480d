"""`mercer plan` as a whole process, against a bare loop over the same rows in the same run.

The loop reads the changed rows by the index and writes as many plan rows. What both the process and
a process without any changed row need, its start-up, is taken off.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.shop import CHANNEL
from mercer.store.tables import QUIET

OFFERS = 200_000
EVERY = 100
_RUNS = 5

_READ = f"""
SELECT channel, listing, offer, field, scope, sku, observed, desired, why FROM cells
WHERE (cells.{QUIET}) AND state = 'push' AND channel = ? ORDER BY listing, offer, field
"""
_PLAN = """
INSERT INTO plans SELECT 'floor', made_at, expires_at, checksum, header, totals, notes FROM plans
LIMIT 1
"""
_WRITE = f"INSERT INTO changes VALUES ({', '.join('?' * 15)})"


def report(offers: int = OFFERS, every: int = EVERY) -> str:
    with tempfile.TemporaryDirectory() as folder:
        full, empty = Path(folder, "full"), Path(folder, "empty")
        _make(full, offers, every)
        _make(empty, 1, 0)
        with_changes = _process(full)
        memory = _peak(full)
        without = _process(empty)
        changed, floor = _loop(full / "mercer.db")
    own = with_changes - without
    return (
        f"plan: {offers:,} offers, {changed:,} changed: the process {with_changes * 1000:.0f} ms, "
        f"of which start-up {without * 1000:.0f} ms; bare loop {floor * 1000:.0f} ms: "
        f"{own / floor:.1f} times (goal: under 5); peak {memory} MB (goal: under 150)"
    )


def _make(folder: Path, offers: int, every: int) -> None:
    """In a process of its own, so that its memory is not taken for the planner's."""
    command = [sys.executable, "-m", "benchmarks.shop", str(folder), str(offers), str(every)]
    subprocess.run(command, check=True)


def _process(folder: Path) -> float:
    taken = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        command = [sys.executable, "-m", "mercer", "--workspace", str(folder), "plan"]
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    return median(taken)


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


def _loop(path: Path) -> tuple[int, float]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(_PLAN)
    taken, rows = [], 0
    for _ in range(_RUNS):
        connection.execute("DELETE FROM changes WHERE \"plan\" = 'floor'")
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        rows = sum(1 for _ in _copied(connection))
        connection.execute("COMMIT")
        taken.append(time.perf_counter() - began)
    connection.close()
    return rows, median(taken)


def _copied(connection: sqlite3.Connection) -> Iterator[None]:
    cursor = connection.execute(_READ, (CHANNEL,))
    for number, (*cell, sku, before, after, why) in enumerate(cursor, 1):
        row = ("floor", number, f"f.{number}", "update", *cell, sku, "", before, after, why, "")
        connection.execute(_WRITE, row)
        yield
