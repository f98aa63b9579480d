"""One channel's part of a run, wave by wave: read before every write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from mercer.core.cell import CellKey, Field, Lane
from mercer.core.cellstate import Cell
from mercer.core.contract import Batch as Shape
from mercer.core.contract import ReadsOrders
from mercer.core.listing import Listing
from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.core.quota import NEEDED, SENT, WORK, working
from mercer.core.waiting import waiting_by
from mercer.store import cells, runs
from mercer.store.runs import Run
from mercer.sync.create import create
from mercer.sync.intake import drain, poll
from mercer.sync.pull import read_back, read_stock, recall
from mercer.sync.recheck import recheck
from mercer.sync.send import Batch, Sender
from mercer.sync.session import Connection, Session
from mercer.sync.settling import Unsettled
from mercer.sync.stock_rules import at_home
from mercer.sync.watch import Watch

_PLENTY = 5
"""Units: what no shop sells of a SKU in the two or three seconds that an order takes to be known."""

_SHORT = timedelta(seconds=2)
"""What the request of a hurried number takes to reach the shop, if it ever does. Who keeps stock right
waits for its end before it sends any more, be it that he is cut off; nobody else does so on a channel.
"""

_SIDE_BY_SIDE = 4
"""Calls: what a network's way takes is no time lost."""

_SLICE = 500
"""Listings whose cells are looked at in one query."""

_LATER = (Outcome.UNCONVERGED, "its orders are read first, and cannot be read now")

Looked = tuple[Mapping[str, Listing], list[Change]]
"""Listings as they were just read, and those changes that may rest on the reading."""


