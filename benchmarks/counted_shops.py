"""Simulated shops that count what is written to them, and real processes that work on them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from mercer.sandbox.catalogue import generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.serve import running
from mercer.sandbox.world import Sandbox
from mercer.store import runs
from mercer.store.database import Database
from mercer.sync.adopt import adopt_theirs
from mercer.sync.link import auto_link
from mercer.sync.pull import pull_listings
from mercer.wiring import open_workspace

PATIENCE = 120.0
"""Seconds: the machine may be busy with other tests."""


THROTTLED = (b'"THROTTLED"', b"App Call Limited")
"""How platforms say that a quota was overrun."""


@dataclass
class Counted:
    """A shop, seen from outside: each write that reaches it, by what it says."""

    simulator: Any
    channel: str
    writes: Counter[str]
    at_once: Counter[str]
    throttled: Counter[str]
    _now: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.simulator, name)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        what = written(message.get("body", b""))
        if what is not None:
            self.writes[f"{self.channel} {what}"] += 1

        async def again() -> Any:
            return message

        async def heard(answer: Any) -> None:
            said = answer.get("body", b"")
            if answer.get("status") == 429 or any(word in said for word in THROTTLED):
                self.throttled[self.channel] += 1
            await send(answer)

        self._now += 1
        self.at_once[self.channel] = max(self.at_once[self.channel], self._now)
        try:
            await self.simulator.app(scope, again, heard)
        finally:
            self._now -= 1


def written(body: bytes) -> str | None:
    """What a request writes, whoever signed it and when; `None` where it only reads."""
    text = body.decode("utf-8", "replace")
    if text.startswith("{"):
        said = json.loads(text)
        if not str(said.get("query", "")).lstrip().startswith("mutation"):
            return None
        return json.dumps(said.get("variables"), sort_keys=True)
    form = dict(parse_qsl(text))
    if not form.get("method", "").endswith(".update"):
        return None
    told = {key: value for key, value in form.items() if key not in ("sign", "timestamp")}
    return json.dumps(told, sort_keys=True)


@dataclass
class Shops:
    """A workspace on counted shops."""

    folder: Path
    sandbox: Sandbox
    writes: Counter[str] = field(default_factory=Counter)
    at_once: Counter[str] = field(default_factory=Counter)
    throttled: Counter[str] = field(default_factory=Counter)

    def mercer(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            self._command(*words), capture_output=True, encoding="utf-8", check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, f"{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[str]]:
        process = self.start("run")
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "at work" in line, line + process.stdout.read()
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=PATIENCE)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "mercer", *words, "--workspace", str(self.folder)]

    def take_over(self) -> None:
        """What the shops sell becomes the catalogue, and prices are then the seller's."""

        async def work() -> None:
            with open_workspace(self.folder) as workspace:
                async with workspace.connected() as (session, _):
                    await pull_listings(session)
                    for name in session.connections:
                        adopt_theirs(session, name)
                    auto_link(session)

        asyncio.run(work())

    def prices(self) -> dict[tuple[str, str], str]:
        return {
            (name, offer.merchant_code): str(offer.price)
            for name, simulator in self.sandbox.simulators.items()
            for offer in simulator.offers()
        }

    def raise_prices(self) -> dict[tuple[str, str], str]:
        """A file of prices a twentieth higher, for every channel; and what the shops must show then."""
        wanted = {}
        rows = ["sku,channel,price,currency"]
        for (name, sku), price in sorted(self.prices().items()):
            amount, currency = price.split()
            higher = f"{float(amount) * 1.05:.2f}"
            wanted[name, sku] = f"{higher} {currency}"
            rows.append(f"{sku},{name},{higher},{currency}")
        self.price_file.write_text("\n".join(rows), "utf-8")
        return wanted

    @property
    def price_file(self) -> Path:
        return self.folder / "prices.csv"


@contextmanager
def shops(
    folder: Path, channels: str, products: int, toml: str = "", database: str = "mercer.db"
) -> Iterator[Shops]:
    sandbox = Sandbox(read_channels(channels), 1)
    sandbox.stock(generate(products, 1))
    made = Shops(folder, sandbox)
    for name, simulator in list(sandbox.simulators.items()):
        counted = Counted(simulator, name, made.writes, made.at_once, made.throttled)
        sandbox.simulators[name] = counted
    with running(sandbox, 0, folder):
        file = folder / "mercer.toml"
        said = file.read_text("utf-8").replace('database = "mercer.db"', f'database = "{database}"')
        file.write_text(f"{said}\n{toml}", "utf-8")
        yield made


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"in {seconds:.0f} s it did not come to {what}")


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def sent_twice(database: Database) -> list[str]:
    """Changes of which more than one attempt reached its shop."""
    with database.read() as tx:
        arrived = Counter(
            (row["run"], row["change"])
            for run in runs.ids(tx)
            for row in runs.attempts_of(tx, run)
            if row["outcome"] in ("accepted", "confirmed")
            or str(row["settled"]).startswith("confirmed")
        )
    return [f"{run} {change}" for (run, change), number in arrived.items() if number > 1]
