"""Keep stock right on every channel while orders come in: what one shop sells is taken off the others.

Each channel has turns of its own, side by side: hear what its shop tells, glimpse its very latest
orders, look at all that changed, see what was sent before, and send the numbers that moved. No turn
waits until a number shows, and what moved meanwhile is in the next one, so many sales of a SKU make
one write.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from mercer.core.cell import CellKey, Field, Lane
from mercer.core.cellstate import Cell
from mercer.core.contract import Declared, GlimpsesOrders, PollsMessages, ReadsOrders
from mercer.core.errors import AuthExpired, PlatformError, Throttled, Transient
from mercer.store import cells
from mercer.sync import provisional
from mercer.sync.apply import send_stock
from mercer.sync.dealing import deal_out, moves_of_stock
from mercer.sync.intake import glimpse, poll
from mercer.sync.notices import empty_queue, handle, hold
from mercer.sync.planning import Request, make_plan
from mercer.sync.renew import renew_overdue
from mercer.sync.session import Connection, Session
from mercer.sync.settling import settle_due

_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)

_TICK: Final = timedelta(seconds=0.2)
"""Between two turns, at least, in which numbers are sent or messages heard."""

_SCARCE: Final = 5
"""Units left up to which a number goes before all others: the next sale may be one too many."""

_MOST: Final = 40
"""SKUs sent in one turn, so that what sells out meanwhile does not wait for long. Where each page takes a
request, it is as many pages as the quota lets through in a second.
"""

_REACH: Final = timedelta(seconds=4)
"""How far a glimpse reaches back behind the last one: platforms tell whole seconds, some a bit late."""

_SINCE: Final = timedelta(seconds=30)
"""The same of the first one: what was sold while no process lived."""

_FIRST: Final = timedelta(seconds=0.5)
"""In which a new process hears what a shop itself sold while none lived, before it sends any number that
could give it back.
"""

_IDLE: Final = timedelta(seconds=3)
"""How long a queue is left alone that had nothing for a while: looking costs quota on some."""

_TOLD: Final = timedelta(seconds=30)
"""The same of a queue where a glimpse tells more: its messages are for what that does not tell."""

_SEEN: Final = timedelta(seconds=1)
"""How long what was sent is left to the reading before a next write, until it is looked for at the shop."""

_LEFT: Final = timedelta(seconds=2)
"""The same where numbers wait and each page takes a request: one that looks is one that does not write."""

_DEALS: Final = timedelta(seconds=0.5)
"""How often it is looked at what sells fast by now: some sell out within seconds."""

_NOW_AND_THEN: Final = timedelta(seconds=5)
"""The same where no stock has moved."""

_RAISES: Final = timedelta(seconds=10)
"""How often numbers are raised: unlike one that is too high, one that is too low loses nobody's order."""

_JUST_READ: Final = timedelta(seconds=2)
"""How long after a look at orders that are read one by one only few are new."""

_LATEST: Final = timedelta(minutes=10)
"""How long a look may be put off for those who need its quota."""

_REST: Final = timedelta(seconds=30)
"""How long a channel is left alone that cannot be reached."""

_TROUBLES: Final = 2
"""Turns in a row that a platform does not answer, until the channel itself is in trouble."""

_LOCKED: Final = timedelta(minutes=10)
"""The same where a person must renew its authorisation first."""

log: Final = logging.getLogger("mercer.sync")


@dataclass(slots=True)
class _Due:
    """When a channel's next look at its orders and its queue, what to raise, and a glimpse is due.

    `numbers`: when many are sent again; what sells out before goes at once, and takes them along.
    `glimpsed` and `looked`: when its orders were, last. `nothing` and `idle`: how long its queue and
    its latest orders are left alone by now. `waits`: since when each number waits to be sent.
    `sending`: SKUs that a turn is sending at this moment, whose numbers no other turn is to send before
    or after its own.
    """

    orders: datetime
    raises: datetime
    messages: datetime
    numbers: datetime
    glimpse: datetime
    glimpsed: datetime
    looked: datetime
    nothing: timedelta = timedelta(0)
    idle: timedelta = timedelta(0)
    rising: bool = False
    waits: dict[CellKey, datetime] = field(default_factory=dict)
    sending: set[str] = field(default_factory=set)


