"""Who knows what really happened at every shop, and holds Mercer's books against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mercer.plugins.simulation import OrderTruth, Simulator
from mercer.sandbox.laboratory.ideal import Play
from mercer.sandbox.laboratory.sale import Happened, History
from mercer.store import hindsight, ledger, provisional
from mercer.store.database import Database, Transaction


@dataclass(frozen=True, slots=True)
class Oversold:
    """Units of one order beyond what there was.

    `preventable`: the shop would have refused the order, had its number come from one of the best
    readers that the platforms allow.
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
    """`plays`: what the best readers would have shown. `buffers`: what each channel keeps back."""

    simulators: Mapping[str, Simulator]
    opening: Mapping[str, int]
    plays: Sequence[Play]
    buffers: Mapping[str, int]

    def judge(self, database: Database, history: History) -> Judgement:
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
        self._oversold(history, truth, found)
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
            for channel, number in shown[sku]:
                published = max(available - self.buffers.get(channel, 0), 0)
                if number != published:
                    found.shops.append(f"{sku}: {channel} shows {number}, not {published}")

    def _shown(self) -> dict[str, list[tuple[str, int]]]:
        shown: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for channel, simulator in self.simulators.items():
            for offer in simulator.offers():
                shown[offer.merchant_code].append((channel, offer.quantity))
        return shown

    def _oversold(
        self, history: History, truth: Mapping[tuple[str, str], OrderTruth], found: Judgement
    ) -> None:
        for sku, happened in history.by_sku().items():
            left = self.opening[sku]
            for index, each in enumerate(happened):
                order = truth[each.channel, each.order]
                if each.units > 0 and not order.cancelled:
                    short = each.units - max(left, 0)
                    left -= each.units
                    if short > 0:
                        could = self.would_show(each, happened[:index]) < each.units
                        place = sku, each.channel, each.order
                        found.oversold.append(Oversold(*place, short, could))

    def would_show(self, sale: Happened, before: Sequence[Happened]) -> int:
        """The least that this shop would have shown just before the sale, by any of the readers."""
        own = [each for each in before if each.channel == sale.channel]
        return min(self._shows(play, sale, own) for play in self.plays)

    def _shows(self, play: Play, sale: Happened, own: Sequence[Happened]) -> int:
        """No number is below none. What its own orders took since, and gave back, moves it by itself."""
        acted, elsewhere = play.last_number(sale.channel, sale.sku, sale.at)
        there = self.opening[sale.sku] - self.buffers.get(sale.channel, 0) - elsewhere
        number = max(there - sum(each.units for each in own if each.at <= acted), 0)
        return number - sum(each.units for each in own if each.at > acted)
