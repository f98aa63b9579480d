"""Buyers of a sale: who orders what, where and when is drawn from the seed alone."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

from mercer.core.clock import Clock
from mercer.plugins.simulation import Simulator


@dataclass(frozen=True, slots=True)
class Sale:
    """An order that a shop took. `at` is when, by the world's clock."""

    at: datetime
    channel: str
    order: str
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An order that a shop did not take, for it showed too few of the SKU."""

    at: datetime
    sku: str
    units: int


@dataclass(slots=True)
class Crowd:
    """`orders` of them in `seconds`. A few codes draw most of the buyers, as they do.

    A share of `unpaid` orders is paid within a minute, or given up. `sales` is every order that a
    shop took, in order, and `refused` what it did not; `given_up` tells when the others were, by
    channel and order.
    """

    simulators: Mapping[str, Simulator]
    clock: Clock
    rng: random.Random
    codes: Sequence[str]
    orders: int
    seconds: float
    unpaid: float = 0.1
    sales: list[Sale] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    given_up: dict[tuple[str, str], datetime] = field(default_factory=dict)

    async def buy(self) -> None:
        """All of them, each when it is due."""
        weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.codes))))
        moments = sorted(self.rng.uniform(0, self.seconds) for _ in range(self.orders))
        began = self.clock.now()
        waiting: list[tuple[float, str, str]] = []
        for moment in moments:
            waiting = await self._settle(waiting, began, moment)
            await self._until(began, moment)
            channel = self.rng.choice(sorted(self.simulators))
            code = self.rng.choices(self.codes, cum_weights=weights)[0]
            paid = self.rng.random() >= self.unpaid
            order = self._order(channel, code, self.rng.choice((1, 1, 1, 1, 2, 3)), paid=paid)
            if order is not None and not paid:
                waiting.append((moment + self.rng.uniform(2, 60), channel, order))
        await self._settle(waiting, began, float("inf"))

    def _order(self, channel: str, code: str, units: int, *, paid: bool) -> str | None:
        try:
            order = self.simulators[channel].order([(code, units)], paid=paid)
        except ValueError:
            self.refused.append(Refusal(self.clock.now(), code, units))
            return None
        self.sales.append(Sale(self.clock.now(), channel, order, {code: units}))
        return order

    async def _settle(
        self, waiting: list[tuple[float, str, str]], began: datetime, until: float
    ) -> list[tuple[float, str, str]]:
        """Those whose time has come pay, most of them; the others give up."""
        for moment, channel, order in sorted(each for each in waiting if each[0] <= until):
            await self._until(began, moment)
            if self.rng.random() < 0.8:
                self.simulators[channel].pay(order)
            else:
                self.simulators[channel].cancel(order)
                self.given_up[channel, order] = self.clock.now()
        return [each for each in waiting if each[0] > until]

    async def _until(self, began: datetime, moment: float) -> None:
        passed = (self.clock.now() - began).total_seconds()
        if moment > passed:
            await self.clock.sleep(moment - passed)
