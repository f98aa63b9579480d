"""Take a run's prices back: the book pins what they were, so that the next plan and sync agree with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mercer.core.cell import (
    LANE_OF,
    MONEY_FIELDS,
    NOTHING,
    CellKey,
    Field,
    Nothing,
    money_from_text,
)
from mercer.core.cellstate import Cell
from mercer.core.errors import InputError, MercerError
from mercer.core.merge import Owner
from mercer.core.money import Money
from mercer.core.plan import Change, ChangeKind
from mercer.core.price import PriceEntry
from mercer.core.quota import WORK, working
from mercer.core.taking_back import Fact, Judged, judge
from mercer.store import cells, inverse, offers, overrides, prices, runs, versions
from mercer.store.database import Transaction
from mercer.store.decisions import How
from mercer.store.runs import Run
from mercer.sync.catalogue import enter
from mercer.sync.decisions import Ruling
from mercer.sync.overrides import end_each
from mercer.sync.pricing import books_of, pricing_of
from mercer.sync.pull import read_back
from mercer.sync.session import Connection, Session, on_each

_SLICE: Final = 500


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What of a run is taken back; what is empty narrows nothing."""

    channels: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()

    def has(self, change: Change) -> bool:
        return (not self.channels or change.cell.channel in self.channels) and (
            not self.skus or change.sku in self.skus
        )


@dataclass(frozen=True, slots=True)
class Left:
    """A price that stays as the shop shows it; `shows` of `None` is not known."""

    change: Change
    shows: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Rollback:
    """What became of a run's prices. `pins` hold in the book from its version `price_book` on, and
    `cells` show their former values once a plan of them is applied. `back`: how many did before.
    `never`: what else the run wrote that no rollback takes back, by its lane.
    """

    run: str
    pins: tuple[PriceEntry, ...]
    price_book: int
    cells: frozenset[CellKey]
    left: tuple[Left, ...]
    back: int
    never: Mapping[str, int] = field(default_factory=dict)


def find_run(session: Session, id: str) -> Run:
    with session.database.read() as tx:
        if id not in runs.ids(tx):
            raise InputError(f"there is no run {id!r}", hint="see them: mercer runs list")
        return runs.find(tx, id)


async def look(session: Session, run: Run, narrowed: Narrowed) -> dict[str, MercerError]:
    """Read what the shops show of a run's prices by now; tell the channels that could not be read."""
    with session.database.read() as tx:
        written = _prices(inverse.written(tx, run), narrowed)
    listings: dict[str, set[str]] = {}
    for change in written:
        listings.setdefault(change.cell.channel, set()).add(change.cell.listing)

    async def one(connection: Connection) -> None:
        with working(WORK):
            await read_back(session, connection, sorted(listings[connection.name]))

    there = sorted(listings.keys() & session.connections.keys())
    _, failed = await on_each(session.chosen(there) if there else (), one)
    apart = InputError("the channel is not connected", hint="mercer doctor tells why")
    return dict.fromkeys(listings.keys() - session.connections.keys(), apart) | failed


def roll_back(
    session: Session, run: Run, narrowed: Narrowed, unread: Mapping[str, MercerError]
) -> Rollback:
    """Pin the former value of every price that still shows what the run wrote. Nothing is sent.

    `unread`: the channels whose shops could not be looked at, and why. Their prices stay.
    """
    with session.database.write() as tx:
        written = inverse.written(tx, run)
        mine = _prices(written, narrowed)
        going = [change for change in mine if change.cell.channel not in unread]
        apart = {
            change.id: f"the shop could not be read: {unread[change.cell.channel].message}"
            for change in mine
            if change.cell.channel in unread
        }
        facts = _facts(tx, session, going)
        judged = judge(run.id, going, facts, _beside(tx, going))
        reason = f"rollback of run {run.id}"
        _end_overrides(tx, session, judged, reason)
        pins = _pins(tx, session, judged)
        version = enter(tx, session, pins, reason) if pins else versions.number_of(tx, "price_book")
    left = apart | judged.left
    return Rollback(
        run.id,
        tuple(pins),
        version,
        frozenset(change.cell for change in judged.taken.values()),
        tuple(Left(each, _shown(facts, each), left[each.id]) for each in mine if each.id in left),
        len(judged.back),
        Counter(_sort(each) for each in written if narrowed.has(each) and not _is_price(each)),
    )


def _prices(written: Iterable[Change], narrowed: Narrowed) -> list[Change]:
    return [each for each in written if _is_price(each) and narrowed.has(each)]


def _is_price(change: Change) -> bool:
    return change.cell.field in MONEY_FIELDS


