"""Renew cells whenever one of their sides may have moved: what was read, what is wanted, what is due.

The one place that writes cells' states. It costs what is touched, not what exists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import MONEY_FIELDS, CellKey, Field
from mercer.core.cellstate import Cell, Judged, judged
from mercer.core.listing import FulfilledBy, Listing, readings
from mercer.core.merge import Cause, Owner, State
from mercer.core.scheduled import Scheduled, scheduled_from_text
from mercer.core.stock import NO_SALES
from mercer.store import catalogue, cells, offers, orders, shown_prices
from mercer.store.database import Transaction
from mercer.store.decisions import How
from mercer.store.offers import OfferRow
from mercer.store.orders import Taking
from mercer.store.overrides import Override
from mercer.sync import audit, desired
from mercer.sync.counted import Counted, Pages, Pair
from mercer.sync.decisions import Ruling, decide
from mercer.sync.desired import Desired, Inputs
from mercer.sync.inputs import load_inputs
from mercer.sync.paid import paid
from mercer.sync.sales import counts_from, sales_of
from mercer.sync.scheduled_prices import ScheduledPrices, with_partners
from mercer.sync.session import Session
from mercer.sync.stock_rules import at_home

_KEPT: Final = "this channel keeps its own value"
_BATCH = 200

_TOLD_LATE: Final = timedelta(seconds=5)
"""How long after an order its notification usually comes at most."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Listings as a read showed them; `began` is when the read began, by our clock."""

    listings: Mapping[str, Listing]
    began: datetime


def renew_skus(
    tx: Transaction, session: Session, skus: Iterable[str], only: Collection[Field] | None = None
) -> None:
    """After the price book, the ledger or a link of these SKUs moved. `only`: cells of these fields."""
    wanted = sorted(set(skus))
    for start in range(0, len(wanted), 500):
        batch = wanted[start : start + 500]
        touched = [*batch, *catalogue.bundles_with(tx, batch)]
        renew_pairs(tx, session, offers.pages_of_skus(tx, touched), only)


def renew_stock(tx: Transaction, session: Session, skus: Iterable[str]) -> None:
    """After orders of these SKUs moved the ledger: what does not hang on it is left alone."""
    renew_skus(tx, session, skus, (Field.STOCK, Field.STATUS))


def renew_products(tx: Transaction, session: Session, codes: Iterable[str]) -> None:
    """After products' titles, descriptions or statuses moved."""
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), 500):
        pairs = offers.listings_of_products(tx, wanted[start : start + 500])
        renew_pairs(tx, session, pairs)


def renew_overdue(tx: Transaction, session: Session, channel: str) -> None:
    """What was sent and not seen at the shop by its deadline is to be judged anew, and what nobody
    heard of.
    """
    late = cells.overdue(tx, channel, session.clock.now())
    renew_pairs(tx, session, {(cell.key.channel, cell.key.listing) for cell in late})


def renew_pairs(
    tx: Transaction,
    session: Session,
    pairs: Iterable[Pair],
    only: Collection[Field] | None = None,
) -> None:
    wanted = sorted(pair for pair in set(pairs) if pair[0] in session.channels)
    counted = Counted(tx)
    for start in range(0, len(wanted), _BATCH):
        _renew_batch(tx, session, wanted[start : start + _BATCH], None, only, counted)


def renew(
    tx: Transaction,
    session: Session,
    channel: Channel,
    listings: Sequence[str],
    seen: Seen | None = None,
    only: Collection[Field] | None = None,
) -> None:
    """Recompute the cells of these listings of one channel, and write those that moved.

    `only`: those of these fields.
    """
    counted = Counted(tx)
    for start in range(0, len(listings), _BATCH):
        pairs = [(channel.name, listing) for listing in listings[start : start + _BATCH]]
        _renew_batch(tx, session, pairs, seen, only, counted)


