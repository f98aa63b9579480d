"""A flash sale on four simulated channels at their documented quotas, with Mercer killed now and then.

Oversold units come from an oracle that knows what really happened at every shop; the bound beside
each propagation time is what the platforms' own notices, quotas and settling make of it at best.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mercer.sandbox.laboratory.oracle import Judgement, Oracle, Propagation, propagations
from mercer.sandbox.laboratory.rush import SHOWS, TELLS, Plan, Rush

ORDERS = 10_000
BUFFER = 3
"""The recommended one: what sells of a SKU elsewhere while a number is on its way."""


def report(orders: int = ORDERS) -> str:
    share = orders / ORDERS
    plan = Plan(orders=orders, seconds=600.0 * share, kills=max(round(10 * share), 1))
    lines = []
    for buffer in (0, BUFFER):
        rush, judgement, ways, real = _played(replace(plan, buffer=buffer))
        lines.append(_summary(rush, judgement, real))
        lines += judgement.faults()[:10]
        if not buffer:
            lines += _table(ways, _seen_at_best(rush))
    return "\n".join(lines)


def _played(plan: Plan) -> tuple[Rush, Judgement, list[Propagation], float]:
    with tempfile.TemporaryDirectory() as folder:
        rush = Rush(plan, Path(folder))
        began = time.perf_counter()
        rush.play()
        real = time.perf_counter() - began
        oracle = Oracle(rush.simulators, rush.opening, TELLS, SHOWS, plan.buffer)
        judgement = oracle.judge(rush.process.database, rush.crowd.sales)
        ways = list(propagations(rush.process.database, rush.crowd.sales))
        rush.process.close()
    return rush, judgement, ways, real


def _summary(rush: Rush, judgement: Judgement, real: float) -> str:
    plan = rush.plan
    share = ORDERS / max(len(rush.crowd.sales), 1)
    return (
        f"flash sale, buffer {plan.buffer}: {len(rush.opening)} SKUs, {len(rush.crowd.sales):,} orders "
        f"in {plan.seconds / 60:.0f} min, {rush.crowd.refused:,} refused, killed {len(rush.killed)} "
        f"times, {real:.0f} s of real time; {len(judgement.faults())} faults; oversold per 10,000 "
        f"orders: {judgement.oversold_units * share:.1f} units, preventable "
        f"{judgement.preventable_units * share:.1f} (goal: 0)"
    )


def _seen_at_best(rush: Rush) -> dict[str, timedelta]:
    """From knowing an order until another channel's number can be confirmed: sent, settled, read."""
    return {
        name: max(SHOWS[name], each.declared.settle + SHOWS[name])
        for name, each in rush.process.session.connections.items()
    }


def _table(ways: Iterable[Propagation], seen: Mapping[str, timedelta]) -> list[str]:
    """Seconds from an order's creation to the other channel's confirmed number, and to knowing it."""
    told: dict[str, list[float]] = defaultdict(list)
    shown: dict[str, list[float]] = defaultdict(list)
    for way in ways:
        told[way.origin].append(way.known)
        shown[way.channel].append(way.shown - way.known)
    lines = ["  from an order until Mercer knows it (p50, p95, p99; at best):"]
    lines += [f"    {name:<8}{_spread(each)}  {_s(TELLS[name])}" for name, each in told.items()]
    lines.append(
        "  from then until another channel's number is confirmed (p50, p95, p99; at best):"
    )
    lines += [f"    {name:<8}{_spread(each)}  {_s(seen[name])}" for name, each in shown.items()]
    return lines


def _spread(values: list[float]) -> str:
    cuts = statistics.quantiles(values, n=100) if len(values) > 1 else [*values] * 99
    return " ".join(f"{cuts[at]:7.1f}" for at in (49, 94, 98))


def _s(moment: timedelta) -> str:
    return f"{moment.total_seconds():.1f} s"


if __name__ == "__main__":
    print(report(int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS))
