"""SIGKILL for a real `mercer sync` against a real `mercer sandbox`, at random moments.

`python -m tests.simulation.kills [KILLS [SEED]]`, or `make soak-kills KILLS=200`. After each kill the
next commands must come to rest by themselves, with every order known once, every unit accounted for,
every shop showing what it should, and nothing in the journal left open.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from mercer.core.stock import MovementKind
from mercer.store import hindsight
from mercer.store.database import open_database
from tests.e2e import forked
from tests.e2e.conftest import Shops, sandbox

CHANNELS: Final = ("shopify", "taobao", "jd")
_CYCLES: Final = 6
_COUNTED: Final = (MovementKind.OPENING.value, MovementKind.ADJUSTMENT.value)


@dataclass
class Scene:
    """One workspace, and what its shops' prices were agreed to be.

    `seconds`: how long a sync took that was not killed, the last time. `landed` counts
    the kills that met the process alive.
    """

    shops: Shops
    rng: random.Random
    prices: dict[tuple[str, str], Any] = field(init=False)
    seconds: float = field(init=False)
    landed: int = 0

    def __post_init__(self) -> None:
        shops = self.shops
        shops.ok("pull")
        for channel in CHANNELS:
            shops.ok("adopt", channel, "--theirs")
            shops.ok("link")
        self.rest()
        self.prices = {
            (channel, code): offer["price"]
            for channel in CHANNELS
            for code, offer in shops.offers(channel).items()
        }
        self.stir()
        began = time.monotonic()
        shops.mercer("sync")
        self.seconds = time.monotonic() - began
        self.rest()

    def stir(self) -> None:
        """Buyers order, one of them gives up, and somebody edits a price and a number."""
        for _ in range(self.rng.randint(2, 4)):
            channel = self.rng.choice(CHANNELS)
            code, offer = self.rng.choice(sorted(self.shops.offers(channel).items()))
            if offer["quantity"] > 2:
                lines = [{"merchant_code": code, "quantity": self.rng.randint(1, 2)}]
                self.shops.world("POST", f"{channel}/order", {"lines": lines})
        channel = self.rng.choice(CHANNELS)
        code = self.rng.choice(sorted(self.shops.offers(channel)))
        edit: dict[str, Any] = {"merchant_code": code}
        if self.rng.random() < 0.5:
            edit["quantity"] = self.rng.randint(3, 60)
        else:
            cents = Decimal(self.prices[channel, code]["amount"]) * 95 // 1
            edit["price"] = str(cents / 100)
        self.shops.world("POST", f"{channel}/edit", edit)

    def kill(self) -> None:
        """Start a sync, and SIGKILL it somewhere between its beginning and its end."""
        process = forked.start("sync", "--workspace", self.shops.folder)
        began = time.monotonic()
        process.join(self.rng.uniform(0.1, 1.0) * self.seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            self.landed += 1
        else:
            self.seconds = time.monotonic() - began

    def rest(self) -> None:
        """Syncs as a timer starts them, until one finds nothing to do."""
        for _ in range(_CYCLES):
            self.shops.world("POST", "clock/advance", {"seconds": 600})
            cycle = self.shops.mercer("sync", "--json").json
            totals = cycle["plan"]["totals"]
            if not cycle["failed"] and totals["changes"] == totals["blocked"]:
                return
        raise AssertionError(f"not at rest after {_CYCLES} syncs: {cycle['plan']['changes']}")

    def faults(self) -> Iterator[str]:
        """What was lost or done twice."""
        database = open_database(self.shops.folder / "mercer.db")
        try:
            with database.read() as tx:
                known = hindsight.order_ids(tx)
                at_payment = hindsight.deducted_at_payment(tx)
                journal = hindsight.rows(tx, "journal")
                moves = hindsight.rows(tx, "movements")
        finally:
            database.close()
        placed = self._orders()
        yield from (f"order {each} is not known" for each in placed.keys() - known)
        yield from (f"there is no order {each}" for each in known - placed.keys())
        yield from (f"journal row {r['id']} is open" for r in journal if r["settled"] is None)
        counted: Counter[str] = Counter()
        left: Counter[str] = Counter()
        for row in moves:
            left[row["sku"]] += row["on_hand"] - row["reserved"]
            counted[row["sku"]] += row["on_hand"] if row["kind"] in _COUNTED else 0
        taken = _taken(placed, at_payment)
        for sku, units in counted.items():
            if left[sku] != units - taken[sku]:
                yield f"{left[sku]} of {sku} are left, of {units} less {taken[sku]}"
        yield from self._shown(left)

    def _shown(self, left: Counter[str]) -> Iterator[str]:
        for channel in CHANNELS:
            for code, offer in self.shops.offers(channel).items():
                if code in left and offer["quantity"] != max(left[code], 0):
                    yield f"{channel} shows {offer['quantity']} of {code}, not {left[code]}"
                if offer["price"] != self.prices[channel, code]:
                    yield f"{channel} asks {offer['price']} for {code}"

    def _orders(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {
            (channel, each["order"]): each
            for channel in CHANNELS
            for each in self.shops.world("GET", f"{channel}/orders")["orders"]
        }


def _taken(
    placed: dict[tuple[str, str], dict[str, Any]], at_payment: set[tuple[str, str]]
) -> Counter[str]:
    taken: Counter[str] = Counter()
    for (channel, _), order in placed.items():
        for code, units in order["units"].items():
            if not order["cancelled"] and (order["paid"] or (channel, code) not in at_payment):
                taken[code] += units
    return taken


@contextmanager
def opened(folder: Path, seed: int) -> Iterator[Scene]:
    with sandbox(
        folder, "--channels", ",".join(CHANNELS), "--products", "2", "--seed", str(seed)
    ) as shops:
        yield Scene(shops, random.Random(f"kills {seed}"))


def killed(scene: Scene, kills: int) -> list[str]:
    """So many kills, each followed by a rest; what was wrong after which."""
    found = []
    for number in range(1, kills + 1):
        scene.stir()
        scene.kill()
        scene.rest()
        found += [f"after kill {number}: {fault}" for fault in scene.faults()]
    return found


def main() -> int:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), seed) as found:
        wrong = killed(found, kills)
        print(f"{kills} kills, {found.landed} of them in time; a sync takes {found.seconds:.1f} s")
    for each in wrong:
        print(each)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
