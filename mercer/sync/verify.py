"""Accepted is not applied: read back what was sent, and settle what is in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.contract import ReadsOrders
from mercer.core.listing import Listing, readings
from mercer.core.outcome import Outcome
from mercer.core.quota import NEEDED, SENT, WORK, urgency, working
from mercer.core.waiting import waiting_by
from mercer.store import cells, orders, provisional, runs, waves
from mercer.store.database import Transaction
from mercer.store.runs import Intent, Run
from mercer.store.waves import Awaited, Seen
from mercer.sync.intake import drain
from mercer.sync.pull import read_back, read_stock
from mercer.sync.session import Connection, Session
from mercer.sync.stock_rules import at_home
from mercer.sync.watch import Watch

_LONGEST_WAIT = 15.0

_SLICE = 500
"""Listings whose cells are looked at in one query."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a run sent to a channel is read until it is seen at the shop or its deadline has passed."""

    session: Session
    connection: Connection
    run: Run
    attempt: int

    async def see(self, after: Seen | None) -> Seen | None:
        """Read what may show next, as much as one read takes; `None` once everything was read once.

        What left first is read first, so that the settling of what left last is not idle time.
        """
        session, name = self.session, self.connection.name
        with session.database.read() as tx:
            if after is None:
                sent = waves.count_awaited(tx, self.run.id, name)
                session.progress.begin(name, "verify", sent)
            due = waves.awaited(tx, self.run.id, name, after, self.connection.declared.read_back)
        if not due:
            return None
        watch = self._watch()
        with working(WORK), waiting_by(watch):
            await watch.until(max(each.ready for each in due), "the shop to show it")
            await self._look(due)
        ready: dict[str, datetime] = {}
        for each in due:
            ready[each.cell.listing] = max(each.ready, ready.get(each.cell.listing, each.ready))
        return max((moment, listing) for listing, moment in ready.items())

    async def see_again(self, number: int) -> bool:
        """Wait, longer each time, and read what was not seen yet. False once there is nothing left."""
        session, name = self.session, self.connection.name
        with session.database.read() as tx:
            left = waves.all_awaited(tx, self.run.id, name)
        if not left:
            session.progress.end(name, "verify")
            return False
        settle = self.connection.declared.settle.total_seconds()
        watch = self._watch()
        with working(WORK), waiting_by(watch):
            wait = min(max(settle * 2**number, 2.0 ** (number - 1)), _LONGEST_WAIT)
            await watch(wait, "the shop to show it")
            await self._look(left)
        return True

    def _watch(self) -> Watch:
        return Watch(self.session, self.connection, self.run.began_at)

    async def _look(self, sent: Sequence[Awaited]) -> None:
        """What one read decides. Where there is stock among it, nothing bulky goes before."""
        session, connection = self.session, self.connection
        stock = any(each.cell.field is Field.STOCK for each in sent)
        with working(NEEDED if stock else urgency()):
            await read_back(session, connection, sorted({each.cell.listing for each in sent}))
            await _account_for_sales(session, connection, sent)
        session.progress.advance(connection.name, "verify", self._decide(sent))

    def _decide(self, sent: Sequence[Awaited]) -> int:
        now_cells = _cells(self.session, self.connection, [each.cell for each in sent])
        decided: dict[str, tuple[Outcome, str]] = {}
        settled: dict[int, str] = {}
        with self.session.database.write() as tx:
            for each in sent:
                how = _how(now_cells.get(each.cell), each.after, each.sent_at, each.doubt)
                if how is not None:
                    settled[each.journal] = _told(how)
                    decided[each.change] = how
            runs.settle_each(tx, settled, self.session.clock.now())
            runs.record(tx, self.run.id, decided, self.attempt)
        return len(decided)


async def _account_for_sales(
    session: Session, connection: Connection, sent: Sequence[Awaited]
) -> None:
    """A number that is not the one sent may be it, less what the shop has sold since."""
    keys = [each.cell for each in sent if each.cell.field is Field.STOCK]
    if not isinstance(connection.adapter, ReadsOrders):
        return
    if any(cell.in_flight is not None for cell in _cells(session, connection, keys).values()):
        await drain(session, connection, session.clock.now())


def _how(
    cell: Cell | None, sent: str | None, sent_at: datetime, doubt: str
) -> tuple[Outcome, str] | None:
    """`None`: not decided yet."""
    if cell is None or cell.gone:
        return Outcome.UNCONVERGED, "it is no longer at the shop"
    if cell.in_flight is not None:
        return None
    if cell.landed(sent_at) or cell.observed == sent:
        return Outcome.CONFIRMED, f"in doubt ({doubt}), and seen at the shop" if doubt else ""
    if cell.written_at not in (None, sent_at):
        return Outcome.UNCONVERGED, "another write went after it before it was seen"
    shown = cell.observed or "nothing"
    why = f"in doubt ({doubt})" if doubt else "accepted"
    return Outcome.UNCONVERGED, f"{why}, but the shop still shows {shown}"


