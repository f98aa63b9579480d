"""How long requests take on quotas that begin full, were nothing but the quotas in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mercer.core.contract import Calls, Quota, Way
from mercer.core.quota import POLL, Urgency


@dataclass(slots=True)
class _Level:
    """`units` were left at `at`."""

    quota: Quota
    units: float
    at: float = 0.0


class Pace:
    """`now` is in seconds since the work began, `waited` those of it that no quota asked for.

    `polls` are taken whenever `every` seconds have passed, as the run does.
    """

    def __init__(
        self, quotas: Sequence[Quota], polls: Sequence[Calls] = (), every: float = 0.0
    ) -> None:
        self.now = 0.0
        self.waited = 0.0
        self.calls = 0
        self._levels = {quota.name: _Level(quota, quota.burst) for quota in quotas}
        self._polls = polls
        self._every = every
        self._due = every if polls else float("inf")

    def take(self, quota: str, calls: int, cost: float, urgency: Urgency) -> None:
        """So many requests of `cost` units each, one after the other."""
        self.calls += calls
        self._spend(quota, calls * cost, urgency)
        self._look()

    def go(self, way: Way, urgency: Urgency) -> None:
        self.calls += way.calls
        for quota, units in way.costs.items():
            self._spend(quota, units, urgency)
        self.wait_until(self.now + way.seconds)

    def wait_until(self, moment: float) -> None:
        self.waited += max(moment - self.now, 0.0)
        self.now = max(moment, self.now)
        self._look()

    def _spend(self, name: str, units: float, urgency: Urgency) -> None:
        level = self._levels[name]
        quota = level.quota
        left = min(quota.burst, level.units + (self.now - level.at) * quota.rate)
        lacking = units + urgency.reserve(quota) - left
        if lacking > 0:
            self.now += lacking / quota.rate
            left += lacking
        level.units, level.at = left - units, self.now

    def _look(self) -> None:
        """At the orders, as often as was due meanwhile; where a look takes longer than they are apart,
        the next one waits for it.
        """
        while self.now >= self._due:
            began = self.now
            for each in self._polls:
                self.calls += 1
                self._spend(each.quota, each.cost, POLL)
            last = self._due if self.now - began < self._every else self.now
            self._due = last + self._every
