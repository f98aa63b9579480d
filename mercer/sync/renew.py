"""Renew cells whenever one of their sides may have moved: what was read, what is wanted, what is due.

The one place that writes cells' states. It costs what is touched, not what exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mercer.core.account import Channel
from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell, judged
from mercer.core.listing import FulfilledBy, Listing, readings
from mercer.core.merge import State
from mercer.store import catalogue, cells, ledger, offers, orders, prices
from mercer.store.database import Transaction
from mercer.store.offers import OfferRow
from mercer.store.orders import Taking
from mercer.sync import desired
from mercer.sync.desired import Desired, Inputs
from mercer.sync.session import Session

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """Listings as a read showed them; `began` is when the read began, by our clock."""

    listings: Mapping[str, Listing]
    began: datetime


def renew_skus(tx: Transaction, session: Session, skus: Iterable[str]) -> None:
    """After the price book, the ledger or a link of these SKUs moved."""
    wanted = sorted(set(skus))
    for start in range(0, len(wanted), 500):
        batch = wanted[start : start + 500]
        touched = [*batch, *catalogue.bundles_with(tx, batch)]
        rows = offers.offers_of_skus(tx, touched)
        renew_pairs(tx, session, {(row.channel, row.listing) for row in rows})


def renew_products(tx: Transaction, session: Session, codes: Iterable[str]) -> None:
    """After products' titles, descriptions or statuses moved."""
    wanted = sorted(set(codes))
    for start in range(0, len(wanted), 500):
        pairs = offers.listings_of_products(tx, wanted[start : start + 500])
        renew_pairs(tx, session, pairs)


def renew_pairs(tx: Transaction, session: Session, pairs: Iterable[tuple[str, str]]) -> None:
    by_channel: dict[str, list[str]] = {}
    for channel, listing in sorted(set(pairs)):
        by_channel.setdefault(channel, []).append(listing)
    for channel, listings in by_channel.items():
        if channel in session.channels:
            renew(tx, session, session.channels[channel], listings)


def renew(
    tx: Transaction,
    session: Session,
    channel: Channel,
    listings: Sequence[str],
    seen: Seen | None = None,
) -> None:
    """Recompute every cell of these listings of one channel, and write those that moved."""
    for start in range(0, len(listings), _BATCH):
        batch = listings[start : start + _BATCH]
        _Renewal(tx, session, channel, batch, seen).run()