@dataclass(slots=True)
class ChannelRun:
    """What one step of a run does on a channel.

    `ended` is filled and stored: change id -> (outcome, reason). What is neither in it nor on its way
    was not tried.
    """

    session: Session
    connection: Connection
    run: Run
    allowed: Sequence[str]
    attempt: int = 1
    ended: dict[str, tuple[Outcome, str]] = field(default_factory=dict)
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = Watch(self.session, self.connection, self.run.began_at)

    async def send(self, lane: Lane, wave: list[Change], *, last: bool) -> None:
        """Read a wave's listings, and send what holds. Raise `AuthExpired` or `Throttled` where the
        channel must stop; what is stored by then tells how far.

        All along, the channel's orders are looked at as often as its quotas allow for ever.
        """
        sender = Sender(self.session, self.connection, self.run.id, self.attempt)
        with working(NEEDED if lane is Lane.STOCK else WORK), waiting_by(self.watch):
            try:
                await self.watch.look()
                listings, sure = await self._look(lane, wave)
                await self._send(sender, lane, sure, listings)
            finally:
                self.ended |= sender.ended
                outcome = Outcome.STALE if last else Outcome.UNCONVERGED
                lost_race = (outcome, "the shop sold meanwhile")
                self.ended |= {change.id: lost_race for change in sender.lost_race}
                self._store()

    async def create(self, change: Change) -> None:
        with working(WORK), waiting_by(self.watch):
            await self.watch.look()
            self.ended[change.id] = await create(
                self.session, self.connection, self.run.id, change, self.allowed
            )
        self._store()

    def _store(self) -> None:
        with self.session.database.write() as tx:
            runs.record(tx, self.run.id, self.ended, self.attempt)

    async def leave(self, changes: Sequence[Change], *, rising: bool) -> None:
        """Send the stock that holds and do not wait until it shows: see `settle_due`.

        A number that lowers what the shop shows needs no look at the shop's own orders first: whatever
        they are, fewer units than before can be sold that are not there. One that raises it does, and
        is sent only where such may be `rising`.
        """
        sender = Sender(self.session, self.connection, self.run.id, longest=_SHORT)
        stock = [change for change in changes if change.lane is Lane.STOCK]
        with working(SENT), waiting_by(self.watch):
            try:
                for wave in _waves(stock, self.connection.declared.wave(Lane.STOCK)):
                    await self.watch.look()
                    look = self._rising_look if rising else self._falling_look
                    listings, sure = await look(wave)
                    await self._send(sender, Lane.STOCK, sure, listings, _SIDE_BY_SIDE)
            finally:
                sent = (Outcome.SENT, "a later read is to show it")
                self.ended |= sender.ended | {change.id: sent for change in sender.sent}
                self._store()

    async def _falling_look(self, wave: list[Change]) -> Looked:
        listings = await self._needed_look(wave)
        rest = self._raising(wave)
        self.ended |= {change.id: _LATER for change in rest}
        return listings, [change for change in wave if change not in rest]

    async def _rising_look(self, wave: list[Change]) -> Looked:
        """What lowers by now may leave at once; what raises, only if the orders can be read at once."""
        listings = await self._needed_look(wave)
        rest = self._raising(wave)
        if not rest or not isinstance(self.connection.adapter, ReadsOrders):
            return listings, wave
        lower = [change for change in wave if change not in rest]
        if self._cut_off(rest):
            return listings, lower
        for name in sorted(at_home(self.session, self.connection.name)):
            if (await poll(self.session, self.session.connections[name])).next_poll_at:
                self.ended |= {change.id: _LATER for change in rest}
                return listings, lower
        return listings, [*lower, *self._explained(rest)]

    def _raising(self, wave: Sequence[Change]) -> list[Change]:
        pairs = {(change.cell.channel, change.cell.listing) for change in wave}
        with self.session.database.read() as tx:
            found = cells.of_listings(tx, pairs, [Field.STOCK])
        return [change for change in wave if found[change.cell].raises]

    async def _needed_look(self, wave: Sequence[Change]) -> Mapping[str, Listing]:
        """A number that lowers what the shop shows, and is far from zero or is zero, needs no fresh look
        where it was read before: should the shop itself have sold below it meanwhile, there is enough
        until that order is known and the number is corrected, or no number could be lower.
        """
        connection = self.connection
        ids = {change.cell.listing for change in wave}
        pairs = {(connection.name, listing) for listing in ids}
        with self.session.database.read() as tx:
            found = cells.of_listings(tx, pairs, [Field.STOCK])
        if not connection.declared.compare_and_set_stock:
            recall(self.session, connection, ids)
            open_ = {change.cell.listing for change in wave if not _is_sure(found.get(change.cell))}
            ids = open_ | (ids - connection.shown.keys())
        if ids:
            await self._read_stock(sorted(ids))
        shown = connection.shown
        return {listing: shown[listing] for _, listing in pairs if listing in shown}

    async def _read_stock(self, ids: Sequence[str]) -> None:
        """What was sent before and may show by now goes along, where the last call has room."""
        session, connection = self.session, self.connection
        due, room = Unsettled.due(session, connection), -len(ids) % connection.declared.read_back
        along = [listing for listing in due.unread() if listing not in ids][:room]
        asked, began = [*ids, *along], session.clock.now()
        due.decide(await read_stock(session, connection, asked), asked, began)

    def _explained(self, wave: Sequence[Change]) -> list[Change]:
        unexplained = self._unexplained(wave)
        selling = (Outcome.UNCONVERGED, "the shop is selling it; its orders are not all listed yet")
        self.ended |= {change.id: selling for change in wave if change.cell in unexplained}
        return [change for change in wave if change.cell not in unexplained]

    async def _send(
        self,
        sender: Sender,
        lane: Lane,
        changes: Sequence[Change],
        listings: Mapping[str, Listing],
        side_by_side: int = 1,
    ) -> None:
        """What still holds: one call after the other, or as many `side_by_side`, whatever becomes of each."""
        ready = [change for part in _waves(changes, _SLICE) for change in self._recheck(part)]
        batches = list(_batches(lane, ready, listings, self.connection.declared.batches.get(lane)))
        for start in range(0, len(batches), side_by_side):
            await self.watch.look()
            sent = (sender.send(batch) for batch in batches[start : start + side_by_side])
            for end in await asyncio.gather(*sent, return_exceptions=True):
                if end is not None:
                    raise end

    async def _look(self, lane: Lane, wave: list[Change]) -> Looked:
        """Read a wave's listings; return them with those changes that may rest on the reading."""
        ids = sorted({change.cell.listing for change in wave})
        began = self.session.clock.now()
        listings = await read_back(self.session, self.connection, ids)
        if lane is not Lane.STOCK or not isinstance(self.connection.adapter, ReadsOrders):
            return listings, wave
        if self._cut_off(wave):
            return listings, []
        await self._drain()
        if not self._unexplained(wave):
            return listings, wave
        return await self._look_again(wave, ids, began)

    def _cut_off(self, wave: Sequence[Change]) -> bool:
        """Whether a channel that moves these numbers too is not connected: they stay as they are."""
        apart = at_home(self.session, self.connection.name) - self.session.connections.keys()
        if apart:
            why = (
                f"the sales of {', '.join(sorted(apart))} move it too, and that channel is left out"
            )
            self.ended |= {change.id: (Outcome.UNCONVERGED, why) for change in wave}
        return bool(apart)

    async def _look_again(self, wave: list[Change], ids: Sequence[str], began: datetime) -> Looked:
        """Tell a sale whose order is too young to be listed from a hand that is no order's.

        Once the platform's lag is over, every order that the first reading rests on is known, and
        what is still unexplained is such a hand. Where a second reading differs from the first by
        more than known orders, the shop is selling at this very moment: that change waits, or the
        units just sold would be given back.
        """
        lag = self.connection.declared.orders.lag
        past = self.session.clock.now() - began
        await self.watch((lag - past).total_seconds(), "orders too young to be listed")
        await self._drain()
        by_hand = self._unexplained(wave)
        listings = await read_back(self.session, self.connection, ids)
        await self._drain()
        now = self._unexplained(wave)
        sure = [c for c in wave if now.get(c.cell, 0) == by_hand.get(c.cell, 0)]
        selling = (Outcome.UNCONVERGED, "the shop is selling it; its orders are not all listed yet")
        self.ended |= {change.id: selling for change in wave if change not in sure}
        return listings, sure

    async def _drain(self) -> None:
        """Take in the orders of every channel whose sales move this one's numbers."""
        for name in sorted(at_home(self.session, self.connection.name)):
            await drain(self.session, self.session.connections[name], self.session.clock.now())

    def _unexplained(self, wave: Sequence[Change]) -> dict[CellKey, int]:
        pairs = {(change.cell.channel, change.cell.listing) for change in wave}
        with self.session.database.read() as tx:
            found = cells.of_listings(tx, pairs, [Field.STOCK])
        return {key: cell.unexplained for key, cell in found.items() if cell.unexplained}

    def _recheck(self, wave: Sequence[Change]) -> list[Change]:
        pairs = {(change.cell.channel, change.cell.listing) for change in wave}
        with self.session.database.read() as tx:
            fresh = cells.of_listings(tx, pairs)
            checked = recheck(tx, self.session, self.connection.channel, wave, fresh, self.allowed)
        for each in checked:
            if each.outcome is not None:
                self.ended[each.change.id] = (each.outcome, each.reason)
            else:
                self.ended.pop(each.change.id, None)
        return [each.change for each in checked if each.outcome is None]


