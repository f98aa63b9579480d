"""The best reader that the platforms would let be, played over what really was sold.

It knows no sale before a notice of it arrived or a look at the shop's orders brought it, whichever
was first. What it sends waits for the same quotas, travels as long, and acts as late as Mercer's. In
everything else it has it better than any real one: it needs no time of its own, forgets nothing when
it is killed, reads nothing before it writes, is never refused, and takes no unit of a sale that it
has not heard of yet back into what a shop shows. Times are seconds since the sale began.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import nsmallest
from math import ceil, inf
from typing import Final

TRIP: Final = 0.07
"""One way between a shop and its reader: the mean of what the laboratory's network takes."""

_LATELY: Final = 30.0
"""Seconds of sales by which a reader tells how fast a SKU sells."""


class Turn(StrEnum):
    """Whose number goes first where the quota makes numbers wait."""

    SCARCEST = "scarcest"
    SOONEST_OUT = "soonest out"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Means:
    """What one channel lets any reader do.

    `rate` and `burst` are of the one quota that looks at orders and writes share; `look` and `write`
    are what one of each takes of it. A look that takes nothing is made as often as the network
    lets. A write carries `room` SKUs, where `alone` of one listing only. From its arrival, buyers
    meet the number after `effect` seconds, and a read may confirm it after `settle`.
    """

    rate: float
    burst: float
    look: float
    write: float
    room: int
    alone: bool = False
    effect: float = 0.0
    settle: float = 0.0


@dataclass(frozen=True, slots=True)
class Taking:
    """Units that an order took off, or gave back where there are fewer than none.

    `told` is when its notice arrived, if it ever did.
    """

    at: float
    channel: str
    sku: str
    units: int
    told: float = inf


@dataclass(frozen=True, slots=True)
class Known:
    """A taking, since when a reader knows of it."""

    at: float
    taking: Taking


@dataclass(slots=True)
class _Shown:
    """What one channel showed of one SKU: when each number left, when it acted, what it left out."""

    left: list[float] = field(default_factory=list)
    acts: list[float] = field(default_factory=list)
    elsewhere: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reader:
    """One for each channel that it favours: the others are looked at `every` so many seconds, or as
    often as their quota lets any reader, while the numbers of the favoured one give way to a look at
    its own orders each `own` seconds alone.

    `dead`: when no process lives.
    """

    means: Mapping[str, Means]
    listings: Mapping[str, str]
    opening: Mapping[str, int]
    every: float
    own: float
    turn: Turn
    dead: Sequence[tuple[float, float]] = ()

    def play(self, takings: Sequence[Taking]) -> Play:
        heard = sorted((Known(self.hears(each), each) for each in takings), key=lambda k: k.at)
        shown = {channel: _Lane(self, channel, heard).run() for channel in self.means}
        return Play(self, {each.taking: each.at for each in heard}, shown)

    def hears(self, taking: Taking) -> float:
        """By its notice or by the first look that reaches the shop after it."""
        means = self.means[taking.channel]
        every = max(self.every, means.look / means.rate) if means.look else 2 * TRIP
        leaves = max(ceil((taking.at - TRIP) / every) * every, 0.0)
        while (born := self._born(leaves, leaves + 2 * TRIP)) is not None:
            leaves = max(born, taking.at - TRIP)
        return min(taking.told, leaves + 2 * TRIP)

    def alive(self, at: float) -> float:
        """`at`, or when the next process is born."""
        return next((end for begin, end in self.dead if begin <= at < end), at)

    def _born(self, begin: float, end: float) -> float | None:
        return next((born for died, born in self.dead if died < end and begin < born), None)


