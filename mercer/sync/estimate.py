"""What applying changes will take: requests, and seconds at the declared quotas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from mercer.core.cell import Lane
from mercer.core.contract import Declared
from mercer.core.plan import Change, ChangeKind


@dataclass(slots=True)
class Estimate:
    """Fed listing by listing, in the order of the plan."""

    declared: Declared
    _spread: dict[Lane, int] = field(default_factory=lambda: defaultdict(int))
    _by_lane: dict[Lane, int] = field(default_factory=lambda: defaultdict(int))
    _looks: dict[Lane, int] = field(default_factory=lambda: defaultdict(int))
    _listings: int = 0

    def add(self, changes: Sequence[Change]) -> None:
        """The changes of one listing, or one creation."""
        offers: dict[Lane, set[str]] = defaultdict(set)
        for change in changes:
            if change.blocked:
                continue
            if change.kind is ChangeKind.CREATE:
                self._by_lane[change.lane] += 1
            else:
                offers[change.lane].add(change.cell.offer)
        self._listings += bool(offers)
        for lane, touched in offers.items():
            self._looks[lane] += 1
            batch = self.declared.batches.get(lane)
            if batch is None:
                continue
            if batch.calls_per_offer:
                self._by_lane[lane] += len(touched) + batch.extra_calls
            elif batch.one_listing:
                self._by_lane[lane] += ceil(len(touched) / batch.offers) + batch.extra_calls
            else:
                self._spread[lane] += len(touched)

    def _writes(self) -> dict[Lane, int]:
        writes = dict(self._by_lane)
        for lane, offers in self._spread.items():
            batch = self.declared.batches[lane]
            spread = ceil(offers / batch.offers) * (1 + batch.extra_calls)
            writes[lane] = writes.get(lane, 0) + spread
        return writes

    @property
    def calls(self) -> int:
        """Writes, the read before each lane's, the orders before stock, and the read-back."""
        at_once = self.declared.read_back
        reads = sum(ceil(listings / at_once) for listings in self._looks.values())
        reads += ceil(self._looks[Lane.STOCK] / at_once) + ceil(self._listings / at_once)
        return sum(self._writes().values()) + reads

    @property
    def seconds(self) -> float:
        """What the quotas need beyond what may go at once, and the settle lag if there is a write."""
        writes = self._writes()
        cost: dict[str, float] = defaultdict(float)
        for lane, calls in writes.items():
            if batch := self.declared.batches.get(lane):
                cost[batch.quota] += calls * batch.cost
        waits = [
            max(cost[quota.name] - quota.burst, 0.0) / quota.rate for quota in self.declared.quotas
        ]
        settle = self.declared.settle.total_seconds() if writes else 0.0
        return max(waits, default=0.0) + settle