Turn = Callable[[Connection, _Due], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class FanOut:
    session: Session

    async def run(self) -> None:
        """For ever: cancel it to end it. One channel's trouble leaves the others' rounds alone."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._deal_out())
            for connection in self.session.chosen(()):
                group.create_task(self._kept(connection))

    async def keep(self, connection: Connection) -> None:
        """The same on one channel, until it cannot be worked with: raise what it is in trouble with."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._deal_out())
                group.create_task(self._keep(connection))
        except ExceptionGroup as troubles:
            raise troubles.exceptions[0] from None

    async def _deal_out(self) -> None:
        """Whenever stock has moved; and now and then, for what no longer sells fast."""
        session = self.session
        known, looked = -1, session.clock.now()
        while True:
            now, moves = session.clock.now(), moves_of_stock(session)
            if moves != known or now - looked >= _NOW_AND_THEN:
                deal_out(session)
                known, looked = moves, now
            await session.clock.sleep(_DEALS.total_seconds())

    async def _keep(self, connection: Connection) -> None:
        now = self.session.clock.now()
        due = _Due(now, now + _FIRST, now, now + _FIRST, now, now - _SINCE, now - _SINCE)
        try:
            async with asyncio.TaskGroup() as group:
                for turn, every in self._turns(connection):
                    group.create_task(self._again(connection, due, turn, every))
        except ExceptionGroup as troubles:
            raise troubles.exceptions[0] from None

    async def _kept(self, connection: Connection) -> None:
        while True:
            try:
                await self._keep(connection)
            except PlatformError as error:
                rest = _LOCKED if isinstance(error, AuthExpired) else _REST
                await self._rest(connection, error, rest)

    def _turns(self, connection: Connection) -> Iterator[tuple[Turn, timedelta]]:
        """What there is to do on a channel, and how often."""
        adapter, declared = connection.adapter, connection.declared
        yield self._push, _TICK
        yield self._raise, _SECOND
        yield self._miss, _SECOND
        yield self._see, _SEEN / 2
        yield self._read, _SECOND
        if isinstance(adapter, PollsMessages):
            yield self._hear, _TICK
        if isinstance(adapter, ReadsOrders):
            yield self._look, _SECOND
        if isinstance(adapter, GlimpsesOrders):
            yield self._glimpse, declared.orders.glimpse

    async def _again(self, connection: Connection, due: _Due, turn: Turn, every: timedelta) -> None:
        """A turn each so often, as long as the channel can be worked with."""
        clock = self.session.clock
        troubles = 0
        while True:
            began = clock.now()
            try:
                await turn(connection, due)
            except AuthExpired:
                raise
            except Throttled as error:
                wait = timedelta(seconds=error.delay or 0.0)
                await self._rest(connection, error, max(wait, _SECOND))
            except PlatformError as error:
                troubles += 1
                if troubles == _TROUBLES and isinstance(error, Transient):
                    raise
                await self._rest(connection, error, _REST)
            else:
                troubles = 0
                rest = max(every - (clock.now() - began), every / 10)
                await clock.sleep(rest.total_seconds())

    async def _rest(self, connection: Connection, error: PlatformError, rest: timedelta) -> None:
        log.warning("channel rests", extra={"channel": connection.name, "error": error.kind})
        await self.session.clock.sleep(rest.total_seconds())

    async def _hear(self, connection: Connection, due: _Due) -> None:
        """Take messages in. An order's holds what it took at once, and is read when there is time."""
        session = self.session
        if session.clock.now() < due.messages:
            return
        received = await empty_queue(session, connection)
        due.nothing = timedelta(0) if received else min(due.nothing + _SECOND, _IDLE)
        told = connection.declared.orders.apart
        due.messages = session.clock.now() + (_TOLD if told else due.nothing)

    async def _read(self, connection: Connection, due: _Due) -> None:
        """What webhooks and messages named."""
        del due
        glimpsed = isinstance(connection.adapter, GlimpsesOrders)
        await handle(self.session, connection, glimpsed=glimpsed)

    async def _glimpse(self, connection: Connection, due: _Due) -> None:
        began = self.session.clock.now()
        if began < due.glimpse:
            return
        seen = await glimpse(self.session, connection, due.glimpsed - _REACH)
        if seen.named:
            hold(self.session, connection, seen.named)
        some = seen.named or seen.page.orders
        due.idle = timedelta(0) if some else min(due.idle + _SECOND / 4, _IDLE)
        due.glimpsed, due.glimpse = began, began + due.idle

    async def _look(self, connection: Connection, due: _Due) -> None:
        session, now = self.session, self.session.clock.now()
        # Numbers that are to rise wait for a look at the orders, and take it along.
        if now < due.orders + (_RAISES if due.rising else timedelta(0)):
            return
        reads = connection.declared.orders
        taken = await poll(session, connection, spare=reads.apart and now - due.looked < _LATEST)
        now = session.clock.now()
        due.orders = taken.next_poll_at or now + reads.every
        if taken.next_poll_at is None:
            due.looked = now
            # Only now is it sure that no order stands behind what has been held for so long.
            with session.database.write() as tx:
                provisional.expire(tx, session, now)

    async def _see(self, connection: Connection, due: _Due) -> None:
        """What was sent before, by a process that was killed too."""
        left = _LEFT if due.waits and _by_page(connection.declared) else _SEEN
        await settle_due(self.session, connection, left)

    async def _miss(self, connection: Connection, due: _Due) -> None:
        """What nobody heard of, or what was never seen at the shop, is to be sent again. It waits for no
        reading.
        """
        del due
        session = self.session
        with session.database.read() as tx:
            late = bool(cells.overdue(tx, connection.name, session.clock.now()))
        if late:
            with session.database.write() as tx:
                renew_overdue(tx, session, connection.name)

    async def _push(self, connection: Connection, due: _Due) -> None:
        now = self.session.clock.now()
        moved = [cell for cell in self._to_push(connection, due) if cell.lowers]
        if now < due.numbers and not any(_just_sold_out(cell, due) for cell in moved):
            return
        due.waits = {cell.key: _waits_since(cell, due, now) for cell in moved}
        due.numbers = now + _between_writes(connection.declared)
        await self._send(connection, due, _in_turn(moved, due), rising=False)

    async def _raise(self, connection: Connection, due: _Due) -> None:
        """Beside what falls, so that nothing of that waits while orders are read."""
        moved = [cell for cell in self._to_push(connection, due) if cell.raises]
        due.rising = bool(moved)
        if moved and self._may_rise(connection, due, self.session.clock.now()):
            await self._send(connection, due, moved, rising=True)

    def _to_push(self, connection: Connection, due: _Due) -> list[Cell]:
        with self.session.database.read() as tx:
            moved = cells.stock_to_push(tx, connection.name)
        return [cell for cell in moved if cell.sku and cell.sku not in due.sending]

    async def _send(
        self, connection: Connection, due: _Due, moved: Sequence[Cell], *, rising: bool
    ) -> None:
        session = self.session
        skus = _some(moved, connection)
        if not skus:
            return
        plan = make_plan(session, Request((connection.name,), (Field.STOCK,), skus))
        if plan.totals.changes == plan.totals.blocked:
            return
        due.sending |= skus
        try:
            applied = await send_stock(session, plan.header.id, rising=rising)
        finally:
            due.sending -= skus
        for error in applied.failed.values():
            raise error

    def _may_rise(self, connection: Connection, due: _Due, now: datetime) -> bool:
        """Only with a look at the orders, where that takes no time that falling numbers need."""
        reads = connection.declared.orders
        if now < due.raises or (reads.every > _MINUTE and now < due.orders):
            return False
        if reads.apart and now - due.looked > _JUST_READ:
            return False
        due.raises = now + max(_RAISES, reads.every)
        due.orders = now + reads.every
        return True


def _between_writes(declared: Declared) -> timedelta:
    """So long that a turn's first reading and write take half of the quota at most: a call that
    carries many numbers is to carry many.
    """
    shape, rate = declared.batches.get(Lane.STOCK), declared.rate(Lane.STOCK)
    if shape is None or rate is None:
        return _TICK
    reading = sum(each.cost for each in declared.look if each.quota == shape.quota)
    return max(2 * timedelta(seconds=(reading + shape.cost) / rate), _TICK)


def _by_page(declared: Declared) -> bool:
    """Whether the stock of each page, or of each of its offers, takes a request of its own."""
    shape = declared.batches[Lane.STOCK]
    return shape.one_listing or shape.calls_per_offer


def _just_sold_out(cell: Cell, due: _Due) -> bool:
    return cell.desired == "0" and cell.key not in due.waits


def _waits_since(cell: Cell, due: _Due, now: datetime) -> datetime:
    """What was sent meanwhile, and is to be another by now, waits anew."""
    since = due.waits.get(cell.key)
    if since is None or (cell.written_at is not None and cell.written_at > since):
        return cell.desired_since or now
    return since


def _in_turn(falling: Sequence[Cell], due: _Due) -> list[Cell]:
    """What is nearly sold out first, and what has waited longest. The few of the one sort never keep
    the other waiting for long.
    """

    def rank(cell: Cell) -> tuple[bool, datetime]:
        return int(cell.desired or 0) > _SCARCE, due.waits[cell.key]

    return sorted(falling, key=rank)


def _some(moved: Sequence[Cell], connection: Connection) -> frozenset[str]:
    """SKUs of as many numbers as one turn sends; what shares a page with one of them goes along."""
    declared = connection.declared
    shape, rate = declared.batches[Lane.STOCK], declared.rate(Lane.STOCK)
    if not _by_page(declared) or rate is None:
        return frozenset(cell.sku for cell in moved[: min(_MOST, shape.offers)] if cell.sku)
    pages = list(dict.fromkeys(cell.key.listing for cell in moved))[: max(int(rate), 1)]
    return frozenset(cell.sku for cell in moved if cell.sku and cell.key.listing in pages)
