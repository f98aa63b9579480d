"""The back office edits 200 prices of each shop while we change 200 that overlap: each policy holds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mercer.core.account import Channel
from mercer.core.cell import Field
from mercer.core.guard import GuardSettings
from mercer.core.money import Money
from mercer.core.policy import ASK, HIGHEST, LOWEST, OURS, THEIRS, Dispute, Policy, Side
from mercer.core.price import PriceEntry
from mercer.core.standing import Standing
from mercer.plugins import registry
from mercer.plugins.simulation import Edit, Simulator, World
from mercer.sandbox.catalogue import Article, generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.laboratory.process import Process
from mercer.sandbox.laboratory.virtual_time import LoopClock, run
from mercer.sandbox.world import simulator_of
from mercer.store import conflicts
from mercer.store.conflicts import Choice
from mercer.store.decisions import How
from mercer.sync.adopt import adopt_ours
from mercer.sync.catalogue import save_products, set_prices
from mercer.sync.conflicts import Answer, resolve
from mercer.sync.cycle import Cycle, sync
from mercer.sync.link import auto_link
from mercer.sync.planning import Request as PlanRequest
from mercer.sync.pull import pull_listings
from mercer.sync.reconcile import Report, Request, reconcile
from mercer.sync.session import Session

EDITED, CHANGED = 200, 200
OVERLAP = 100
CHANNELS = "own=shopify:USD,taobao,jd,queue=taobao,gentle=shopify:USD,amazon:EUR"


@dataclass(frozen=True)
class CutsHold:
    """A plugin's policy: the shop may sell for less than was agreed on, and never for more."""

    name: str = "cuts-hold"

    def prevailing(self, dispute: Dispute) -> Side | None:
        before, now = (Money.of(*text.split()) for text in (dispute.base, dispute.observed))
        return Side.THEIRS if now < before else Side.OURS


POLICIES: dict[str, Policy] = {
    "own": OURS,
    "taobao": THEIRS,
    "jd": LOWEST,
    "queue": ASK,
    "gentle": CutsHold(),
    "amazon": HIGHEST,
}