def _told(how: tuple[Outcome, str]) -> str:
    outcome, reason = how
    return f"{outcome.value}: {reason}" if reason else outcome.value


async def settle_due(session: Session, connection: Connection) -> int:
    """Decide by reading what was sent and not waited for, as far as it may show by now.

    Tell how many are decided. No orders are read for it: a number that sales hide is told by a later
    look, once they are taken in.
    """
    with session.database.read() as tx:
        settle = connection.declared.settle
        intents = runs.due(tx, connection.name, session.clock.now(), settle)
    with working(SENT):
        return await _settled(session, connection, intents)


async def settle_open(session: Session, connection: Connection) -> int:
    """Decide by reading what earlier runs left open, a killed one's too; tell how many are decided.

    What is still within its deadline stays in flight, and is not planned meanwhile. Whether a
    creation happened, only a new enumeration of the shop can tell: see `link`.
    """
    with session.database.read() as tx:
        intents = runs.unsettled(tx, connection.name)
    return await _settled(session, connection, intents)


async def _settled(session: Session, connection: Connection, intents: Sequence[Intent]) -> int:
    if not intents:
        return 0
    began = session.clock.now()
    ids = _unseen(session, connection, intents)
    stock = all(intent.cell.field is Field.STOCK for intent in intents)
    shown = _stock_of(await (read_stock if stock else read_back)(session, connection, ids))
    now_cells = _cells(session, connection, [intent.cell for intent in intents])
    settled: dict[int, str] = {}
    with session.database.write() as tx:
        overtaken = _overtaken(tx, session, connection, intents, now_cells, shown, began)
        for intent in intents:
            cell = now_cells.get(intent.cell)
            heard = intent.outcome not in (None, runs.IN_DOUBT)
            doubt = "" if heard else "no answer was heard"
            how = _how(cell, intent.after, intent.sent_at, doubt)
            if intent.id in overtaken:
                settled[intent.id] = runs.OVERTAKEN
            elif how is not None:
                settled[intent.id] = _told(how)
        runs.settle_each(tx, settled, session.clock.now())
    return len(settled)


def _unseen(session: Session, connection: Connection, intents: Sequence[Intent]) -> list[str]:
    """Listings of what no reading has shown yet, be it one that was made for the next write."""
    known = _cells(session, connection, [intent.cell for intent in intents])
    return sorted(
        {
            intent.cell.listing
            for intent in intents
            if (cell := known.get(intent.cell)) is None or not cell.landed(intent.sent_at)
        }
    )


_Place = tuple[str, str, str]
"""Listing, offer, location."""


def _stock_of(listings: Mapping[str, Listing]) -> dict[_Place, int]:
    return {
        (name, each.offer, each.scope): int(each.text)
        for name, listing in listings.items()
        for each in readings(listing)
        if each.field is Field.STOCK and each.text is not None
    }


def _place(key: CellKey) -> _Place:
    return key.listing, key.offer, key.scope


def _overtaken(
    tx: Transaction,
    session: Session,
    connection: Connection,
    intents: Sequence[Intent],
    cells_: Mapping[CellKey, Cell],
    shown: Mapping[_Place, int],
    began: datetime,
) -> set[int]:
    """Numbers after which a lower one was sent, and of which the shop shows one by now.

    Whatever its own sales were since the first one left, it would show more had neither arrived.
    """
    if at_home(session, connection.name) != {connection.name}:
        return set()
    ready = began - connection.declared.settle
    after_it = [
        each
        for each in intents
        if each.cell.field is Field.STOCK
        and (cell := cells_.get(each.cell)) is not None
        and cell.written_at is not None
        and each.sent_at < cell.written_at
        and each.after is not None
        and each.heard_at is not None
        and each.heard_at <= ready
    ]
    since = {each.cell.offer: each.sent_at for each in after_it}
    takings = orders.takings(tx, connection.name, since)
    skus = {cells_[each.cell].sku or "" for each in after_it}
    holds = provisional.of_skus(tx, skus) if skus else {}
    found = set()
    for each in after_it:
        sku = cells_[each.cell].sku or ""
        sold = sum(taking.taken for taking in takings.get(each.cell.offer, ()))
        sold += sum(hold.units for hold in holds.get(sku, ()) if hold.channel == connection.name)
        number = shown.get(_place(each.cell))
        if number is not None and number <= int(each.after or 0) - sold:
            found.add(each.id)
    return found


def _cells(
    session: Session, connection: Connection, keys: Sequence[CellKey]
) -> dict[CellKey, Cell]:
    wanted = set(keys)
    pairs = sorted({(connection.name, key.listing) for key in keys})
    found: dict[CellKey, Cell] = {}
    with session.database.read() as tx:
        for start in range(0, len(pairs), _SLICE):
            found |= cells.of_listings(tx, pairs[start : start + _SLICE])
    return {key: cell for key, cell in found.items() if key in wanted}
