"""Keep stock right on every channel while orders come in: what one shop sells is taken off the others.

Each channel has two sorts of turns of its own: take in what its shop tells; and see what was sent
before, and send the numbers that moved. No turn waits until a number shows, and what moved meanwhile
is in the next one, so many sales of a SKU make one write.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from mercer.core.cell import Field
from mercer.core.contract import PollsMessages, ReadsOrders, VerifiesWebhooks
from mercer.core.errors import AuthExpired, PlatformError, Throttled
from mercer.store import cells
from mercer.sync import provisional
from mercer.sync.apply import apply_plan
from mercer.sync.intake import glance, poll
from mercer.sync.notices import handle, poll_messages
from mercer.sync.planning import Request, make_plan
from mercer.sync.renew import renew_overdue
from mercer.sync.session import Connection, Session
from mercer.sync.verify import settle_due, settle_open

TICK: Final = 1.0
"""Seconds between two turns."""

_MOST: Final = 20
"""SKUs sent in one turn: what the slowest platforms take in a few seconds."""

_GLANCE: Final = timedelta(seconds=3)
"""How often a platform that sends no messages is asked for its very latest orders."""

_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)

_IDLE: Final = timedelta(seconds=3)
"""How long a queue is left alone that had nothing for a while: looking costs quota on some."""

_SEEN: Final = timedelta(seconds=3)
"""How often what was sent is looked for at the shop."""

_RAISES: Final = timedelta(seconds=10)
"""How often numbers are raised: unlike one that is too high, one that is too low loses nobody's order."""

_REST: Final = timedelta(seconds=30)
"""How long a channel is left alone that cannot be reached."""

_LOCKED: Final = timedelta(minutes=10)
"""The same where a person must renew its authorisation first."""

log: Final = logging.getLogger("mercer.sync")


@dataclass(slots=True)
class _Due:
    """When a channel's next look at its orders, its queue, what was sent, and what to raise is due.

    `nothing`: how long its queue is left alone by now. `rising`: some number waits to be raised.
    """

    orders: datetime
    glance: datetime
    seen: datetime
    raises: datetime
    messages: datetime
    nothing: timedelta = timedelta(0)
    rising: bool = False
    begins: bool = True


@dataclass(frozen=True, slots=True)
class FanOut:
    session: Session
    names: tuple[str, ...] = ()

    async def run(self) -> None:
        """For ever: cancel it to end it. One channel's trouble leaves the others' rounds alone."""
        async with asyncio.TaskGroup() as group:
            now = self.session.clock.now()
            for connection in self.session.chosen(self.names):
                due = _Due(now, now, now, now, now)
                group.create_task(self._again(connection, due, self._listen))
                group.create_task(self._again(connection, due, self._keep))

    async def _again(
        self,
        connection: Connection,
        due: _Due,
        turn: Callable[[Connection, _Due], Awaitable[None]],
    ) -> None:
        """A turn each second, as long as the channel can be worked with."""
        while True:
            try:
                await turn(connection, due)
                rest = timedelta(seconds=TICK)
            except AuthExpired as error:
                rest = _troubled(connection, error, _LOCKED)
            except Throttled as error:
                wait = timedelta(seconds=max(error.delay or 0.0, TICK))
                rest = _troubled(connection, error, wait)
            except PlatformError as error:
                rest = _troubled(connection, error, _REST)
            await self.session.clock.sleep(rest.total_seconds())

    async def _keep(self, connection: Connection, due: _Due) -> None:
        """See what was sent before, and send what moved."""
        if due.begins:
            await settle_open(self.session, connection)
            due.begins = False
        if self.session.clock.now() >= due.seen:
            await settle_due(self.session, connection)
            self._renew_overdue(connection)
            settle = connection.declared.settle
            due.seen = self.session.clock.now() + min(max(settle, _SECOND), _SEEN)
        await self._push(connection, due)

    def _renew_overdue(self, connection: Connection) -> None:
        """What was never seen at the shop is to be sent again."""
        with self.session.database.write() as tx:
            renew_overdue(tx, self.session, connection.name)

    async def _listen(self, connection: Connection, due: _Due) -> None:
        """Take in what the shop tells."""
        session = self.session
        if not isinstance(connection.adapter, PollsMessages):
            await handle(session, connection)
        elif session.clock.now() >= due.messages:
            noticed, failed = await poll_messages(session, [connection.name])
            for error in failed.values():  # orders are read without it, only later
                log.warning("messages could not be read", extra={"error": error.kind})
            some = any(each.received or each.waiting for each in noticed.values())
            due.nothing = timedelta(0) if some else min(due.nothing + _SECOND, _IDLE)
            due.messages = session.clock.now() + due.nothing
        if not isinstance(connection.adapter, ReadsOrders):
            return
        now, reads = session.clock.now(), connection.declared.orders
        # Numbers that are to rise wait for a look at the orders, and take it along.
        if now >= due.orders + (_RAISES if due.rising else timedelta(0)):
            with session.database.write() as tx:
                provisional.expire(tx, session, now)
            taken = await poll(session, connection)
            due.orders = taken.next_poll_at or session.clock.now() + reads.every
            due.glance = session.clock.now() + _GLANCE
        elif now >= due.glance and reads.every <= _MINUTE and not _is_told(connection):
            await glance(session, connection, due.glance - 3 * _GLANCE)
            due.glance = now + _GLANCE

    async def _push(self, connection: Connection, due: _Due) -> None:
        session, now = self.session, self.session.clock.now()
        with session.database.read() as tx:
            moved = cells.stock_to_push(tx, connection.name)
        falling = [cell.sku for cell in moved if cell.sku and cell.lowers]
        rising = [cell.sku for cell in moved if cell.sku and not cell.lowers]
        due.rising = bool(rising)
        every = connection.declared.orders.every
        if rising and now >= due.raises and (every <= _MINUTE or now >= due.orders):
            due.raises = now + max(_RAISES, every)
            due.orders = now + every
        else:
            rising = []
        # A few at a time, the scarcest first: what sells out meanwhile is in the next turn.
        skus = frozenset([*falling, *rising][:_MOST])
        if not skus:
            return
        request = Request((connection.name,), (Field.STOCK,), skus)
        plan = make_plan(session, request)
        if plan.totals.changes > plan.totals.blocked:
            applied = await apply_plan(session, plan.header.id, wait=False)
            for error in applied.failed.values():
                raise error


def _troubled(connection: Connection, error: PlatformError, rest: timedelta) -> timedelta:
    log.warning("channel rests", extra={"channel": connection.name, "error": error.kind})
    return rest


def _is_told(connection: Connection) -> bool:
    """The platform tells of orders by itself."""
    return isinstance(connection.adapter, (PollsMessages, VerifiesWebhooks))