def _renew_batch(
    tx: Transaction,
    session: Session,
    pairs: Sequence[Pair],
    seen: Seen | None,
    only: Collection[Field] | None,
    counted: Counted,
) -> None:
    only = with_partners(only)
    pages = Pages.of(tx, pairs, only, session.clock.now())
    by_channel: dict[str, list[str]] = {}
    for channel, listing in pairs:
        by_channel.setdefault(channel, []).append(listing)
    moved: list[tuple[Cell | None, Cell]] = []
    for name, listings in by_channel.items():
        renewal = _Renewal(tx, session, session.channels[name], listings, seen, only, counted)
        moved += renewal.run(pages)
    cells.save(tx, [after for _, after in moved])
    audit.seen_by_read(tx, session, moved)
    if seen is not None:
        shown_prices.note(tx, paid(moved, session.clock.now()))


@dataclass(slots=True)
class _Renewal:
    tx: Transaction
    session: Session
    channel: Channel
    listings: Sequence[str]
    seen: Seen | None
    only: Collection[Field] | None
    counted: Counted
    now: datetime = field(init=False)
    offers: dict[str, Mapping[str, OfferRow]] = field(init=False)
    known: dict[CellKey, Cell] = field(init=False)
    codes: Mapping[Pair, str | None] = field(init=False)
    overrides: Mapping[CellKey, Override] = field(init=False)
    takings: dict[str, list[Taking]] = field(init=False)
    inputs: Inputs = field(init=False)
    scheduled: dict[Pair, Scheduled | None] = field(init=False)
    schedules: ScheduledPrices | None = field(init=False)

    def run(self, pages: Pages) -> list[tuple[Cell | None, Cell]]:
        """The cells that moved, as they were and as they are to be written."""
        self._load(pages)
        read = self._read()
        self.schedules = self._schedules(read)
        moved: list[tuple[Cell | None, Cell]] = []
        for key in dict.fromkeys([*self.known, *read]):
            before = self.known.get(key)
            after = self._renewed(before or Cell(key), read.get(key))
            if after != before:
                moved.append((before, after))
        return moved

    def _load(self, pages: Pages) -> None:
        name = self.channel.name
        self.now = self.session.clock.now()
        self.offers = {listing: pages.offers[name, listing] for listing in self.listings}
        self.known = {}
        for listing in self.listings:
            self.known |= pages.cells[name, listing]
        self.codes, self.overrides = pages.codes, pages.overrides
        self.inputs = load_inputs(
            self.tx,
            self.session,
            self.channel,
            {row.sku for rows in self.offers.values() for row in rows.values() if row.sku},
            pages.products,
            self.counted,
            prices=self.only is None or not MONEY_FIELDS.isdisjoint(self.only),
        )
        self.takings = self._takings()

    def _schedules(self, read: Mapping[CellKey, str | None]) -> ScheduledPrices | None:
        """`None` where the shop has no scheduled prices."""
        self.scheduled = {
            (key.listing, key.offer): scheduled_from_text(
                self._observed(self.known.get(key) or Cell(key), read.get(key)).observed
            )
            for key in {*self.known, *read}
            if key.field is Field.SCHEDULED
        }
        pricing = self.inputs.pricing
        if not self.scheduled or pricing is None:
            return None
        skus = {row.sku for row in self._living() if row.sku}
        return ScheduledPrices.of(self.tx, self.session, pricing, skus)

    def _takings(self) -> dict[str, list[Taking]]:
        """Only sales that a base or a look has not swallowed yet, so that history costs nothing."""
        open_: dict[str, datetime] = {}
        for cell in self.known.values():
            since = counts_from(cell)
            if since is not None:
                open_[cell.key.offer] = min(since, open_.get(cell.key.offer, since))
        found = orders.takings(self.tx, self.channel.name, open_)
        for name in sorted(at_home(self.session, self.channel.name) - {self.channel.name}):
            same = self._same_stock(name)
            theirs = {offer: open_[ours] for offer, ours in same.items() if ours in open_}
            for offer, takings in orders.takings(self.tx, name, theirs).items():
                found.setdefault(same[offer], []).extend(takings)
        for offer, held in self._held(open_).items():
            found.setdefault(offer, []).extend(held)
        return found

    def _held(self, open_: Mapping[str, datetime]) -> dict[str, list[Taking]]:
        """What orders took that only a notification tells of so far: the shop has taken it off, too.

        Of which of a SKU's offers it was is not known where it has several.
        """
        by_sku: dict[str, list[str]] = {}
        for row in self._living():
            if row.sku is not None:
                by_sku.setdefault(row.sku, []).append(row.offer)
        mine = at_home(self.session, self.channel.name)
        found: dict[str, list[Taking]] = {}
        for sku, holds in self.counted.holds(by_sku).items():
            offer, *others = by_sku[sku]
            if others or offer not in open_:
                continue
            for hold in holds:
                if hold.channel in mine and hold.placed_at >= open_[offer]:
                    taking = Taking(hold.units, hold.placed_at, 0, None, _TOLD_LATE)
                    found.setdefault(offer, []).append(taking)
        return found

    def _same_stock(self, channel: str) -> dict[str, str]:
        """Another channel's offers whose sales move one of these offers' numbers, by both ids.

        That is the offer of the same SKU: of the same merchant code, if the SKU has several here.
        """
        by_sku: dict[str, list[OfferRow]] = {}
        for row in self._living():
            if row.sku is not None:
                by_sku.setdefault(row.sku, []).append(row)
        found: dict[str, str] = {}
        for theirs in offers.offers_of_skus(self.tx, by_sku, channel):
            if theirs.sku is None:
                continue
            mine = by_sku[theirs.sku]
            same = [row for row in mine if row.merchant_code == theirs.merchant_code]
            if len(mine) == 1 or len(same) == 1:
                found[theirs.offer] = (mine if len(mine) == 1 else same)[0].offer
        return found

    def _living(self) -> list[OfferRow]:
        return [row for each in self.offers.values() for row in each.values() if not row.gone_at]

    def _read(self) -> dict[CellKey, str | None]:
        """Canonical text by cell, of what this renewal's read showed."""
        if self.seen is None:
            return {}
        return {
            CellKey(self.channel.name, name, each.offer, each.field, each.scope): each.text
            for name, listing in self.seen.listings.items()
            if name in self.listings
            for each in readings(listing)
            if self.only is None or each.field in self.only
        }

    def _renewed(self, cell: Cell, text: str | None) -> Cell:
        cell = self._observed(cell, text)
        wanted = self._wanted(cell)
        if wanted.text != cell.desired:
            cell = replace(cell, desired=wanted.text, desired_since=self.now)
        cell = replace(cell, sku=self._sku(cell), why=wanted.why)
        after = self._judged(cell)
        if after.in_flight is not None and after.deadline is not None:
            if after.deadline > self.now:
                return after
            late = replace(
                cell,
                in_flight=None,
                written_at=None,
                read_after=None,
                deadline=None,
                accepted_at=None,
                over_at=None,
            )
            after = self._judged(late)
        return _followed(after) if wanted.followed and not after.gone else after

    def _observed(self, cell: Cell, text: str | None) -> Cell:
        """A read that began before a write had settled, or before a later read, tells nothing."""
        if self.seen is None or text is None:
            return cell
        began = self.seen.began
        if cell.read_after is not None and began < cell.read_after:
            return cell
        if cell.observed_at is not None and began < cell.observed_at:
            return cell
        since = cell.observed_since if text == cell.observed else began
        return replace(cell, observed=text, observed_at=began, observed_since=since, gone=False)

    def _sku(self, cell: Cell) -> str | None:
        if cell.key.offer:
            row = self.offers[cell.key.listing].get(cell.key.offer)
            return row.sku if row else None
        rows = self.offers[cell.key.listing].values()
        return min((row.sku for row in rows if row.sku), default=None)

    def _wanted(self, cell: Cell) -> Desired:
        key = cell.key
        override = self.overrides.get(key)
        if override is not None:
            return Desired(override.value, _KEPT)
        if not key.offer:
            code = self.codes.get((key.channel, key.listing))
            units = self._units(key.listing)
            return desired.desired_of_listing(self.inputs, code, key.field, cell.observed, units)
        row = self.offers[key.listing].get(key.offer)
        if row is None or row.sku is None:
            return Desired(None, "not linked to a SKU")
        if row.gone_at is not None:
            return Desired(None, "no longer at the shop")
        if key.field is Field.PRICE:
            return self._price(key, row.sku)
        if key.field is Field.SCHEDULED:
            return self._schedule(key, row.sku)
        if key.field is Field.COMPARE_AT:
            return desired.desired_compare_at(self.inputs.derived(row.sku))
        if row.fulfilled_by is FulfilledBy.PLATFORM:
            return Desired(None, "fulfilled by the platform", followed=True)
        return desired.desired_stock(self.inputs, row.sku, key.listing, key.offer)

    def _price(self, key: CellKey, sku: str) -> Desired:
        beside = self.scheduled.get((key.listing, key.offer))
        outside = self.schedules.outside(sku, beside) if self.schedules and beside else None
        return outside or desired.desired_price(self.inputs.derived(sku))

    def _schedule(self, key: CellKey, sku: str) -> Desired:
        price = key._replace(field=Field.PRICE)
        beside, known = self.scheduled[key.listing, key.offer], self.known.get(price)
        adopted = known is not None and known.base is not None and price not in self.overrides
        ours = adopted and self.channel.owner(Field.PRICE) is Owner.MERCER
        assert self.schedules is not None  # loaded for cells of prices
        return self.schedules.desired(sku, beside, priced=ours)

    def _units(self, listing: str) -> int | None:
        """What a listing's offers should show together; unknown if one of them is."""
        total = 0
        for row in self.offers[listing].values():
            if row.gone_at is not None:
                continue
            if row.sku is None or row.fulfilled_by is FulfilledBy.PLATFORM:
                return None
            if self.inputs.home != self.channel.name:
                made = self.inputs.published(row.sku)
                text = str(made.units) if made else None
            else:
                text = desired.desired_stock(self.inputs, row.sku, listing, row.offer).text
            if text is None:
                return None
            total += int(text)
        return total

    def _judged(self, cell: Cell) -> Cell:
        stock = cell.key.field is Field.STOCK
        sales = sales_of(cell, self.takings.get(cell.key.offer, ())) if stock else NO_SALES
        result = judged(cell, self.channel, self.now, sales)
        if result.cell.cause in (Cause.DRIFT, Cause.CONFLICT):
            self._note(cell, result)
        if result.override is None:
            return result.cell
        return replace(result.cell, desired_since=self.now, why=_KEPT, cause=None)

    def _note(self, cell: Cell, result: Judged) -> None:
        """What a policy decides is written down once, however often the cell is looked at."""
        after, known = result.cell, self.known.get(cell.key)
        if after.state in (State.DRIFT, State.CONFLICT):
            return
        if known is not None and known.state is after.state and _sides(known) == _sides(after):
            return
        how = How.OURS if result.override is None else How.THEIRS
        who = f"policy {self.channel.policy(cell.key.field).name}"
        decide(self.tx, self.session, cell, Ruling(how, who, value=result.override))


def _sides(cell: Cell) -> tuple[str | None, str | None, str | None, Cause | None]:
    return cell.base, cell.desired, cell.observed, cell.cause


def _followed(cell: Cell) -> Cell:
    state = State.FOLLOWED if cell.sku is not None else State.UNLINKED
    return replace(cell, state=state, cause=None)
