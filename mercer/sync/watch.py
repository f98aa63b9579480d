"""A channel's orders are looked at all along a job, on time, by the job itself.

It is asked between batches and whenever something waits: no task runs beside the job, so clocks that
move when somebody sleeps stay true.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from mercer.core.contract import ReadsOrders
from mercer.core.errors import MercerError
from mercer.core.quota import NEEDED, urgency
from mercer.core.waiting import waiting_by
from mercer.store import channels
from mercer.sync.intake import poll
from mercer.sync.session import Connection, Session

_WORTH_TELLING: Final = 2.0
"""Seconds. Shorter waits are not shown."""

log: Final = logging.getLogger("mercer.sync")


@dataclass(slots=True)
class Watch:
    """Counts from when the job began: a short one looks at no orders that it does not need.

    An instance is a `Waiter`: what waits for a quota or for a platform's long work waits here.
    """

    session: Session
    connection: Connection
    began: datetime
    due: datetime | None = field(init=False)
    _looking: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Each step of a job has its own watch, so what it counts from is what is stored."""
        self.due = None
        if isinstance(self.connection.adapter, ReadsOrders):
            with self.session.database.read() as tx:
                last = channels.state_of(tx, self.connection.name).orders_pulled_at
            self.due = max(last or self.began, self.began) + self._every

    @property
    def _every(self) -> timedelta:
        return self.connection.declared.orders.every

    async def __call__(self, seconds: float, what: str) -> None:
        clock, progress = self.session.clock, self.session.progress
        # Rounded down to whole microseconds, a short wait would never end.
        until = clock.now() + timedelta(microseconds=math.ceil(max(seconds, 0.0) * 1e6))
        told = seconds >= _WORTH_TELLING
        if told:
            progress.begin(self.connection.name, f"waits for {what}", None)
        while True:
            await self.look()
            left = (until - clock.now()).total_seconds()
            if left <= 0:
                break
            await clock.sleep(min(left, self._until_due()))
        if told:
            progress.end(self.connection.name, f"waits for {what}")

    async def until(self, moment: datetime, what: str) -> None:
        await self((moment - self.session.clock.now()).total_seconds(), what)

    async def look(self) -> None:
        """Look at the orders if it is time. What fails is tried again next time: it is not the job's.

        Stock reads the orders that it needs by itself, before each of its writes.
        """
        now = self.session.clock.now()
        if self.due is None or now < self.due or self._looking or urgency() == NEEDED:
            return
        self._looking = True
        try:
            with waiting_by(None):
                taken = await poll(self.session, self.connection)
            self.due = taken.next_poll_at or now + self._every
        except MercerError as error:
            log.warning("orders could not be read", extra={"error": error.kind})
            self.due = self.session.clock.now() + self._every
        finally:
            self._looking = False

    def _until_due(self) -> float:
        if self.due is None or self._looking or urgency() == NEEDED:
            return float("inf")
        return max((self.due - self.session.clock.now()).total_seconds(), 0.0)
