"""Send one batch of changes: the intent is committed before the request leaves, the outcome after."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from mercer.core.cell import NOTHING, CellKey, Field, Lane, Nothing, money_from_text
from mercer.core.cellstate import Cell
from mercer.core.contract import (
    ContentWrite,
    ItemOutcome,
    OfferPrice,
    PriceWrite,
    SchedulesPrices,
    ScheduleWrite,
    StatusWrite,
    StockWrite,
    WritesContent,
    WritesPrices,
    WritesStatus,
    WritesStock,
)
from mercer.core.errors import (
    AuthExpired,
    PlatformError,
    ProtocolBroken,
    Rejected,
    Stale,
    Throttled,
    Transient,
    Unsupported,
)
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.merge import State
from mercer.core.money import Money
from mercer.core.outcome import Outcome, Result
from mercer.core.plan import Change
from mercer.core.scheduled import scheduled_from_text
from mercer.store import cells, flights, runs, shown_prices
from mercer.store.database import Transaction
from mercer.store.flights import Times
from mercer.store.runs import Heard
from mercer.sync.renew import renew
from mercer.sync.session import Connection, Session

_LONGEST = timedelta(seconds=60)
"""No request lives longer: an answer is waited for forty seconds at most, once its quota is there."""

_SLICE = 500
"""Units of a large batch that one transaction takes, so that nobody waits long for his turn."""


@dataclass(slots=True)
class Batch:
    """What one call carries: units that are never cut apart, and the listings as just read."""

    lane: Lane
    units: list[list[Change]]
    listings: Mapping[str, Listing]

    @property
    def changes(self) -> list[Change]:
        return [change for unit in self.units for change in unit]


@dataclass(slots=True)
class Sender:
    """Sends a channel's batches in the name of a run and keeps what became of them.

    `ended` holds what is decided; `sent` what must be read back; `overtaken` what was in flight where
    a lower number of stock goes after it; `lost_race` what compare-and-set refused and may be
    computed again. Where no answer was heard after `longest`, none is waited for.
    """

    session: Session
    connection: Connection
    run: str
    attempt: int = 1
    longest: timedelta = _LONGEST
    ended: dict[str, tuple[Outcome, str]] = field(default_factory=dict)
    sent: list[Change] = field(default_factory=list)
    overtaken: dict[CellKey, Cell] = field(default_factory=dict)
    lost_race: list[Change] = field(default_factory=list)

    async def send(self, batch: Batch) -> None:
        """Raise `AuthExpired` or `Throttled` where the whole channel must stop."""
        key = self.session.new_key()
        journal = self._depart(batch, key)
        if not journal:
            return
        try:
            outcomes = await _write(self.connection, batch, key)
        except (AuthExpired, Throttled) as error:
            self._return(batch, journal, error)
            raise
        except (Rejected, Unsupported, Stale) as error:
            self._return(batch, journal, error)
            await self._bisect(batch, error)
        except Transient as error:
            if error.in_doubt:
                self._doubt(journal, error)
            else:
                self._return(batch, journal, error)
                self._end(batch.changes, Outcome.UNCONVERGED, error)
        except ProtocolBroken as error:
            # The answer could not be understood, so whether it took effect is not known either.
            self._doubt(journal, error)
        else:
            self._arrive(journal, outcomes)

    def _depart(self, batch: Batch, key: str) -> dict[int, Change]:
        """Commit the intent; leave out what another run is writing at this moment."""
        session, declared = self.session, self.connection.declared
        departed: dict[int, Change] = {}
        units, batch.units = batch.units, []
        for start in range(0, len(units), _SLICE):
            with session.database.write() as tx:
                now = session.clock.now()
                times = Times(
                    now, now + declared.settle, now + declared.deadline, now + self.longest
                )
                self._look_overtaken(tx, batch.lane, units[start : start + _SLICE])
                off = [
                    unit
                    for unit in units[start : start + _SLICE]
                    if self._take_off(tx, unit, times)
                ]
                changes = [change for unit in off for change in unit]
                ids = runs.intend(tx, self.run, changes, key, now)
            batch.units += off
            departed |= zip(ids, changes, strict=True)
        return departed

    def _look_overtaken(
        self, tx: Transaction, lane: Lane, units: Sequence[Sequence[Change]]
    ) -> None:
        """What is in flight of these cells comes back if the number that overtakes it fails."""
        if lane is Lane.STOCK:
            listings = sorted({change.cell.listing for unit in units for change in unit})
            self.overtaken |= flights.overtaken(tx, self.connection.name, listings)

    def _take_off(self, tx: Transaction, unit: Sequence[Change], times: Times) -> bool:
        """All of a unit or none of it."""
        off = []
        for change in unit:
            assert change.after is not None  # an unknown value is never planned as writable
            if not flights.take_off(tx, change.cell, change.after, times):
                break
            off.append(change)
        if len(off) == len(unit):
            return True
        for change in off:
            flights.call_back(tx, change.cell, self.overtaken.get(change.cell))
        for change in unit:
            self.ended[change.id] = (Outcome.STALE, "it moved, or is being written, at this moment")
        renew(tx, self.session, self.connection.channel, sorted({c.cell.listing for c in unit}))
        return False

    def _return(self, batch: Batch, journal: Mapping[int, Change], error: PlatformError) -> None:
        """The request had no effect: the cells are as they were."""
        outcome = Heard(runs.FAILED, error.code, error.reason, error.request_id)
        with self.session.database.write() as tx:
            now = self.session.clock.now()
            runs.heard(tx, dict.fromkeys(journal, outcome), now, settled=True)
            for change in journal.values():
                flights.call_back(tx, change.cell, self.overtaken.get(change.cell))
            listings = {change.cell.listing for change in batch.changes}
            renew(tx, self.session, self.connection.channel, sorted(listings))

    def _doubt(self, journal: Mapping[int, Change], error: PlatformError) -> None:
        outcome = Heard(runs.IN_DOUBT, error.code, error.reason, error.request_id)
        declared = self.connection.declared
        with self.session.database.write() as tx:
            now = self.session.clock.now()
            runs.heard(tx, dict.fromkeys(journal, outcome), now, settled=False)
            for change in journal.values():
                ready, deadline = now + declared.settle, now + declared.deadline
                flights.keep_flying(tx, change.cell, ready, deadline, None)
        self.sent.extend(journal.values())

    async def _bisect(self, batch: Batch, error: PlatformError) -> None:
        """A batch refused as a whole is halved until the refused unit stands alone."""
        if len(batch.units) == 1:
            self._end(batch.changes, Outcome.REJECTED, error)
            return
        middle = len(batch.units) // 2
        for half in (batch.units[:middle], batch.units[middle:]):
            await self.send(Batch(batch.lane, half, batch.listings))

    def _end(self, changes: Sequence[Change], outcome: Outcome, error: PlatformError) -> None:
        words = error.coded_reason
        for change in changes:
            self.ended[change.id] = (outcome, words)

    def _arrive(self, journal: Mapping[int, Change], outcomes: Sequence[ItemOutcome]) -> None:
        """Keep what the platform said of each item; an item it did not mention is in doubt."""
        said = {(each.listing, each.offer): each for each in outcomes}
        rows = list(journal.items())
        for start in range(0, len(rows), _SLICE):
            with self.session.database.write() as tx:
                self._hear(tx, rows[start : start + _SLICE], said)

    def _hear(
        self,
        tx: Transaction,
        rows: Sequence[tuple[int, Change]],
        said: Mapping[tuple[str, str], ItemOutcome],
    ) -> None:
        declared, now = self.connection.declared, self.session.clock.now()
        ready, deadline = now + declared.settle, now + declared.deadline
        open_: dict[int, Heard] = {}
        over: dict[int, Heard] = {}
        taken: set[CellKey] = set()
        touched: set[str] = set()
        for id, change in rows:
            item = said.get((change.cell.listing, change.cell.offer))
            if item is None:
                open_[id] = Heard(runs.IN_DOUBT, words="the platform did not mention it")
                self.sent.append(change)
            elif item.result is Result.ACCEPTED:
                open_[id] = _heard(item)
                flights.keep_flying(tx, change.cell, ready, deadline, now)
                self.sent.append(change)
                taken.add(change.cell)
            else:
                over[id] = _heard(item)
                self._decide(tx, change, item)
                touched.add(change.cell.listing)
        runs.heard(tx, open_, now, settled=False)
        runs.heard(tx, over, now, settled=True)
        decided = [change.id for _, change in rows if change.id in self.ended]
        runs.record(tx, self.run, {id: self.ended[id] for id in decided}, self.attempt)
        # What goes on flying is in the state that it took off with, unless it is to move on.
        fields = {change.cell.field for _, change in rows}
        touched |= self._outrun(tx, taken) if Field.STOCK in fields else set()
        renew(tx, self.session, self.connection.channel, sorted(touched), only=fields)

    def _outrun(self, tx: Transaction, taken: Collection[CellKey]) -> set[str]:
        """Listings whose number was taken by the shop, and should be another by now: a lower one may
        go after it. Or it was to be sent again, for nobody seemed to hear of it any more.
        """
        pairs = {(key.channel, key.listing) for key in taken}
        found = cells.of_listings(tx, pairs, [Field.STOCK])
        return {
            key.listing
            for key in taken
            if found[key].desired != found[key].in_flight or found[key].state is State.PUSH
        }

    def _decide(self, tx: Transaction, change: Change, item: ItemOutcome) -> None:
        words = f"{item.code} {item.words}".strip()
        if item.result is Result.CONFIRMED:
            assert change.after is not None  # it was written
            flights.land(tx, change.cell, change.after)
            if change.cell.field is Field.PRICE:  # no read will find it to be another
                shown_prices.note(tx, [(change.cell, change.after, self.session.clock.now())])
            self.ended[change.id] = (Outcome.CONFIRMED, "")
            return
        flights.call_back(tx, change.cell, self.overtaken.get(change.cell))
        if item.result is Result.STALE:
            self.lost_race.append(change)
        else:
            self.ended[change.id] = (Outcome.REJECTED, words)


def _heard(item: ItemOutcome) -> Heard:
    return Heard(item.result.value, item.code, item.words, item.request_id)


async def _write(connection: Connection, batch: Batch, key: str) -> Sequence[ItemOutcome]:
    adapter = connection.adapter
    match batch.lane:
        case Lane.PRICE if isinstance(adapter, WritesPrices):
            return await adapter.write_prices(_prices(batch))
        case Lane.SCHEDULED if isinstance(adapter, SchedulesPrices):
            return await adapter.schedule_prices(_schedules(batch))
        case Lane.STOCK if isinstance(adapter, WritesStock):
            return await adapter.write_stock(_stock(batch), key)
        case Lane.CONTENT if isinstance(adapter, WritesContent):
            return await adapter.write_content(_content(batch))
        case Lane.STATUS if isinstance(adapter, WritesStatus):
            return await adapter.write_status(_status(batch))
    raise Unsupported(
        f"this platform's adapter cannot write {batch.lane.value}", channel=connection.name
    )


def _prices(batch: Batch) -> list[PriceWrite]:
    by_listing: dict[str, dict[str, dict[Field, str]]] = {}
    for change in batch.changes:
        offer = by_listing.setdefault(change.cell.listing, {}).setdefault(change.cell.offer, {})
        offer[change.cell.field] = change.after or ""
    return [
        PriceWrite(
            batch.listings[listing],
            tuple(
                OfferPrice(
                    _offer(batch.listings[listing], offer),
                    money_from_text(values.get(Field.PRICE)),
                    _money_or_nothing(values.get(Field.COMPARE_AT)),
                )
                for offer, values in offers.items()
            ),
        )
        for listing, offers in by_listing.items()
    ]


def _money_or_nothing(text: str | None) -> Money | Nothing | None:
    return NOTHING if text == "" else money_from_text(text)


def _schedules(batch: Batch) -> list[ScheduleWrite]:
    return [
        ScheduleWrite(
            batch.listings[change.cell.listing],
            _offer(batch.listings[change.cell.listing], change.cell.offer),
            scheduled_from_text(change.after) or NOTHING,
        )
        for change in batch.changes
    ]


def _stock(batch: Batch) -> list[StockWrite]:
    return [
        StockWrite(
            batch.listings[change.cell.listing],
            _offer(batch.listings[change.cell.listing], change.cell.offer),
            change.cell.scope,
            int(change.after or 0),
            int(change.before or 0),
        )
        for change in batch.changes
    ]


def _content(batch: Batch) -> list[ContentWrite]:
    by_listing: dict[str, dict[Field, str | None]] = {}
    for change in batch.changes:
        by_listing.setdefault(change.cell.listing, {})[change.cell.field] = change.after
    return [
        ContentWrite(
            batch.listings[listing], values.get(Field.TITLE), values.get(Field.DESCRIPTION)
        )
        for listing, values in by_listing.items()
    ]


def _status(batch: Batch) -> list[StatusWrite]:
    return [
        StatusWrite(batch.listings[change.cell.listing], ListingStatus(change.after or ""))
        for change in batch.changes
    ]


def _offer(listing: Listing, offer: str) -> Offer:
    found = listing.offer(offer)
    assert found is not None  # rechecked against the cells of this very reading
    return found