def _sort(change: Change) -> str:
    return "listing" if change.kind is ChangeKind.CREATE else LANE_OF[change.cell.field].value


def _shown(facts: Mapping[CellKey, Fact], change: Change) -> str | None:
    fact = facts.get(change.cell)
    return fact.cell.observed if fact and fact.cell else None


# ------------------------------------------------------------------ what is known by now


def _facts(tx: Transaction, session: Session, changes: Sequence[Change]) -> dict[CellKey, Fact]:
    found: dict[CellKey, Fact] = {}
    for channel, own in _by_channel(changes).items():
        listings = sorted({change.cell.listing for change in own})
        writes = inverse.last_writes(tx, channel, listings)
        now = _cells(tx, [(channel, listing) for listing in listings])
        settings = session.channels[channel]
        for change in own:
            write = writes[change.cell]  # the run's own, if none went after it
            owned = settings.owner(change.cell.field) is Owner.CHANNEL
            found[change.cell] = Fact(now.get(change.cell), write.run, write.open, owned)
    return found


def _by_channel(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.cell.channel, []).append(change)
    return found


def _cells(tx: Transaction, pairs: Sequence[tuple[str, str]]) -> dict[CellKey, Cell]:
    found: dict[CellKey, Cell] = {}
    for start in range(0, len(pairs), _SLICE):
        found |= cells.of_listings(tx, pairs[start : start + _SLICE], MONEY_FIELDS)
    return found


def _beside(tx: Transaction, changes: Sequence[Change]) -> dict[tuple[str, str], list[Cell]]:
    """The price cells of every offer of the SKUs, on the channels where they were written."""
    found: dict[tuple[str, str], list[Cell]] = {}
    for channel, own in _by_channel(changes).items():
        skus = sorted({change.sku for change in own})
        for start in range(0, len(skus), _SLICE):
            rows = offers.offers_of_skus(tx, skus[start : start + _SLICE], channel)
            now = _cells(tx, sorted({(channel, row.listing) for row in rows}))
            for cell in now.values():
                found.setdefault((channel, cell.sku or ""), []).append(cell)
    return found


# ------------------------------------------------------------------ what the book pins


def _end_overrides(tx: Transaction, session: Session, judged: Judged, reason: str) -> None:
    """What a channel was told to keep as its own would hide the pin."""
    keys = {change.cell for change in judged.taken.values()}
    pairs = sorted({(key.channel, key.listing) for key in keys})
    ruling = Ruling(How.ENDED, session.who, reason)
    for start in range(0, len(pairs), _SLICE):
        kept = overrides.in_force(tx, pairs[start : start + _SLICE], session.clock.now())
        own = [override for key, override in kept.items() if key in keys]
        if own:
            end_each(tx, session, own, ruling)


def _pins(tx: Transaction, session: Session, judged: Judged) -> list[PriceEntry]:
    """One for each SKU and channel whose prices the book does not make so by itself."""
    pins = []
    for channel, own in _by_channel(judged.taken.values()).items():
        wanted: dict[str, dict[Field, str]] = {}
        for change in own:
            wanted.setdefault(change.sku, {})[change.cell.field] = change.before or ""
        pricing = pricing_of(tx, session, session.channels[channel])
        books = books_of(tx, pricing, wanted)
        dated = _dated(tx, session, channel, wanted)
        for sku, former in wanted.items():
            made = pricing.derive(books[sku])
            price = money_from_text(former.get(Field.PRICE))
            struck = _struck(former[Field.COMPARE_AT]) if Field.COMPARE_AT in former else None
            if price in (None, made.price) and struck in (None, made.compare_at):
                continue
            # A channel's own price has the compare-at price that stands beside it, or none at all.
            beside = made.compare_at if struck is None else struck
            currency = session.channels[channel].currency
            pin = PriceEntry(sku, price, channel, beside, currency=currency)
            pins.append(replace(pin, starts_at=session.clock.now()) if sku in dated else pin)
    return pins


def _struck(text: str) -> Money | Nothing:
    return money_from_text(text) or NOTHING


def _dated(tx: Transaction, session: Session, channel: str, skus: Iterable[str]) -> set[str]:
    """SKUs with a dated entry of the channel that holds now: only a later one lies on top of it."""
    now, currency = session.clock.now(), session.channels[channel].currency
    wanted = sorted(skus)
    found = set()
    for start in range(0, len(wanted), _SLICE):
        for sku, entries in prices.of_skus(tx, wanted[start : start + _SLICE]).items():
            own = (each for each in entries if (each.channel, each.currency) == (channel, currency))
            if any(each.dated and each.holds(now) for each in own):
                found.add(sku)
    return found
