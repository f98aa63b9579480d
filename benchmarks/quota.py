"""A long price job on each platform: how near it comes to what the declared quotas allow.

Every price of a whole catalogue is changed, on the platform's own simulator and a virtual clock, so
that the scarcest quota works for ten minutes and more. Each listing is read, its price written, and
where the answer does not tell the new price it is read again once the write may show. So the bound is

    reading + writing + (nothing, or the longer of settling once and reading again)

where each term is (units - what its quota holds by then) / rate with the least units that the
platform's interfaces allow: full pages, and writes as declared. Where a feed carries the writes, the
platform's own time for each feed is part of writing: a feed is seen to its end before the next lot is
read, since what was read must not be minutes old when it is written. Looks at the orders are not in
the bound: they count against the job.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Final

from benchmarks.seller import Seller
from mercer.core.cell import Field, Lane
from mercer.core.contract import Calls, ChoosesWays, Declared
from mercer.core.outcome import Outcome
from mercer.core.quota import ALONE
from mercer.sync.apply import apply_plan
from mercer.sync.pace import Pace
from mercer.sync.planning import Request, make_plan

PRODUCTS: Final = {"amazon": 13_700, "jd": 1_300, "shopify": 6_000, "taobao": 2_300}
"""Enough for ten minutes at the scarcest quota."""

_AT_ONCE: Final = 2
"""Platforms that are measured side by side, each in a process of its own."""


@dataclass(frozen=True, slots=True)
class Job:
    """Seconds are virtual. `gap`: the longest time between two looks at the orders."""

    platform: str
    writes: int
    requests: int
    estimated: int
    seconds: float
    estimate: float
    bound: float
    throttled: int
    gap: float
    every: float

    @property
    def row(self) -> str:
        return (
            f"{self.platform:<9}{self.writes:>8,}{self.requests:>10,}{self.estimated:>11,}"
            f"{self.seconds:>10,.0f}{self.estimate:>11,.0f}{self.bound:>9,.0f}"
            f"{self.seconds / max(self.bound, 1.0):>8.2f}{self.throttled / self.requests:>11.2%}"
            f"{self.gap:>8.0f} of {self.every:.0f}"
        )


HEADER: Final = (
    f"{'platform':<9}{'writes':>8}{'requests':>10}{'estimated':>11}{'seconds':>10}{'estimated':>11}"
    f"{'bound':>9}{'ratio':>8}{'throttled':>11}{'order gap':>14}"
)


async def job(platform: str, products: int) -> Job:
    """The whole catalogue's prices, moved by five percent, on one channel."""
    seller = Seller.of(platform, products)
    seller.plant_moved_prices()
    plan = make_plan(seller.session, Request(fields=(Field.PRICE, Field.COMPARE_AT)))
    (estimate,) = plan.totals.channels
    began = seller.clock.now()
    with seller.listening() as sent:
        done = await apply_plan(seller.session, plan.header.id)
    seconds = (seller.clock.now() - began).total_seconds()
    outcomes = {item.outcome for item in done.items}
    assert outcomes == {Outcome.CONFIRMED}, f"{platform}: {outcomes} {done.failed}"
    adapter = seller.session.connection(platform).adapter
    offers: dict[str, set[str]] = {}
    for item in done.items:
        cell = item.change.cell
        offers.setdefault(cell.listing, set()).add(cell.offer)
    ends = [began, *sent.looks, seller.clock.now()]
    made = Job(
        platform,
        sum(map(len, offers.values())),
        sent.requests,
        estimate.calls,
        seconds,
        estimate.seconds,
        bound(adapter.declared, adapter, offers),
        sent.throttled,
        max((after - before).total_seconds() for before, after in pairwise(ends)),
        adapter.declared.orders.every.total_seconds(),
    )
    await seller.client.aclose()
    seller.database.close()
    return made


def bound(declared: Declared, adapter: object, offers: Mapping[str, set[str]]) -> float:
    """Seconds, by the formula above. `offers`: listing -> its offers whose prices are written."""
    count = sum(map(len, offers.values()))
    batch = declared.batches[Lane.PRICE]
    pace = Pace(declared.quotas)
    _read(pace, declared.look, len(offers), count)
    if isinstance(adapter, ChoosesWays):
        for start in range(0, count, batch.offers):
            pace.go(adapter.ways(Lane.PRICE, min(batch.offers, count - start))[0], ALONE)
    else:
        calls = count if batch.calls_per_offer else len(offers)
        calls += sum(each == {listing} for listing, each in offers.items()) * batch.lone_extra_calls
        pace.take(batch.quota, calls, batch.cost, ALONE)
    if not batch.confirms:
        settled = pace.now + declared.settle.total_seconds()
        _read(pace, declared.look, len(offers), count)
        pace.wait_until(settled)
    return pace.now


def _read(pace: Pace, look: tuple[Calls, ...], listings: int, offers: int) -> None:
    for each in look:
        least = listings / each.listings if each.listings else offers / (each.offers or 1)
        pace.take(each.quota, ceil(least), each.cost, ALONE)


def report(products: Mapping[str, int] = PRODUCTS) -> str:
    waiting = [
        [sys.executable, "-m", "benchmarks.quota", platform, str(products[platform])]
        for platform in sorted(products, key=lambda each: -products[each])
    ]
    rows: list[str] = []
    running: list[subprocess.Popen[str]] = []
    while waiting or running:
        while waiting and len(running) < _AT_ONCE:
            running.append(subprocess.Popen(waiting.pop(0), stdout=subprocess.PIPE, text=True))
        done = running.pop(0)
        said, _ = done.communicate()
        assert done.returncode == 0, "a job failed"
        rows.append(said.rstrip())
    title = "quotas: all prices of a catalogue (goals: ratio under 1.10, throttled under 1 %, gap under 1.25)"
    return "\n".join([title, HEADER, *sorted(rows)])


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(asyncio.run(job(sys.argv[1], int(sys.argv[2]))).row)
    else:
        print(report())
