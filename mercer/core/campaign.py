"""Campaigns: prices that show on channels from one edge until the other, and how exactly they must.

A campaign is dated entries of the price book. Each holds from the moment at which the push of the
edge begins, so that whoever derives a price, a worker at the edge or a cycle after it, finds the same.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from mercer.core.cell import Nothing
from mercer.core.errors import InputError
from mercer.core.money import Money
from mercer.core.plan import Change

NAME: Final = re.compile(r"\w[\w.-]{0,39}")
"""Of a campaign: letters of any script, digits, `_`, `.` and `-`."""

_LONGEST: Final = timedelta(hours=24)

_SPAN: Final = re.compile(r"([+-]?)([0-9]{1,6})([smh]?)")
_UNITS: Final = {"": 0, "s": 1, "m": 60, "h": 3600}

_RESERVE: Final = 1.25
"""Of what an edge's push takes by itself: other work takes from the same quotas meanwhile."""

_ROUSING: Final = 5.0
"""Seconds until a worker has seen that an edge is due and has begun."""


class Edge(StrEnum):
    START = "start"
    END = "end"


class CampaignState(StrEnum):
    """`starting`, `ending`: the edge has begun, and not every offer was seen to have followed yet."""

    PLANNED = "planned"
    STARTING = "starting"
    RUNNING = "running"
    ENDING = "ending"
    ENDED = "ended"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far from an edge prices may move: no earlier than `earliest` after it, no later than
    `latest`. What is before the edge is negative.
    """

    earliest: timedelta
    latest: timedelta

    @classmethod
    def parse(cls, text: str) -> Tolerance:
        """`-10m..+0m`: up to ten minutes early, and not late. Raise `InputError` for anything else."""
        early, _, late = text.replace(" ", "").partition("..")
        earliest, latest = _span(early), _span(late)
        if earliest is None or latest is None:
            raise InputError(
                f"{text!r} is no tolerance",
                hint="write how early and how late, such as -10m..+0m, in s, m or h up to 24h",
            )
        found = cls(earliest, latest)
        if found.earliest > found.latest:
            raise InputError(
                f"the tolerance {text!r} ends before it begins",
                hint="write the earlier first, such as -10m..+0m",
            )
        return found

    def __str__(self) -> str:
        return f"{told(self.earliest)}..{told(self.latest)}"


def _span(text: str) -> timedelta | None:
    match = _SPAN.fullmatch(text)
    if match is None or (not match[3] and int(match[2])):
        return None
    span = timedelta(seconds=int(match[2]) * _UNITS[match[3]])
    if span > _LONGEST:
        return None
    return -span if match[1] == "-" else span


def told(span: timedelta) -> str:
    """With its sign, in the largest unit that is whole: `-10m`, `+90s`."""
    seconds = round(span.total_seconds())
    for name, size in (("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size:+d}{name}"
    return f"{seconds:+d}s" if seconds else "0s"


@dataclass(frozen=True, slots=True)
class Window:
    """Where one edge of a channel lies: `at` is when it is told to be, prices move between
    `earliest` and `latest`.
    """

    at: datetime
    earliest: datetime
    latest: datetime

    @classmethod
    def around(cls, at: datetime, tolerance: Tolerance) -> Window:
        return cls(at, at + tolerance.earliest, at + tolerance.latest)

    def begin(self, needed: timedelta, now: datetime) -> datetime | None:
        """When a push that takes so long begins: at the edge, or as much before it as it must to be
        done in time. `None`: it does not fit.
        """
        first, last = max(self.earliest, now), self.latest - needed
        return min(max(self.at, first), last) if first <= last else None


def needed(seconds: float) -> timedelta:
    """What is to be left for a push that takes so many seconds at the quotas."""
    return timedelta(seconds=ceil(seconds * _RESERVE + _ROUSING))


@dataclass(frozen=True, slots=True)
class ChannelEdge:
    """One edge on one channel. Its push begins at `begins_at`, and so the entries hold, or hold no
    more. `calls` and `seconds` are those that it was foreseen to take, `checksum` is of what it was
    foreseen to change.
    """

    channel: str
    edge: Edge
    window: Window
    begins_at: datetime
    calls: int
    seconds: float
    checksum: str = ""


@dataclass(frozen=True, slots=True)
class CampaignEntry:
    """What a SKU costs on a channel while the campaign runs.

    `after` is what it was foreseen to show when the campaign is over, `struck_after` its compare-at
    price then, as cells hold them; `None`: unknown, or not declared.
    """

    channel: str
    sku: str
    price: Money
    compare_at: Money | Nothing | None = None
    after: str | None = None
    struck_after: str | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """`start` and `end` are as they were told; `allowed` the guards that were let pass beforehand, for
    a `reason`.
    """

    name: str
    start: str
    end: str
    start_tolerance: Tolerance
    end_tolerance: Tolerance
    allowed: tuple[str, ...]
    reason: str
    who: str
    made_at: datetime
    edges: tuple[ChannelEdge, ...]
    price_book: int = 0
    cancelled_at: datetime | None = None
    cancelled_by: str = ""

    @property
    def checksum(self) -> str:
        """Of all that its edges were foreseen to change."""
        said = [f"{each.channel} {each.edge} {each.checksum}" for each in self.edges]
        return hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest()

    @property
    def channels(self) -> list[str]:
        return sorted({each.channel for each in self.edges})

    def edge(self, channel: str, edge: Edge) -> ChannelEdge:
        (found,) = (each for each in self.edges if (each.channel, each.edge) == (channel, edge))
        return found

    def over(self, channel: str, now: datetime) -> bool:
        """Whether its prices hold there no more: they were to end by now, or it was cancelled."""
        return self.cancelled_at is not None or self.edge(channel, Edge.END).begins_at <= now


def checksum(changes: Iterable[Change]) -> str:
    """Of what each change does, and of what a guard stops; whatever plan they are of."""
    lines = sorted(
        json.dumps([*each.cell, each.before, each.after, each.guard]) for each in changes
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def overall(states: Iterable[CampaignState]) -> CampaignState:
    """What the states of a campaign's channels come to; they may lie in different zones."""
    found = set(states)
    if len(found) == 1:
        return found.pop()
    for state in (CampaignState.ENDING, CampaignState.STARTING):
        if state in found:
            return state
    return CampaignState.RUNNING