def moved(price: Money, percent: int) -> Money:
    return Money(price.minor * (100 + percent) // 100, price.currency)


@dataclass
class TwoHands:
    """Six shops on four platforms; SKUs 0 to 199 are edited there, 100 to 299 changed here."""

    folder: Path
    clock: LoopClock = field(default_factory=LoopClock)
    channels: dict[str, Channel] = field(init=False)
    simulators: dict[str, Simulator] = field(init=False)
    process: Process = field(init=False)
    skus: list[str] = field(init=False)
    base: dict[str, dict[str, Money]] = field(default_factory=dict)
    ours: dict[str, dict[str, Money]] = field(default_factory=dict)
    theirs: dict[str, dict[str, Money]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.channels = {
            name: replace(
                each,
                policies={Field.PRICE: POLICIES[name]},
                guards=GuardSettings(max_changed_percent=None),
            )
            for name, each in read_channels(CHANNELS).items()
        }
        world = World(1, self.clock)
        self.simulators = {
            name: simulator_of(registry.load(each.platform), each, world)
            for name, each in self.channels.items()
        }
        articles = self._articles()
        for name, simulator in self.simulators.items():
            simulator.seed([each.on(self.channels[name].currency) for each in articles])
        self.process = Process(
            self.folder / "mercer.db", self.channels, self.simulators, self.clock, random.Random(1)
        )
        save_products(self.session, [each.product for each in articles])
        for currency in ("CNY", "USD", "EUR"):
            priced = {sku: money for a in articles for sku, money in a.prices[currency].items()}
            self.base[currency] = {sku: priced[sku] for sku in self.skus}
            set_prices(self.session, [PriceEntry(sku, money) for sku, money in priced.items()])

    def _articles(self) -> list[Article]:
        """Enough for 300 SKUs, without compare-at prices, which guards would have a word about."""
        wanted = EDITED + CHANGED - OVERLAP
        articles = [replace(each, compare_at={}) for each in generate(140, 1)]
        self.skus = [sku.sku for each in articles for sku in each.product.skus][:wanted]
        assert len(self.skus) == wanted
        return articles

    @property
    def session(self) -> Session:
        return self.process.session

    def currency(self, channel: str) -> str:
        return self.channels[channel].currency

    def do(self, work: object) -> object:
        return run(self.clock, work)  # type: ignore[arg-type]

    async def agree(self) -> None:
        await pull_listings(self.session)
        auto_link(self.session)
        for name in self.channels:
            adopt_ours(self.session, name)
        await sync(self.session, PlanRequest(fields=(Field.PRICE,)))

    def move(self) -> None:
        """The back offices first; every third move is a cut on either side, so that they cross."""
        for name, simulator in self.simulators.items():
            base = self.base[self.currency(name)]
            self.theirs[name] = {
                sku: moved(base[sku], -9 if number % 3 else 11)
                for number, sku in enumerate(self.skus[:EDITED])
            }
            for sku, price in self.theirs[name].items():
                simulator.edit(sku, Edit(price=price))
        for currency, base in self.base.items():
            self.ours[currency] = {
                sku: moved(base[sku], -14 if number % 2 else 6)
                for number, sku in enumerate(self.skus)
                if number >= EDITED - OVERLAP
            }
            entries = [PriceEntry(sku, price) for sku, price in self.ours[currency].items()]
            set_prices(self.session, entries)

    def expected(self, channel: str, sku: str, asked: str = "") -> Money:
        """By the rules of the policies, told a second time. `asked`: what a person said."""
        base = self.base[self.currency(channel)][sku]
        ours = self.ours[self.currency(channel)].get(sku, base)
        theirs = self.theirs[channel].get(sku)
        if theirs is None:
            return ours
        match POLICIES[channel].name:
            case "ours":
                return ours
            case "theirs":
                return theirs
            case "lowest":
                return min(ours, theirs)
            case "highest":
                return max(ours, theirs)
            case "cuts-hold":
                return theirs if theirs < base else ours
            case _:
                return ours if asked == "ours" else theirs

    def shown(self, channel: str) -> dict[str, Money]:
        truth = {each.merchant_code: each.price for each in self.simulators[channel].offers()}
        return {sku: truth[sku] for sku in self.skus}

    async def reconciled(self) -> dict[str, Report]:
        found, failed = await reconcile(
            self.session, Request(fields=(Field.PRICE,), orders=False, full=True)
        )
        assert not failed
        return found

    async def synced(self) -> Cycle:
        cycle = await sync(self.session, PlanRequest(fields=(Field.PRICE,)))
        assert not cycle.failed
        return cycle


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[TwoHands]:
    made = TwoHands(tmp_path)
    yield made
    made.process.close()


def stands(report: Report) -> Counter[Standing]:
    return Counter(row.standing for row in report.rows)


def test_every_one_of_the_400_moves_is_accounted_for_and_ends_by_its_policy(
    hands: TwoHands,
) -> None:
    run(hands.clock, _play(hands))


async def _play(hands: TwoHands) -> None:
    await hands.agree()
    assert {name: stands(each) for name, each in (await hands.reconciled()).items()} == {
        name: Counter() for name in hands.channels
    }
    hands.move()
    await hands.clock.sleep(600)

    for name, found in (await hands.reconciled()).items():
        told = stands(found)
        assert told == {
            Standing.OURS_MOVED: CHANGED - OVERLAP,
            Standing.THEIRS_MOVED: EDITED - OVERLAP,
            Standing.BOTH_MOVED: OVERLAP,
        }, name
        assert sum(told.values()) + told[Standing.BOTH_MOVED] == EDITED + CHANGED
        assert found.counts["price"] - Counter({Standing.IN_SYNC: 10**6}) == told
        for row in found.rows:
            sku = row.sku or ""
            base, ours = hands.base[hands.currency(name)][sku], hands.ours[hands.currency(name)]
            theirs = hands.theirs[name].get(sku, base)
            sides = (str(base), str(ours.get(sku, base)), str(theirs))
            assert (row.agreed, row.ours, row.theirs) == sides

    await hands.synced()
    await hands.clock.sleep(600)
    for name in hands.channels:
        wanted = {sku: hands.expected(name, sku) for sku in hands.skus}
        assert hands.shown(name) == wanted, name

    await _settle_the_queue(hands)
    for name, found in (await hands.reconciled()).items():
        assert found.in_sync, name
        assert not [row for row in found.rows if not row.settled]
    second = await hands.synced()
    assert second.plan.totals.changes == 0


async def _settle_the_queue(hands: TwoHands) -> None:
    """All that was disputed on the channel that asks waits, and only there; a person settles it."""
    with hands.session.database.read() as tx:
        waiting = list(conflicts.listed(tx, Choice()))
    assert {each.cell.key.channel for each in waiting} == {"queue"}
    assert {each.cell.sku for each in waiting} == set(hands.theirs["queue"])
    half = len(waiting) // 2
    resolve(hands.session, waiting[:half], Answer(How.OURS, "the book is right"))
    resolve(hands.session, waiting[half:], Answer(How.THEIRS, "the shop knows better"))
    await hands.synced()
    await hands.clock.sleep(600)
    asked = {each.cell.sku: "ours" for each in waiting[:half]}
    wanted = {sku: hands.expected("queue", sku, asked.get(sku, "theirs")) for sku in hands.skus}
    assert hands.shown("queue") == wanted