def _is_sure(cell: Cell | None) -> bool:
    if cell is None or not cell.lowers:
        return False
    return cell.desired == "0" or int(cell.desired or 0) > _PLENTY


def _waves(changes: Sequence[Change], size: int) -> Iterator[list[Change]]:
    """Changes of as many listings as one read takes; a listing is never cut in two."""
    by_listing = [list(group) for _, group in groupby(changes, key=lambda c: c.cell.listing)]
    for start in range(0, len(by_listing), size):
        yield [change for group in by_listing[start : start + size] for change in group]


def _batches(
    lane: Lane, changes: Sequence[Change], listings: Mapping[str, Listing], shape: Shape | None
) -> Iterator[Batch]:
    """Calls as the platform takes them. A group is one unit, whatever its size."""
    room = shape.offers if shape else 1
    alone = shape is None or shape.one_listing
    units: list[list[Change]] = []
    taken = 0
    for unit in _units(changes):
        offers = len({change.cell.offer for change in unit})
        moved_on = bool(units) and alone and units[-1][0].cell.listing != unit[0].cell.listing
        if units and (moved_on or taken + offers > room):
            yield Batch(lane, units, listings)
            units, taken = [], 0
        units.append(unit)
        taken += offers
    if units:
        yield Batch(lane, units, listings)


def _units(changes: Sequence[Change]) -> list[list[Change]]:
    """Groups together, in the order of the plan; a change without a group stands alone.

    Content of one listing travels in one call, so its title and description make one unit.
    """
    units: dict[object, list[Change]] = {}
    for change in changes:
        lone = change.cell.listing if change.lane is Lane.CONTENT else change.cell
        units.setdefault(change.group or lone, []).append(change)
    return list(units.values())