class _Lane:
    """A reader's numbers on their way to one channel."""

    def __init__(self, reader: Reader, channel: str, heard: Sequence[Known]) -> None:
        self._reader = reader
        self._means = reader.means[channel]
        self._channel = channel
        self._heard = deque(heard)
        self._now = 0.0
        self._level, self._level_at = self._means.burst, 0.0
        self._left = dict(reader.opening)
        self._lately: dict[str, deque[tuple[float, int]]] = defaultdict(deque)
        self._elsewhere: dict[str, int] = defaultdict(int)
        self._waiting: dict[str, float] = {}
        self._shown: dict[str, _Shown] = defaultdict(_Shown)

    def run(self) -> dict[str, _Shown]:
        while self._heard or self._waiting:
            if not self._waiting:
                self._now = max(self._now, self._heard[0].at)
            self._hear()
            ready = self._ready()
            if ready > self._now:
                self._now = ready
            elif self._waiting:
                self._send()
        return dict(self._shown)

    def _hear(self) -> None:
        while self._heard and self._heard[0].at <= self._now:
            known = self._heard.popleft()
            taking = known.taking
            self._left[taking.sku] -= taking.units
            self._lately[taking.sku].append((known.at, taking.units))
            if taking.channel != self._channel:
                self._elsewhere[taking.sku] += taking.units
            if taking.channel != self._channel or taking.units < 0:
                # What a shop itself gives back is on sale at once, be it promised twice by now.
                self._waiting.setdefault(taking.sku, known.at)

    def _ready(self) -> float:
        """When a write may leave: looks take their share of the quota all along."""
        means = self._means
        looks = means.look / self._reader.own
        rate = means.rate - looks
        passed = self._now - self._level_at
        self._level = min(means.burst, self._level + passed * rate)
        self._level_at = self._now
        lacking = means.write - self._level
        return self._reader.alive(
            self._now + max(lacking, 0.0) / rate + (1e-9 if lacking > 0 else 0)
        )

    def _send(self) -> None:
        means = self._means
        first = min(self._waiting, key=self._rank)
        along: list[str] = list(self._waiting)
        if means.alone:
            listing = self._reader.listings[first]
            along = [sku for sku in along if self._reader.listings[sku] == listing]
        acts = self._now + TRIP + means.effect
        for sku in nsmallest(means.room, along, key=self._rank):
            del self._waiting[sku]
            shown = self._shown[sku]
            shown.left.append(self._now)
            shown.acts.append(acts)
            shown.elsewhere.append(self._elsewhere[sku])
        self._level -= means.write

    def _rank(self, sku: str) -> tuple[float, float]:
        since = self._waiting[sku]
        match self._reader.turn:
            case Turn.SCARCEST:
                return self._left[sku], since
            case Turn.SOONEST_OUT:
                return self._left[sku] / (self._pace(sku) or 1e-9), since
            case Turn.OLDEST:
                return since, 0.0

    def _pace(self, sku: str) -> float:
        lately = self._lately[sku]
        while lately and lately[0][0] < self._now - _LATELY:
            lately.popleft()
        return sum(units for _, units in lately) / _LATELY


@dataclass(frozen=True, slots=True)
class Play:
    """What a reader knew and showed."""

    reader: Reader
    _known: Mapping[Taking, float]
    _shown: Mapping[str, Mapping[str, _Shown]]

    def known(self, taking: Taking) -> float:
        return self._known[taking]

    def taken_elsewhere(self, channel: str, sku: str, at: float) -> int:
        """Units of other channels' sales that a shop's number leaves out at that moment."""
        return self.last_number(channel, sku, at)[1]

    def last_number(self, channel: str, sku: str, at: float) -> tuple[float, int]:
        """When the number that a shop shows then began to act, and what was sold elsewhere without it."""
        shown = self._shown[channel].get(sku)
        index = bisect_right(shown.acts, at) if shown else 0
        return (shown.acts[index - 1], shown.elsewhere[index - 1]) if shown and index else (-inf, 0)

    def confirmed(self, taking: Taking, channel: str) -> float:
        """When a read shows a number of another channel that accounts for this taking."""
        shown, known = self._shown[channel][taking.sku], self.known(taking)
        left = next(left for left in shown.left if left >= known)
        means = self.reader.means[channel]
        return left + TRIP + max(means.effect, means.settle) + 2 * TRIP
