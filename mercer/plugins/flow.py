"""Flow control of simulated gateways: buckets of calls, and calls a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from mercer.plugins.beijing import GMT8

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ALMOST: Final = 1e-6
"""Of a call: what sums of fractions may lack."""


@dataclass(slots=True)
class Bucket:
    """Full when it is first filled. `rate` is in calls a second."""

    tokens: float = 0.0
    at: datetime = _LONG_AGO

    def fill(self, rate: float, burst: float, now: datetime) -> None:
        passed = (now - self.at).total_seconds()
        self.tokens = min(burst, self.tokens + passed * rate)
        self.at = now

    @property
    def has_one(self) -> bool:
        return self.tokens >= 1 - _ALMOST


@dataclass(slots=True)
class Day:
    """Calls since midnight in Beijing."""

    date: str = ""
    calls: int = 0

    def begin(self, now: datetime) -> None:
        """At the first call of a day the count starts anew."""
        today = now.astimezone(GMT8).date().isoformat()
        if self.date != today:
            self.date, self.calls = today, 0
