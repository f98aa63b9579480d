"""Quotas: what must be free before a request leaves.

Generic cell rate (GCRA): one theoretical arrival time for each key, exact for any number of
processes that share it.
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

    @property
    def step(self) -> float:
        """Seconds of the quota's rate that the cost takes."""
        return self.cost / self.quota.rate

    @property
    def window(self) -> float:
        """Seconds of the rate that may be taken at once.

        A cost above the burst passes when the quota is full, since it never could otherwise, and is
        paid off before anything else passes.
        """
        return max(self.cost, self.quota.burst) / self.quota.rate


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
