"""An edit of one rule that moves every price: derived anew and planned, against a bare bulk update.

The floor is taken in the same run from a copy of the same database, under the same settings of SQLite: one
statement that sets every price cell, and a bare loop that reads them back and inserts as many rows of a
plan. Seconds are the processor's, so that what else the machine does counts on neither side.

What the book says the same of is derived once, so it matters how many prices differ: 90,000 of them, unless
another number is named. Where each offer has one of its own, nothing is spared.

`python -m benchmarks.reprice 1000000 [1000000]` for other numbers of offers and of prices.
"""

from __future__ import annotations

import gc
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from benchmarks.plan import bare_loop, make
from benchmarks.shop import CHANNEL, PRICES
from mercer.core.account import Channel
from mercer.core.clock import SystemClock
from mercer.core.guard import GuardSettings
from mercer.core.price_rule import NamedRule, Percent, Round
from mercer.plugins.memory.adapter import MemoryAdapter
from mercer.plugins.memory.shop import shop_named
from mercer.store.database import open_database
from mercer.sync.planning import Request, make_plan
from mercer.sync.price_looks import look
from mercer.sync.session import Connection, Session

OFFERS = 100_000
_RULES = (NamedRule("up", Percent(Decimal(5))), NamedRule("ending", Round(endings=("0.99",))))
_UPDATE = """
UPDATE cells SET desired = '1.00 CNY', why = 'price book v2', state = 'push', cause = 'moved'
WHERE channel = ? AND field = 'price'
"""


def report(offers: int = OFFERS, prices: int = PRICES) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder, copy = Path(name, "shop"), Path(name, "floor.db")
        make(folder, offers, 0, prices)
        shutil.copy(folder / "mercer.db", copy)
        update, rows = _bare_update(copy), bare_loop(copy)
        command = [
            sys.executable,
            "-m",
            "benchmarks.reprice",
            "--inside",
            str(folder / "mercer.db"),
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        derive, plan, changes, memory = json.loads(done.stdout)
    return (
        f"reprice: one rule moves {changes:,} of {offers:,} prices, {min(offers, prices):,} of them "
        f"different: derived in {derive:.1f} s, "
        f"planned in {plan:.1f} s; bare update {update:.1f} s, bare plan rows {rows:.1f} s: "
        f"derived {derive / update:.1f} times the bare update, with the plan "
        f"{(derive + plan) / update:.1f} times (goal: under 5), "
        f"{(derive + plan) / (update + rows):.1f} times update and rows; peak {memory} MB"
    )


def _bare_update(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(
        "INSERT INTO plans SELECT 'p0', 0, 0, '', '{}', '{}', '[]' WHERE NOT EXISTS (SELECT 1 FROM plans)"
    )
    began = time.process_time()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(_UPDATE, (CHANNEL,))
    connection.execute("COMMIT")
    taken = time.process_time() - began
    connection.close()
    return taken


def _inside(path: Path) -> None:
    """In a process of its own, whose memory is the engine's alone."""
    guards = GuardSettings(max_changed_percent=None)
    channel = Channel(CHANNEL, "memory", CHANNEL, "CNY", guards=guards, price_rules=_RULES)
    clock = SystemClock()
    connection = Connection(channel, MemoryAdapter(shop_named("bench", "CNY"), clock))
    database = open_database(path)
    session = Session(database, clock, {CHANNEL: connection}, {CHANNEL: channel})
    gc.set_threshold(200_000)  # as `mercer` itself does
    began = time.process_time()
    with database.write() as tx:
        look(tx, session, channel)
    derived = time.process_time()
    plan = make_plan(session, Request())
    planned = time.process_time()
    database.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = [derived - began, planned - derived, plan.totals.changes, memory]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        _inside(Path(sys.argv[2]))
    else:
        print(report(*map(int, sys.argv[1:])))
