"""Quotas: what must be free before a request leaves.

Generic cell rate (GCRA): one theoretical arrival time for each key, exact for any number of
processes that share it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from mercer.core.contract import Quota


@dataclass(frozen=True, slots=True)
class Urgency:
    """What a request leaves to others, and for how long it waits.

    `leaves`: the share of each quota's burst that stays for what is more urgent. `patience`: the
    longest single wait for a quota, in seconds; beyond it nothing is sent.
    """

    leaves: float
    patience: float

    def reserve(self, quota: Quota) -> float:
        """Whole units: a quota of a few at once has none to spare."""
        return math.floor(quota.burst * self.leaves)


ALONE: Final = Urgency(leaves=0.0, patience=60.0)
"""Where the engine says nothing: checks, adapters used by themselves."""

BULK: Final = Urgency(leaves=0.3, patience=60.0)
"""Enumerations: somebody looks on, and may start them again."""

WORK: Final = Urgency(leaves=0.3, patience=900.0)
"""A plan being carried out: prices, content, and reading them."""

POLL: Final = Urgency(leaves=0.2, patience=5.0)
"""A look at the orders that may be put off. It goes before bulk work, and leaves some to the stock."""

SPARE: Final = Urgency(leaves=0.5, patience=5.0)
"""Orders whose units are held already: whatever quota nobody else needs."""

NEEDED: Final = Urgency(leaves=0.0, patience=900.0)
"""Stock, and the orders that its numbers rest on."""

SENT: Final = Urgency(leaves=0.2, patience=900.0)
"""Stock that is sent while orders come in, and seen: what is sold is to be known first."""

_urgency: ContextVar[Urgency] = ContextVar("urgency", default=ALONE)


def urgency() -> Urgency:
    """Of what is being done now. The engine sets it; adapters and simulators do not care."""
    return _urgency.get()


@contextmanager
def working(urgency: Urgency) -> Iterator[None]:
    token = _urgency.set(urgency)
    try:
        yield
    finally:
        _urgency.reset(token)


@dataclass(frozen=True, slots=True)
class Charge:
    """`cost` units of an account's quota. `reserve`: units that must be left when it is granted."""

    account: str
    quota: Quota
    cost: float = 1.0
    reserve: float = 0.0

    @property
    def key(self) -> str:
        return f"{self.account}/{self.quota.name}"

    @property
    def step(self) -> float:
        """Seconds of the quota's rate that the cost takes."""
        return self.cost / self.quota.rate

    @property
    def window(self) -> float:
        """Seconds of the rate that may be taken at once.

        A cost above what the burst has beside the reserve passes when the quota is full, since it
        never could otherwise, and is paid off before anything else passes.
        """
        return max(self.cost, self.quota.burst - self.reserve) / self.quota.rate


class Limiter(Protocol):
    def acquire(self, charges: Sequence[Charge], now: datetime) -> float:
        """Take all charges and return 0, or take none and return the seconds to wait."""

    def report(self, charge: Charge, available: float, now: datetime) -> None:
        """The platform says that `available` units are left, of `charge.quota` as it now stands."""

    def ban(self, charge: Charge, seconds: float, now: datetime) -> None:
        """The platform refuses everything on this quota for so long."""


def arrival(charge: Charge, last: float, now: float) -> tuple[float, float]:
    """In epoch seconds: the next arrival time if granted, and the seconds to wait (0: granted)."""
    start = max(last, now)
    return start + charge.step, max(0.0, start - now - (charge.window - charge.step))


def reported(charge: Charge, available: float, now: float) -> float:
    """The arrival time that stands for `available` units being left now."""
    quota = charge.quota
    return now + max(quota.burst - available, 0.0) / quota.rate


def banned(charge: Charge, seconds: float, now: float) -> float:
    """The arrival time that lets nothing through for `seconds`."""
    return now + seconds + charge.window
