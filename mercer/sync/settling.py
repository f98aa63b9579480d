"""What was sent and not waited for: decided by any reading that may tell of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.listing import Listing, readings
from mercer.core.outcome import Outcome
from mercer.core.quota import SENT, working
from mercer.store import cells, orders, provisional, runs
from mercer.store.database import Transaction
from mercer.store.runs import Intent
from mercer.sync.pull import read_back, read_stock
from mercer.sync.session import Connection, Session
from mercer.sync.stock_rules import at_home

_SLICE = 500
"""Listings whose cells are looked at in one query."""


async def settle_due(
    session: Session, connection: Connection, patience: timedelta = timedelta(0)
) -> int:
    """Decide by reading what was sent and not waited for, as far as it may show by now; tell how many
    are decided. Nothing is read before some of it has been due for `patience`: a reading that is made
    for the next write may show it until then.

    No orders are read for it: a number that sales hide is told by a later look, once they are taken
    in.
    """
    due = Unsettled.due(session, connection)
    with working(SENT):
        return await due.settle(due.unread(patience))


async def settle_open(session: Session, connection: Connection) -> int:
    """Decide by reading what earlier runs left open, a killed one's too; tell how many are decided.

    What is still within its deadline stays in flight, and is not planned meanwhile. Whether a
    creation happened, only a new enumeration of the shop can tell: see `link`.
    """
    with session.database.read() as tx:
        intents = runs.unsettled(tx, connection.name)
    left = Unsettled(session, connection, intents)
    return await left.settle(left.unread())


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What left for a channel and is not decided yet."""

    session: Session
    connection: Connection
    intents: Sequence[Intent]

    @classmethod
    def due(cls, session: Session, connection: Connection) -> Self:
        """As far as a read may tell of it by now."""
        with session.database.read() as tx:
            now, settle = session.clock.now(), connection.declared.settle
            return cls(session, connection, runs.due(tx, connection.name, now, settle))

    def unread(self, patience: timedelta = timedelta(0)) -> list[str]:
        """Listings of what no reading has shown yet, be it one that was made for the next write.

        None while each of them became due, or was read, within `patience`.
        """
        if not self.intents:
            return []
        known = cells_of(self.session, self.connection, [each.cell for each in self.intents])
        unseen = [each for each in self.intents if not _landed(each, known)]
        late = self.session.clock.now() - patience
        if not any(self._waits_since(each) <= late for each in unseen):
            return []
        return sorted({each.cell.listing for each in unseen})

    def _waits_since(self, intent: Intent) -> datetime:
        due = (intent.heard_at or intent.sent_at) + self.connection.declared.settle
        return max(due, self.connection.read_at.get(intent.cell.listing, due))

    async def settle(self, listings: Sequence[str]) -> int:
        """Read these and decide what they tell; tell how many are decided."""
        if not self.intents:
            return 0
        began = self.session.clock.now()
        stock = all(each.cell.field is Field.STOCK for each in self.intents)
        read = read_stock if stock else read_back
        return self.decide(await read(self.session, self.connection, listings), listings, began)

    def decide(self, shown: Mapping[str, Listing], asked: Collection[str], began: datetime) -> int:
        """By a reading that began then and asked for these listings."""
        session, connection = self.session, self.connection
        known = cells_of(session, connection, [each.cell for each in self.intents])
        told = [each for each in self.intents if each.cell.listing in asked or _landed(each, known)]
        if not told:
            return 0
        settled: dict[int, str] = {}
        with session.database.write() as tx:
            overtaken = _overtaken(tx, session, connection, told, known, _stock_of(shown), began)
            for intent in told:
                heard = intent.outcome not in (None, runs.IN_DOUBT)
                doubt = "" if heard else "no answer was heard"
                how = decision(known.get(intent.cell), intent.after, intent.sent_at, doubt)
                if intent.id in overtaken:
                    settled[intent.id] = runs.OVERTAKEN
                elif how is not None:
                    settled[intent.id] = in_words(how)
            runs.settle_each(tx, settled, session.clock.now())
        return len(settled)


def _landed(intent: Intent, known: Mapping[CellKey, Cell]) -> bool:
    cell = known.get(intent.cell)
    return cell is not None and cell.landed(intent.sent_at)


def decision(
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


def in_words(how: tuple[Outcome, str]) -> str:
    outcome, reason = how
    return f"{outcome.value}: {reason}" if reason else outcome.value


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
        sold += sum(
            hold.units
            for hold in holds.get(sku, ())
            if hold.channel == connection.name and hold.placed_at > each.sent_at
        )
        number = shown.get(_place(each.cell))
        if number is not None and number <= int(each.after or 0) - sold:
            found.add(each.id)
    return found


def cells_of(
    session: Session, connection: Connection, keys: Sequence[CellKey]
) -> dict[CellKey, Cell]:
    wanted = set(keys)
    pairs = sorted({(connection.name, key.listing) for key in keys})
    found: dict[CellKey, Cell] = {}
    with session.database.read() as tx:
        for start in range(0, len(pairs), _SLICE):
            found |= cells.of_listings(tx, pairs[start : start + _SLICE])
    return {key: cell for key, cell in found.items() if key in wanted}
