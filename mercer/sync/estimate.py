"""What applying changes will take: requests, and seconds at the declared quotas.

A rehearsal, not a formula: the run's own steps in the run's own order, each taking its units from
quotas that fill up as time passes.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
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


class _Wave(NamedTuple):
    """Listings of a lane by their numbers in the plan; how many offers of each are touched, and whether
    it is all one.
    """

    listings: array[int]
    offers: array[int]
    lone: bytearray


@dataclass(slots=True)
class _Touched:
    """What a plan touches in a lane, as numbers alone: it may be a million listings."""

    listings: array[int] = field(default_factory=lambda: array("I"))
    offers: array[int] = field(default_factory=lambda: array("I"))
    lone: bytearray = field(default_factory=bytearray)

    def append(self, listing: int, offers: int, lone: bool) -> None:
        self.listings.append(listing)
        self.offers.append(offers)
        self.lone.append(lone)

    def waves(self, size: int) -> Iterator[_Wave]:
        for start in range(0, len(self.listings), size):
            part = slice(start, start + size)
            yield _Wave(self.listings[part], self.offers[part], self.lone[part])


@dataclass(slots=True)
class Estimate:
    """Fed in the order of the plan. `_offers`: how many are touched of each listing."""

    channel: str
    account: str
    adapter: Adapter
    _lanes: dict[Lane, _Touched] = field(default_factory=lambda: defaultdict(_Touched))
    _offers: array[int] = field(default_factory=lambda: array("I"))
    _creations: int = 0

    def add(self, changes: Sequence[Change]) -> None:
        """The changes of whole listings, or creations."""
        touched: dict[Lane, set[str]] = {}
        last = ""
        for _, kind, (_, listing, offer, what, _), _, _, _, _, _, guard, _ in changes:
            if listing != last:
                self._add(last, touched)
                touched, last = {}, listing
            if guard:
                continue
            if kind is ChangeKind.CREATE:
                self._creations += 1
                continue
            lane = LANE_OF[what]
            if lane in touched:
                touched[lane].add(offer)
            else:
                touched[lane] = {offer}
        self._add(last, touched)

    def _add(self, listing: str, touched: Mapping[Lane, set[str]]) -> None:
        if not touched:
            return
        number = len(self._offers)
        every: set[str] = set().union(*touched.values())
        self._offers.append(len(every) - ("" in every))
        for lane, offers in touched.items():
            self._lanes[lane].append(number, len(offers), offers == {listing})

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
    """`settled`: when what each wave sent can be read, if its batches do not confirm it; `sent`: for each
    listing the number of the wave that sent last of it, from 1.
    """

    adapter: Adapter
    lanes: Mapping[Lane, _Touched]
    offers: Sequence[int]
    creations: int
    declared: Declared = field(init=False)
    pace: Pace = field(init=False)
    settled: list[float] = field(default_factory=list)
    sent: array[int] = field(init=False)
    written: dict[tuple[Lane, str], _Written] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.declared = self.adapter.declared
        polls = self.declared.polls if isinstance(self.adapter, ReadsOrders) else ()
        every = self.declared.orders.every.total_seconds()
        self.pace = Pace(self.declared.quotas, polls, every)
        self.sent = array("I", [0]) * len(self.offers)

    def told(self, channel: str, account: str) -> ChannelEstimate:
        for lane, batch, wave in self._waves():
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

    def _waves(self) -> Iterator[tuple[Lane, Batch | None, _Wave]]:
        for lane in WRITTEN:
            if lane in self.lanes:
                batch = self.declared.batches.get(lane)
                for wave in self.lanes[lane].waves(self.declared.wave(lane)):
                    yield lane, batch, wave

    def _wave(self, lane: Lane, batch: Batch | None, wave: _Wave) -> None:
        urgency = NEEDED if lane is Lane.STOCK else WORK
        self._look(wave.offers, urgency)
        if lane is Lane.STOCK and isinstance(self.adapter, ReadsOrders):
            self._read(self.declared.polls, 1, 1, urgency)
        if batch is None:
            return
        if batch.one_listing:
            for offers, lone in zip(wave.offers, wave.lone, strict=True):
                self._write(lane, batch, offers, lone, urgency)
        else:
            self._write(lane, batch, sum(wave.offers), sum(wave.lone), urgency)
        if not batch.confirms:
            self.settled.append(self.pace.now + self.declared.settle.total_seconds())
            for listing in wave.listings:
                self.sent[listing] = len(self.settled)

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
        stock = bytearray(len(self.offers))
        if Lane.STOCK in self.lanes:
            for listing in self.lanes[Lane.STOCK].listings:
                stock[listing] = True
        queue = self._to_read()
        while part := list(islice(queue, self.declared.read_back)):
            self.pace.wait_until(part[-1][1])
            urgency = NEEDED if any(stock[listing] for listing, _ in part) else WORK
            self._look([self.offers[listing] for listing, _ in part], urgency)

    def _to_read(self) -> Iterator[tuple[int, float]]:
        """Listings by the wave that sent last of them, each with when that can be read."""
        number = 0
        for _, batch, wave in self._waves():
            if batch is None or batch.confirms:
                continue
            number += 1
            for listing in wave.listings:
                if self.sent[listing] == number:
                    yield listing, self.settled[number - 1]


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
