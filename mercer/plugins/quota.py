"""Quotas: what must be free before a request leaves.

The limiter is generic cell rate (GCRA): one theoretical arrival time for each key, exact for any
number of processes that share it. The shared one is `mercer.store.quota`; this one is for tests and
one-process use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mercer.core.contract import Quota


@dataclass(frozen=True, slots=True)
class Charge:
    """`cost` units of an account's quota."""

    account: str
    quota: Quota
    cost: float = 1.0

    @property
    def key(self) -> str:
        return f"{self.account}/{self.quota.name}"


class Limiter(Protocol):
    def acquire(self, charges: Sequence[Charge], now: datetime) -> float:
        """Take all charges and return 0, or take none and return the seconds to wait."""

    def report(self, charge: Charge, available: float, now: datetime) -> None:
        """The platform says that `available` units are left, of `charge.quota` as it now stands."""

    def ban(self, charge: Charge, seconds: float, now: datetime) -> None:
        """The platform refuses everything on this quota for so long."""


def arrival(quota: Quota, cost: float, last: float, now: float) -> tuple[float, float]:
    """GCRA in epoch seconds: the next arrival time if granted, and the seconds to wait (0: granted).

    A cost above the burst is let through when the bucket is full, since it never could be otherwise.
    """
    following = max(last, now) + min(cost, quota.burst) / quota.rate
    return following, max(0.0, following - now - quota.burst / quota.rate)


def reported(quota: Quota, available: float, now: float) -> float:
    """The arrival time that stands for `available` units being left now."""
    return now + max(quota.burst - available, 0.0) / quota.rate


def banned(quota: Quota, seconds: float, now: float) -> float:
    """The arrival time that lets nothing through for `seconds`."""
    return now + seconds + quota.burst / quota.rate


class MemoryLimiter:
    def __init__(self) -> None:
        self._arrivals: dict[str, float] = {}

    def acquire(self, charges: Sequence[Charge], now: datetime) -> float:
        moment = now.timestamp()
        granted = {}
        wait = 0.0
        for charge in charges:
            last = self._arrivals.get(charge.key, 0.0)
            granted[charge.key], each = arrival(charge.quota, charge.cost, last, moment)
            wait = max(wait, each)
        if wait == 0.0:
            self._arrivals |= granted
        return wait

    def report(self, charge: Charge, available: float, now: datetime) -> None:
        self._arrivals[charge.key] = reported(charge.quota, available, now.timestamp())

    def ban(self, charge: Charge, seconds: float, now: datetime) -> None:
        self._arrivals[charge.key] = banned(charge.quota, seconds, now.timestamp())
