"""What applying changes will take: requests, and seconds at the declared quotas.

A rehearsal, not a formula: the run's own steps in the run's own order, each taking its units from
quotas that fill up as time passes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final, NamedTuple, TypeVar

from mercer.core.cell import LANE_OF, WRITTEN, Lane
from mercer.core.contract import Adapter, Batch, Calls, ChoosesWays, Declared, ReadsOrders, Way
from mercer.core.plan import Change, ChangeKind, ChannelEstimate
from mercer.core.quota import NEEDED, WORK, Urgency
from mercer.sync.pace import Pace

T = TypeVar("T")

_NOUNS: Final = {
    Lane.STOCK: ("stock number", "stock numbers"),
    Lane.STATUS: ("status", "statuses"),
    Lane.PRICE: ("price", "prices"),
    Lane.SCHEDULED: ("scheduled price", "scheduled prices"),
    Lane.CONTENT: ("text", "texts"),
}


class _Touched(NamedTuple):
    """A listing in a lane: its number in the plan, its touched offers, and whether it is all one."""

    listing: int
    offers: int
    lone: bool


@dataclass(slots=True)
class Estimate:
    """Fed listing by listing, in the order of the plan."""

    channel: str
    account: str
    adapter: Adapter
    _lanes: dict[Lane, list[_Touched]] = field(default_factory=lambda: defaultdict(list))
    _offers: list[int] = field(default_factory=list)
    _creations: int = 0

    def add(self, changes: Sequence[Change]) -> None:
        """The changes of one listing, or one creation."""
        offers: dict[Lane, set[str]] = {}
        for change in changes:
            if change.guard:
                continue
            if change.kind is ChangeKind.CREATE:
                self._creations += 1
            else:
                offers.setdefault(LANE_OF[change.cell.field], set()).add(change.cell.offer)
        if not offers:
            return
        number = len(self._offers)
        self._offers.append(len(set().union(*offers.values()) - {""}))
        own = {changes[0].cell.listing}
        for lane, touched in offers.items():
            self._lanes[lane].append(_Touched(number, len(touched), touched == own))

    def told(self) -> ChannelEstimate:
        return _Rehearsal(self.adapter, self._lanes, self._offers, self._creations).told(
            self.channel, self.account
        )


@dataclass(slots=True)
class _Written:
    """What went one way in one lane. `instead`: seconds of the next best way, if there is one."""

    way: Way
    offers: int = 0
    seconds: float = 0.0
    other: str = ""
    instead: float = 0.0


@dataclass(slots=True)
class _Rehearsal:
    """`ready`: listing -> when what was sent of it can be read."""

    adapter: Adapter
    lanes: dict[Lane, list[_Touched]]
    offers: list[int]
    creations: int
    declared: Declared = field(init=False)
    pace: Pace = field(init=False)
    ready: dict[int, float] = field(default_factory=dict)
    written: dict[tuple[Lane, str], _Written] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.declared = self.adapter.declared
        polls = self.declared.polls if isinstance(self.adapter, ReadsOrders) else ()
        every = self.declared.orders.every.total_seconds()
        self.pace = Pace(self.declared.quotas, polls, every)

    def told(self, channel: str, account: str) -> ChannelEstimate:
        for lane in WRITTEN:
            batch = self.declared.batches.get(lane)
            for wave in _cut(self.lanes.get(lane, []), self.declared.wave(lane)):
                self._wave(lane, batch, wave)
        self._verify()
        for _ in range(self.creations):
            self._read(self.declared.creation, 1, 1, WORK)
        pace = self.pace
        return ChannelEstimate(
            channel,
            account,
            pace.calls,
            round(pace.now, 1),
            round(pace.waited, 1),
            tuple(_sentence(lane, each) for (lane, _), each in self.written.items()),
        )

    def _wave(self, lane: Lane, batch: Batch | None, wave: Sequence[_Touched]) -> None:
        urgency = NEEDED if lane is Lane.STOCK else WORK
        self._look([each.offers for each in wave], urgency)
        if lane is Lane.STOCK and isinstance(self.adapter, ReadsOrders):
            self._read(self.declared.polls, 1, 1, urgency)
        if batch is None:
            return
        if batch.one_listing:
            for each in wave:
                self._write(lane, batch, each.offers, int(each.lone), urgency)
        else:
            offers, lone = sum(each.offers for each in wave), sum(each.lone for each in wave)
            self._write(lane, batch, offers, lone, urgency)
        if not batch.confirms:
            settled = self.pace.now + self.declared.settle.total_seconds()
            self.ready |= {each.listing: settled for each in wave}

    def _write(self, lane: Lane, batch: Batch, offers: int, lone: int, urgency: Urgency) -> None:
        """Offers that follow each other in the plan, in as many batches as they need."""
        for start in range(0, offers, batch.offers):
            number = min(batch.offers, offers - start)
            if isinstance(self.adapter, ChoosesWays):
                best, *others = self.adapter.ways(lane, number)
                self._go(lane, number, best, others, urgency)
                continue
            calls = (number if batch.calls_per_offer else 1) + batch.extra_calls
            self.pace.take(batch.quota, calls, batch.cost, urgency)
        if lone and batch.lone_extra_calls:
            self.pace.take(batch.quota, lone * batch.lone_extra_calls, batch.cost, urgency)

    def _go(
        self, lane: Lane, number: int, way: Way, others: Sequence[Way], urgency: Urgency
    ) -> None:
        began = self.pace.now
        self.pace.go(way, urgency)
        each = self.written.setdefault((lane, way.name), _Written(way))
        each.offers += number
        each.seconds += self.pace.now - began
        if others:
            other = Pace(self.declared.quotas)
            other.go(others[0], urgency)
            each.other = others[0].name
            each.instead += other.now

    def _look(self, offers: Sequence[int], urgency: Urgency) -> None:
        for part in _cut(offers, self.declared.read_back):
            self._read(self.declared.look, len(part), sum(part), urgency)

    def _read(self, reads: Sequence[Calls], listings: int, offers: int, urgency: Urgency) -> None:
        for each in reads:
            calls = 1
            if each.listings is not None:
                calls = ceil(listings / each.listings)
            elif each.offers is not None:
                calls = max(ceil(offers / each.offers), 1)
            self.pace.take(each.quota, calls, each.cost, urgency)

    def _verify(self) -> None:
        """As `verify`: what left first is read first, as much as one read takes."""
        stock = {each.listing for each in self.lanes.get(Lane.STOCK, ())}
        queue = sorted(self.ready, key=lambda listing: self.ready[listing])
        for part in _cut(queue, self.declared.read_back):
            self.pace.wait_until(max(self.ready[listing] for listing in part))
            urgency = WORK if stock.isdisjoint(part) else NEEDED
            self._look([self.offers[listing] for listing in part], urgency)


def _cut(parts: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(parts), size):
        yield parts[start : start + size]


def _sentence(lane: Lane, each: _Written) -> str:
    noun = _NOUNS[lane][each.offers != 1]
    said = f"{each.offers:,} {noun} by {each.way.name} (about {spoken(each.seconds)}"
    return f"{said}; by {each.other} {spoken(each.instead)})" if each.other else f"{said})"


def spoken(seconds: float) -> str:
    """As people say it: `40 s`, `4 min`, `1.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
