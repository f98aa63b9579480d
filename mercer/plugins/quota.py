"""A limiter for one process: tests, and adapters used alone. The shared one is the store's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from mercer.core.quota import Charge, Limiter, arrival, banned, reported

__all__ = ["Charge", "Limiter", "MemoryLimiter", "arrival", "banned", "reported"]


class MemoryLimiter:
    def __init__(self) -> None:
        self._arrivals: dict[str, float] = {}

    def acquire(self, charges: Sequence[Charge], now: datetime) -> float:
        moment = now.timestamp()
        granted = {}
        wait = 0.0
        for charge in charges:
            last = self._arrivals.get(charge.key, 0.0)
            granted[charge.key], each = arrival(charge, last, moment)
            wait = max(wait, each)
        if wait == 0.0:
            self._arrivals |= granted
        return wait

    def report(self, charge: Charge, available: float, now: datetime) -> None:
        self._arrivals[charge.key] = reported(charge, available, now.timestamp())

    def ban(self, charge: Charge, seconds: float, now: datetime) -> None:
        self._arrivals[charge.key] = banned(charge, seconds, now.timestamp())
