"""`mercer plan` as a whole process, against what the same takes otherwise, in the same run.

- A bare loop reads the changed rows by the index and writes as many plan rows. What both the process and
  a process without any changed row need, its start-up, is taken off for it.
- A bare join compares the price book with what every offer shows and with what both sides agreed on, in
  one SQL statement that does not know of states. The whole process is held to it, start-up included.
- OctoDNS, if it is installed (`pip install --group bench`), plans as many records in memory, of which as
  many are changed: `benchmarks/zones.py`. The whole process is held to it, too.

Seconds are the processor's, those of child processes included, so that what else the machine does counts
on neither side. Each figure is the least of several runs, but for OctoDNS, which takes too long.

`python -m benchmarks.plan 1000000` for another number of offers.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.shop import CHANNEL, PRICES
from mercer.store.tables import QUIET

OFFERS = 200_000
EVERY = 100
_RUNS = 5

_JOIN = """
SELECT cells.listing, cells.offer, cells.base, cells.observed, prices.price
FROM cells JOIN prices ON prices.sku = cells.sku AND prices.channel = '' AND prices.currency = 'CNY'
WHERE cells.channel = ? AND cells.field = 'price'
  AND (prices.price IS NOT cells.base OR cells.base IS NOT cells.observed)
"""

_READ = f"""
SELECT channel, listing, offer, field, scope, sku, observed, desired, why FROM cells
WHERE (cells.{QUIET}) AND state = 'push' AND channel = ? ORDER BY listing, offer, field
"""
_PLAN = """
INSERT INTO plans SELECT 'floor', made_at, expires_at, checksum, header, totals, notes FROM plans
LIMIT 1
"""
_WRITE = f"INSERT INTO changes VALUES ({', '.join('?' * 18)})"


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of the processor. `started`: of the process where nothing has changed."""

    whole: float
    started: float
    loop: float
    join: float

    @property
    def own(self) -> float:
        return self.whole - self.started


def report(offers: int = OFFERS, every: int = EVERY) -> str:
    with tempfile.TemporaryDirectory() as folder:
        full, empty = Path(folder, "full"), Path(folder, "empty")
        make(full, offers, every)
        make(empty, 1, 0)
        memory = _peak(full)
        _peak(empty)
        runs = [_run(full, empty) for _ in range(_RUNS)]
    found = Figures(*map(min, zip(*runs, strict=True)))
    beside = _beside_octodns(found, offers, every)
    return f"""\
plan: {offers:,} offers, {offers // every:,} changed: {found.whole:.2f} s, {memory} MB (goal: under 200)
  after start-up {found.own:.2f} s, {found.own / found.loop:.1f} times a bare loop over the changes (goal: 5)
  the bare join over all offers {found.join:.2f} s: {_times(found, found.join)} (goal: at most 1)
  {beside}"""


def _times(found: Figures, other: float) -> str:
    """How Mercer compares, with and without its start-up."""
    return f"{found.whole / other:.3g} times that with start-up, {found.own / other:.3g} without"


def _beside_octodns(found: Figures, records: int, every: int) -> str:
    if find_spec("octodns") is None:
        return "OctoDNS is not installed, so it is left out: pip install --group bench"
    command = [sys.executable, "-m", "benchmarks.zones", str(records), str(every)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    seconds, times = told["seconds"], told["seconds"] / found.own
    return (
        f"OctoDNS, as many records in memory, {told['changes']:,} changed: {seconds:.1f} s, "
        f"{told['megabytes']:,} MB: {seconds / found.whole:.0f} times as long with start-up, "
        f"{times:.0f} without (goal: 50)"
    )


def make(folder: Path, offers: int, every: int, prices: int = PRICES) -> None:
    """In a process of its own, so that its memory is not taken for the planner's."""
    shop = map(str, (folder, offers, every, prices))
    subprocess.run([sys.executable, "-m", "benchmarks.shop", *shop], check=True)


def _run(full: Path, empty: Path) -> tuple[float, float, float, float]:
    database = full / "mercer.db"
    return (
        _process(full), _process(empty), bare_loop(database), _bare_join(database)
    )  # fmt: skip


def _process(folder: Path) -> float:
    began = _of_children()
    command = [sys.executable, "-m", "mercer", "--workspace", str(folder), "plan"]
    subprocess.run(command, check=True, capture_output=True)
    return _of_children() - began


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _bare_join(path: Path) -> float:
    connection = sqlite3.connect(path)
    began = time.process_time()
    for _ in connection.execute(_JOIN, (CHANNEL,)):
        pass
    taken = time.process_time() - began
    connection.close()
    return taken


def _peak(folder: Path) -> int:
    """Megabytes, as the planning process itself sees them when it ends."""
    told = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    script = (
        f"import sys; sys.argv = ['mercer', '--workspace', {str(folder)!r}, 'plan']; "
        f"from mercer.cli import main; code = main(); {told}; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return int(done.stdout.splitlines()[-1])


def bare_loop(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(_PLAN)
    began = time.process_time()
    connection.execute("BEGIN IMMEDIATE")
    for _ in _copied(connection):
        pass
    connection.execute("COMMIT")
    taken = time.process_time() - began
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


if __name__ == "__main__":
    print(report(int(sys.argv[1]) if len(sys.argv) > 1 else OFFERS))