@dataclass(slots=True)
class _Renewal:
    tx: Transaction
    session: Session
    channel: Channel
    listings: Sequence[str]
    seen: Seen | None
    now: datetime = field(init=False)
    offers: dict[tuple[str, str], OfferRow] = field(init=False)
    known: dict[CellKey, Cell] = field(init=False)
    codes: dict[tuple[str, str], str | None] = field(init=False)
    overrides: dict[CellKey, str] = field(init=False)
    takings: dict[str, list[Taking]] = field(init=False)
    inputs: Inputs = field(init=False)

    def run(self) -> None:
        self._load()
        read = self._read()
        changed = []
        for key in dict.fromkeys([*self.known, *read]):
            before = self.known.get(key)
            after = self._renewed(before or Cell(key), read.get(key))
            if after != before:
                changed.append(after)
        cells.save(self.tx, changed)

    def _load(self) -> None:
        tx, name = self.tx, self.channel.name
        self.now = self.session.clock.now()
        pairs = [(name, listing) for listing in self.listings]
        rows = offers.offers_of_listings(tx, name, self.listings)
        self.offers = {(row.listing, row.offer): row for row in rows}
        self.known = cells.of_listings(tx, pairs)
        self.codes = offers.products_of_listings(tx, pairs)
        self.overrides = prices.overrides_of(tx, pairs, self.now)
        self.takings = orders.takings(tx, name, [row.offer for row in rows])
        self.inputs = load_inputs(
            tx,
            self.channel,
            {row.sku for row in rows if row.sku},
            {code for code in self.codes.values() if code},
        )

    def _read(self) -> dict[CellKey, str | None]:
        """Canonical text by cell, of what this renewal's read showed."""
        if self.seen is None:
            return {}
        return {
            CellKey(self.channel.name, name, each.offer, each.field, each.scope): each.text
            for name, listing in self.seen.listings.items()
            if name in self.listings
            for each in readings(listing)
        }

    def _renewed(self, cell: Cell, text: str | None) -> Cell:
        cell = self._observed(cell, text)
        if cell.in_flight is not None and cell.deadline is not None and cell.deadline <= self.now:
            cell = replace(cell, in_flight=None, written_at=None, read_after=None, deadline=None)
        wanted = self._wanted(cell)
        cell = replace(cell, sku=self._sku(cell), desired=wanted.text, why=wanted.why)
        if wanted.followed and not cell.gone:
            return _followed(cell)
        return self._judged(cell)

    def _observed(self, cell: Cell, text: str | None) -> Cell:
        """A read that began before a write had settled, or before a later read, tells nothing."""
        if self.seen is None or text is None:
            return cell
        began = self.seen.began
        if cell.read_after is not None and began < cell.read_after:
            return cell
        if cell.observed_at is not None and began < cell.observed_at:
            return cell
        return replace(cell, observed=text, observed_at=began, gone=False)

    def _sku(self, cell: Cell) -> str | None:
        if cell.key.offer:
            row = self.offers.get((cell.key.listing, cell.key.offer))
            return row.sku if row else None
        linked = (row.sku for row in self.offers.values() if row.listing == cell.key.listing)
        return min((sku for sku in linked if sku), default=None)

    def _wanted(self, cell: Cell) -> Desired:
        key = cell.key
        override = self.overrides.get(key)
        if override is not None:
            return Desired(override, "this channel keeps its own value")
        if not key.offer:
            code = self.codes.get((key.channel, key.listing))
            units = self._units(key.listing)
            return desired.desired_of_listing(self.inputs, code, key.field, cell.observed, units)
        row = self.offers.get((key.listing, key.offer))
        if row is None or row.sku is None:
            return Desired(None, "not linked to a SKU")
        if key.field is Field.PRICE:
            return desired.desired_price(self.inputs, row.sku)
        if key.field is Field.COMPARE_AT:
            return desired.desired_compare_at(self.inputs, row.sku)
        if row.fulfilled_by is FulfilledBy.PLATFORM:
            return Desired(None, "fulfilled by the platform", followed=True)
        return desired.desired_stock(self.inputs, row.sku, key.listing, key.offer)

    def _units(self, listing: str) -> int | None:
        """What a listing's offers should show together; unknown if one of them is."""
        total = 0
        for row in self.offers.values():
            if row.listing != listing or row.gone_at is not None:
                continue
            if row.sku is None:
                return None
            text = desired.desired_stock(self.inputs, row.sku, listing, row.offer).text
            if text is None:
                return None
            total += int(text)
        return total

    def _judged(self, cell: Cell) -> Cell:
        result = judged(cell, self.channel, self._sold(cell))
        if result.override is not None:
            who = f"policy {self.channel.policy(cell.key.field).value}"
            prices.keep_override(self.tx, cell.key, result.override, who=who, now=self.now)
        after = result.cell
        if after.unexplained and after.observed != cell.base:
            self._unexplained(after)
        return after

    def _sold(self, cell: Cell) -> int:
        since = cell.written_at if cell.in_flight is not None else cell.base_at
        if cell.key.field is not Field.STOCK or since is None:
            return 0
        return sum(
            (taking.taken if taking.taken_at > since else 0)
            - (taking.back if taking.back_at is not None and taking.back_at > since else 0)
            for taking in self.takings.get(cell.key.offer, ())
        )

    def _unexplained(self, cell: Cell) -> None:
        assert cell.observed is not None  # nothing is unexplained that was not read
        key = cell.key
        ledger.record_unexplained(
            self.tx,
            {
                "channel": key.channel,
                "listing": key.listing,
                "offer": key.offer,
                "scope": key.scope,
                "sku": cell.sku,
                "expected": int(cell.observed) - cell.unexplained,
                "observed": int(cell.observed),
                "at": self.now,
            },
        )


def _followed(cell: Cell) -> Cell:
    state = State.FOLLOWED if cell.sku is not None else State.UNLINKED
    return replace(cell, state=state, cause=None)


def load_inputs(
    tx: Transaction, channel: Channel, skus: Iterable[str], codes: Iterable[str]
) -> Inputs:
    """What the desired values of these SKUs and products rest on, on one channel."""
    wanted = set(skus)
    parts = catalogue.parts_of(tx, wanted)
    counted = {*(wanted - parts.keys()), *(part for each in parts.values() for part in each)}
    shares: dict[str, list[tuple[str, str]]] = {}
    for row in offers.offers_of_skus(tx, wanted):
        if row.channel == channel.name and row.sku and row.fulfilled_by is FulfilledBy.SELLER:
            shares.setdefault(row.sku, []).append((row.listing, row.offer))
    return Inputs(
        channel,
        prices.entries_of(tx, wanted),
        ledger.balances(tx, counted),
        parts,
        catalogue.products_of(tx, codes),
        shares,
    )
