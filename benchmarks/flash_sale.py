"""A flash sale on four simulated channels at their documented quotas, with Mercer killed now and then.

Oversold units come from an oracle that knows what really happened at every shop; the bound beside
each propagation time is the best reader's that notices, quotas and settling allow (docs/flash-sale.md).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mercer.sandbox.laboratory.ideal import Play, Turn
from mercer.sandbox.laboratory.oracle import Judgement, Oracle
from mercer.sandbox.laboratory.propagation import Propagation, Ways
from mercer.sandbox.laboratory.rush import Plan, Rush

ORDERS = 10_000
BUFFERS: Final[Mapping[str, int]] = {"shopify": 8, "taobao": 8, "jd": 8, "amazon": 60}
"""The recommended ones: what sells of a SKU elsewhere while a number is on its way."""

_CUTS: Final = (49, 94, 98)


@dataclass(frozen=True, slots=True)
class Played:
    rush: Rush
    judgement: Judgement
    ways: Sequence[Propagation]
    real: float


def report(
    orders: int = ORDERS, wanted: str | None = None, kills: int | None = None, seed: int = 1
) -> Iterable[str]:
    """`wanted`: `plain` or `buffered` for one of the two alone. `kills`: else one a minute."""
    share = orders / ORDERS
    deaths = max(round(10 * share), 1) if kills is None else kills
    plan = Plan(seed, orders=orders, seconds=600.0 * share, kills=deaths)
    for name, buffers in (("plain", {}), ("buffered", BUFFERS)):
        if wanted in (None, name):
            played = play(replace(plan, buffers=buffers))
            yield _summary(played)
            yield from played.judgement.faults()[:10]
            yield from _tables(played)


def play(plan: Plan) -> Played:
    memory = Path("/dev/shm")  # a simulated process needs no real disk
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        rush = Rush(plan, Path(folder))
        began = time.perf_counter()
        rush.play()
        real = time.perf_counter() - began
        plays, history, database = rush.plays(), rush.history, rush.process.database
        judgement = Oracle(rush.simulators, rush.opening, plays, plan.buffers).judge(
            database, history
        )
        ways = list(Ways(history, _prompt(plays), rush.opening, plan.buffers).every(database))
        rush.process.close()
    return Played(rush, judgement, ways, real)


def _prompt(plays: Sequence[Play]) -> Play:
    """That which lets no number wait for a scarcer one: the hardest to be measured against."""
    return next(each for each in plays if each.reader.turn is Turn.OLDEST)


def _summary(played: Played) -> str:
    rush, judgement = played.rush, played.judgement
    plan, sold = rush.plan, len(rush.crowd.sales)
    share = ORDERS / max(sold, 1)
    kept = ", ".join(f"{name} {units}" for name, units in plan.buffers.items())
    return (
        f"flash sale, buffer {kept or 'none'}: {len(rush.opening)} SKUs, {sold:,} orders "
        f"in {plan.seconds / 60:.1f} min, {len(rush.crowd.refused):,} refused, "
        f"{rush.history.turned_away(rush.opening):,} of them while there was enough, killed {len(rush.dead)} "
        f"times, {played.real:.0f} s of real time; {len(judgement.faults())} faults; oversold per "
        f"10,000 orders: {judgement.oversold_units * share:.1f} units, of which a best reader would "
        f"have prevented {judgement.preventable_units * share:.1f} (goal: 0)"
    )


def _tables(played: Played) -> list[str]:
    """Seconds: p50, p95 and p99 of ours, of the best reader's, and how far our p95 is from its."""
    return [
        "  from an order's creation until it is known (p50, p95, p99; best reader; p95 apart):",
        *_table(played, "origin", "known", "best_known"),
        "  from an order's creation until the other channel's number is confirmed:",
        *_table(played, "channel", "shown", "best_shown"),
    ]


def _table(played: Played, place: str, ours: str, best: str) -> list[str]:
    lines = []
    for name in sorted({getattr(way, place) for way in played.ways}):
        some = [way for way in played.ways if getattr(way, place) == name]
        mine = _spread([getattr(way, ours) for way in some])
        bound = _spread([getattr(way, best) for way in some])
        lines.append(f"    {name:<8}{_told(mine)}  {_told(bound)}  {mine[1] - bound[1]:+7.1f}")
    return lines


def _spread(values: list[float]) -> list[float]:
    cuts = statistics.quantiles(values, n=100) if len(values) > 1 else [*values] * 99
    return [cuts[at] for at in _CUTS]


def _told(spread: Sequence[float]) -> str:
    return " ".join(f"{each:6.1f}" for each in spread)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flash_sale")
    parser.add_argument("orders", nargs="?", type=int, default=ORDERS)
    parser.add_argument("wanted", nargs="?", choices=("plain", "buffered"), help="else both")
    parser.add_argument("kills", nargs="?", type=int, help="else one a minute")
    parser.add_argument("--seed", type=int, default=1, help="another sale")
    return parser.parse_args()


if __name__ == "__main__":
    for line in report(**vars(_asked())):
        print(line, flush=True)
