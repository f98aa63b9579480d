"""A channel that cannot be worked with rests, so that it is not asked in vain by every job.

It opens where an authorisation has ended, or where the platform did not answer a step's last try.
When its time is over one job may try: it closes if that goes well, and rests for longer if not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from mercer.core.clock import Clock
from mercer.core.errors import AuthExpired, MercerError, RefusedError, Transient
from mercer.store import breakers
from mercer.store.breakers import Open
from mercer.store.database import Database

FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(minutes=30)

LOCKED: Final = timedelta(minutes=10)
"""Where a person must renew the authorisation first."""

log: Final = logging.getLogger("mercer.sync")


def _say_nothing(line: str) -> None:
    del line


@dataclass(frozen=True, slots=True)
class Breaker:
    """`tell` is called with a sentence when a channel begins or ends to rest."""

    database: Database
    clock: Clock
    tell: Callable[[str], None] = _say_nothing

    def admit(self, channel: str) -> None:
        """Raise `RefusedError` for a channel that rests."""
        with self.database.read() as tx:
            found = breakers.find(tx, channel)
        if found is None:
            return
        now = self.clock.now()
        with self.database.aside() as tx:
            if breakers.try_once(tx, channel, now, now + _rest(found.kind, found.failures)):
                return
        raise RefusedError(
            f"{channel} rests since {found.opened_at:%Y-%m-%d %H:%M} UTC: {found.reason}",
            hint=f"it is tried again at {found.until:%H:%M} UTC; look at it: "
            f"mercer doctor --channel {channel}",
            channel=channel,
        )

    def worked(self, channel: str) -> None:
        with self.database.read() as tx:
            if breakers.find(tx, channel) is None:
                return
        with self.database.aside() as tx:
            closed = breakers.close(tx, channel)
        if closed:
            log.warning("channel works again", extra={"channel": channel})
            self.tell(f"{channel} works again")

    def failed(self, channel: str, error: MercerError) -> None:
        if not isinstance(error, AuthExpired | Transient):
            return
        now = self.clock.now()
        with self.database.aside() as tx:
            before = breakers.find(tx, channel)
            failures = before.failures + 1 if before else 1
            until = now + _rest(error.kind, failures)
            opened_at = before.opened_at if before else now
            breakers.save(tx, Open(channel, error.kind, error.message, opened_at, until, failures))
        log.warning("channel rests", extra={"channel": channel, "error": error.kind})
        self.tell(f"{channel} rests until {until:%H:%M} UTC: {error.message}")


def _rest(kind: str, failures: int) -> timedelta:
    if kind == AuthExpired.kind:
        return LOCKED
    return min(FIRST_REST * (1 << min(failures - 1, 10)), LONGEST_REST)
