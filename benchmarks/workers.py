"""Four workers on one PostgreSQL database, one of them killed in the midst of a plan.

Run: python -m benchmarks.workers [PRODUCTS]. It starts a PostgreSQL server of its own.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.counted_shops import Shops, sent_twice, shops, until
from mercer.store.database import open_database
from mercer.sync.engine.durable import Durable
from mercer.sync.engine.liveness import alive
from mercer.sync.engine.place import Place
from mercer.sync.engine.protocol import JobRun

WORKERS = 4
CHANNELS = ",".join([*(f"s{n}=shopify" for n in range(4)), *(f"t{n}=taobao" for n in range(4))])

TOML = """
[schedule]
stock = "off"
orders = "off"
listings = "off"
after_sales = "off"
[worker]
at_once = 2
"""


@dataclass(frozen=True)
class Figures:
    """`adopted`, `finished`: seconds from the kill until the dead worker's runs were another's, and
    until they had ended. `shares`: runs by worker, as they ended. `twice`: writes that shops got more
    than once, and changes that arrived more than once by the journal.
    """

    changes: int
    confirmed: int
    killed_after: int
    orphans: int
    adopted: float
    finished: float
    seconds: float
    shares: dict[str, int]
    twice: int
    at_once: int
    throttled: int
    wrong: int


def measure(folder: Path, address: str, products: int) -> Figures:
    with ExitStack() as stack:
        made = stack.enter_context(shops(folder, CHANNELS, products, TOML, address))
        made.take_over()
        wanted = made.raise_prices()
        made.writes.clear()
        made.at_once.clear()
        workers = {
            worker.pid: worker
            for worker in [stack.enter_context(made.worker()) for _ in range(WORKERS)]
        }
        database = open_database(address)
        stack.callback(database.close)
        engine = Durable(Place(address=address))
        stack.callback(engine.close)
        assert len(alive(database, engine.place)) == WORKERS
        began = time.monotonic()
        following = made.start("price", "push", str(made.price_file), "--yes")
        victim, orphans, written = _killed(made, engine, workers, following)
        died = time.monotonic()
        until(lambda: not _of(engine, victim, orphans), "adoption")
        adopted = time.monotonic() - died
        until(lambda: all(run.ended for run in _runs(engine, orphans)), "an end")
        finished = time.monotonic() - died
        said, _ = following.communicate(timeout=300)
        assert following.returncode == 0, said
        shares = Counter(run.worker for run in asyncio.run(engine.listed()))
        shown = made.prices()
        return Figures(
            changes=len(wanted),
            confirmed=int(said.split(" confirmed")[0].split()[-1]),
            killed_after=written,
            orphans=len(orphans),
            adopted=adopted,
            finished=finished,
            seconds=time.monotonic() - began,
            shares=dict(shares),
            twice=sum(n - 1 for n in made.writes.values()) + len(sent_twice(database)),
            at_once=max(made.at_once.values()),
            throttled=sum(made.throttled.values()),
            wrong=sum(shown[key] != price for key, price in wanted.items()),
        )


def _killed(
    made: Shops,
    engine: Durable,
    workers: dict[int, subprocess.Popen[str]],
    following: subprocess.Popen[str],
) -> tuple[str, list[str], int]:
    """Kill a worker that is in the midst of it: its id, its runs, and what was written by then."""

    def at_work() -> list[JobRun]:
        if following.poll() is not None:
            raise AssertionError(following.communicate()[0])
        if len(made.writes) < 10:
            return []
        return [run for run in asyncio.run(engine.listed()) if run.state == "working"]

    victim = until(at_work, "runs at work")[0].worker
    pid = int(victim.split("-")[-2])
    os.kill(pid, signal.SIGKILL)
    workers[pid].wait()
    orphans = [run.key for run in asyncio.run(engine.listed()) if _is_left(run, victim)]
    return victim, orphans, len(made.writes)


def _is_left(run: JobRun, worker: str) -> bool:
    return run.worker == worker and run.state == "working"


def _runs(engine: Durable, keys: list[str]) -> list[JobRun]:
    found = asyncio.run(engine.listed())
    return [run for run in found if run.key in keys]


def _of(engine: Durable, worker: str, keys: list[str]) -> list[JobRun]:
    return [run for run in _runs(engine, keys) if _is_left(run, worker)]


def main() -> None:
    from tests import postgresql  # noqa: PLC0415 - the server that the tests start, too

    products = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with postgresql.running() as server, tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), server.empty_database(), products)
    print(f"{WORKERS} workers on PostgreSQL, 8 channels, {found.changes} prices")
    print(f"one killed after {found.killed_after} writes, with {found.orphans} runs at work")
    print(
        f"its runs were taken over after {found.adopted:.1f} s, and done after {found.finished:.1f} s"
    )
    print(f"all done in {found.seconds:.1f} s; {found.confirmed} confirmed, {found.wrong} wrong")
    print(f"runs by worker: {', '.join(str(n) for n in sorted(found.shares.values()))}")
    print(f"written twice: {found.twice}")
    print(f"requests of one channel at once, at most: {found.at_once}")
    print(f"refused for a quota that was overrun: {found.throttled}")


if __name__ == "__main__":
    main()
