"""Who knows what really happened at every shop, and holds Mercer's books against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from mercer.plugins.simulation import OrderTruth, Simulator
from mercer.sandbox.laboratory.crowd import Sale
from mercer.store import hindsight, ledger, provisional
from mercer.store.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class Oversold:
    """Units of one order beyond what there was.

    `prevented`: a reader that knew of each other sale as soon as the platforms tell, and had changed
    this shop's number as soon as the quotas allow, would have refused the order.
    """

    sku: str
    channel: str
    order: str
    units: int
    preventable: bool


@dataclass(slots=True)
class Judgement:
    """Every list is empty, and `oversold` holds nothing preventable, when Mercer did its work."""

    orders: int = 0
    missing: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    ledger: list[str] = field(default_factory=list)
    shops: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)
    oversold: list[Oversold] = field(default_factory=list)

    @property
    def oversold_units(self) -> int:
        return sum(each.units for each in self.oversold)

    @property
    def preventable_units(self) -> int:
        return sum(each.units for each in self.oversold if each.preventable)

    def faults(self) -> list[str]:
        return [
            *(f"missing order {each}" for each in self.missing),
            *(f"order that no shop has: {each}" for each in self.invented),
            *self.ledger,
            *self.shops,
            *(f"still held on a notification: {each}" for each in self.held),
            *(f"no incident for oversold {each}" for each in self.unrecorded),
        ]


@dataclass(frozen=True, slots=True)
class Oracle:
    """`tells`: from a sale at a channel until the platform has told of it, at best. `shows`: from a
    decision until a channel's number is changed, at best, within its quotas. `buffer` is what every
    channel keeps back.
    """

    simulators: Mapping[str, Simulator]
    opening: Mapping[str, int]
    tells: Mapping[str, timedelta]
    shows: Mapping[str, timedelta]
    buffer: int = 0

    def judge(self, database: Database, sales: list[Sale]) -> Judgement:
        truth = {
            (channel, order.order): order
            for channel, simulator in self.simulators.items()
            for order in simulator.orders()
        }
        found = Judgement(orders=len(truth))
        with database.read() as tx:
            self._orders(tx, truth, found)
            wanted = self._wanted(tx, truth)
            self._ledger(tx, wanted, found)
            found.held = [
                f"{sku} ({units})" for sku, _, units in provisional.held(tx, self.opening)
            ]
            recorded = hindsight.skus_with_incidents(tx)
        self._oversold(sales, truth, found)
        found.unrecorded = sorted({each.sku for each in found.oversold} - recorded)
        return found

    def _orders(
        self, tx: Transaction, truth: Mapping[tuple[str, str], OrderTruth], found: Judgement
    ) -> None:
        known = hindsight.order_ids(tx)
        found.missing = [f"{channel} {order}" for channel, order in sorted(truth.keys() - known)]
        found.invented = [f"{channel} {order}" for channel, order in sorted(known - truth.keys())]

    def _wanted(
        self, tx: Transaction, truth: Mapping[tuple[str, str], OrderTruth]
    ) -> dict[str, int]:
        """Units by SKU that orders have taken off, as each platform takes them off."""
        at_payment = hindsight.deducted_at_payment(tx)
        wanted: dict[str, int] = defaultdict(int)
        for (channel, _), order in truth.items():
            for code, units in order.units.items():
                if not order.cancelled and (order.paid or (channel, code) not in at_payment):
                    wanted[code] += units
        return wanted

    def _ledger(self, tx: Transaction, wanted: Mapping[str, int], found: Judgement) -> None:
        balances = ledger.balances(tx, self.opening)
        shown = self._shown()
        for sku, there in sorted(self.opening.items()):
            available = there - wanted.get(sku, 0)
            if balances[sku].available != available:
                found.ledger.append(
                    f"{sku}: the ledger has {balances[sku].available}, the shops make it {available}"
                )
            published = max(available - self.buffer, 0)
            for channel, number in shown[sku]:
                if number != published:
                    found.shops.append(f"{sku}: {channel} shows {number}, not {published}")

    def _shown(self) -> dict[str, list[tuple[str, int]]]:
        shown: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for channel, simulator in self.simulators.items():
            for offer in simulator.offers():
                shown[offer.merchant_code].append((channel, offer.quantity))
        return shown

    def _oversold(
        self,
        sales: list[Sale],
        truth: Mapping[tuple[str, str], OrderTruth],
        found: Judgement,
    ) -> None:
        for sku, taken in _by_sku(sales, truth).items():
            left = self.opening[sku]
            for index, (sale, units) in enumerate(taken):
                short = units - max(left, 0)
                left -= units
                if short > 0:
                    could = self._would_show(sku, sale, taken[:index]) < units
                    found.oversold.append(Oversold(sku, sale.channel, sale.order, short, could))

    def _would_show(self, sku: str, sale: Sale, before: list[tuple[Sale, int]]) -> int:
        """What this shop would have shown just before the sale, with the best of readers."""
        number = self.opening[sku] - self.buffer
        for other, units in before:
            known = other.at + self.tells[other.channel] + self.shows[sale.channel]
            if other.channel == sale.channel or known <= sale.at:
                number -= units
        return number


def _by_sku(
    sales: list[Sale], truth: Mapping[tuple[str, str], OrderTruth]
) -> dict[str, list[tuple[Sale, int]]]:
    """The sales of each SKU that were not given up, in the order in which they were made."""
    found: dict[str, list[tuple[Sale, int]]] = defaultdict(list)
    for sale in sales:
        order = truth[sale.channel, sale.order]
        if not order.cancelled:
            for code, units in order.units.items():
                found[code].append((sale, units))
    return found


@dataclass(frozen=True, slots=True)
class Propagation:
    """One order's way to one other channel, in seconds from its creation."""

    origin: str
    channel: str
    known: float
    shown: float


def propagations(database: Database, sales: list[Sale]) -> Iterator[Propagation]:
    """For each order, when Mercer knew it, and when a number that accounts for it was confirmed.

    Where the number was right already, as with a SKU that was sold out, there is nothing to tell.
    """
    with database.read() as tx:
        known = hindsight.known_at(tx)
        writes = hindsight.confirmed_stock_writes(tx)
    for sale in sales:
        at = known.get((sale.channel, sale.order))
        if at is None:
            continue
        for code in sale.units:
            for channel, sent in writes.get(code, {}).items():
                confirmed = next((end for begin, end in sent if begin >= at), None)
                if channel != sale.channel and confirmed is not None:
                    yield Propagation(
                        sale.channel,
                        channel,
                        (at - sale.at).total_seconds(),
                        (confirmed - sale.at).total_seconds(),
                    )
