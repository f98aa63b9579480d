"""A seeded world: buyers, back offices, a seller who changes her mind, and connections that fail.

However it went, once it is quiet every shop shows what it should and every unit is accounted for.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from mercer.core.account import Channel
from mercer.core.cell import Lane
from mercer.core.contract import GroupBy, OrderReads
from mercer.core.errors import AuthExpired, MercerError, Throttled, Transient
from mercer.core.merge import State
from mercer.core.order import OrderStatus
from mercer.core.product import Product, Sku
from mercer.core.stock import Balance
from mercer.core.stock_rule import StockRule
from mercer.store import tables
from mercer.store.database import Database
from mercer.sync.adopt import adopt_ours
from mercer.sync.catalogue import save_products
from mercer.sync.renew import renew_pairs
from tests.sync import hostile
from tests.sync.conftest import Seller, yuan
from tests.sync.hostile import Crash, Fault, Hostile, WithoutCompareAndSet

FAULTS: tuple[Fault, ...] = (
    hostile.swallow,
    hostile.fail_after,
    hostile.fail_before,
    hostile.time_out,
    hostile.garble,
    hostile.lose_race,
    hostile.omit_last,
    hostile.throttle,
    hostile.expire,
    hostile.crash_before,
    hostile.crash_after,
)
READ_FAULTS: tuple[Callable[[], MercerError], ...] = (
    lambda: Transient("not reachable", in_doubt=False),
    lambda: Throttled("come back in an hour", delay=3600.0),
    lambda: AuthExpired("the token has expired"),
)
SLOW = OrderReads(overlap=timedelta(seconds=5), lag=timedelta(seconds=60))


@dataclass
class World:
    """One run, the same for the same seed."""

    seed: int
    seller: Seller
    rng: random.Random = field(init=False)
    skus: list[str] = field(default_factory=list)
    trouble: float = 0.08

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    # ------------------------------------------------------------------ the beginning

    async def open(self) -> None:
        seller = self.seller
        seller.add_channel(Channel("north", "memory", "north", "CNY"))
        half = StockRule("half", percent=50)
        seller.add_channel(
            Channel("south", "memory", "south", "CNY", stock_rule=half), WithoutCompareAndSet
        )
        if self.rng.random() < 0.5:
            seller.add_channel(Channel("west", "memory", "west", "CNY"), WithoutCompareAndSet)
            west = seller.at("west")
            west.order_lag, west.write_lag = SLOW.lag, timedelta(seconds=4)
            seller.declare(
                "west",
                orders=SLOW,
                settle=timedelta(seconds=5),
                groups={Lane.PRICE: GroupBy.LISTING},
            )
        for number in range(4):
            code, skus = f"p{number}", [f"S{number}-{size}" for size in "ab"[: 1 + number % 2]]
            self.skus += skus
            seller.own(code, *skus, quantity=self.rng.randint(5, 30))
            for channel in seller.channels:
                if self.rng.random() < 0.9:
                    seller.show(channel, code, *skus, quantity=self.rng.randint(0, 30))
        await seller.pull()
        for channel in seller.channels:
            adopt_ours(seller.session, channel)
            seller.at(channel).before_each = self.between_calls

    def between_calls(self, call: str) -> None:
        self.seller.clock.advance(self.rng.uniform(0.02, 0.6))
        if self.rng.random() < self.trouble / 2:
            self.buy()

    # ------------------------------------------------------------------ what people do

    def channel(self) -> str:
        return self.rng.choice(sorted(self.seller.channels))

    def price(self) -> str:
        return f"{self.rng.randint(950, 1150) / 100:.2f}"

    def buy(self) -> None:
        channel, sku = self.channel(), self.rng.choice(self.skus)
        shop = self.seller.shops[channel]
        try:
            _, offer = shop.find(sku)
        except KeyError:
            return
        quantity = self.rng.randint(1, 3)
        if offer.stock[0].quantity >= quantity:
            at = self.seller.clock.now()
            if self.rng.random() < 0.5:
                at = at.replace(microsecond=0)
            shop.sell(sku, quantity, at)

    def cancel(self) -> None:
        shop = self.seller.shops[self.channel()]
        paid = [each for each in shop.orders.values() if each.status is OrderStatus.PAID]
        if paid:
            shop.cancel(self.rng.choice(paid).order, self.seller.clock.now())

    def ship(self) -> None:
        shop = self.seller.shops[self.channel()]
        paid = [each for each in shop.orders.values() if each.status is OrderStatus.PAID]
        if paid:
            order = self.rng.choice(paid)
            lines = tuple(replace(line, shipped=line.quantity) for line in order.lines)
            now = self.seller.clock.now()
            shop.orders[order.order] = replace(
                order, status=OrderStatus.SHIPPED, updated_at=now, lines=lines
            )

    def edit(self) -> None:
        """Somebody at the shop's own back office."""
        shop = self.seller.shops[self.channel()]
        page = self.rng.choice(list(shop.listings.values()))
        offer = self.rng.choice(page.offers)
        match self.rng.randrange(3):
            case 0:
                shop.change(page.listing, offer.offer, price=yuan(self.price()))
            case 1:
                shop.change(page.listing, offer.offer, quantity=self.rng.randint(0, 40))
            case _:
                shop.rewrite(page.listing, title=f"Edited {self.rng.randint(0, 9)}")

    def set_price(self) -> None:
        channel = self.rng.choice(["", self.channel()])
        self.seller.set_price(self.rng.choice(self.skus), self.price(), channel)

    def count(self) -> None:
        self.seller.count(self.rng.choice(self.skus), self.rng.randint(0, 40))

    def rename(self) -> None:
        number = self.rng.randrange(4)
        product = Product(f"p{number}", f"Title {self.rng.randint(0, 99)}", None)
        save_products(self.seller.session, [product])

    def wait(self) -> None:
        self.seller.later(self.rng.uniform(0.5, 200))

    # ------------------------------------------------------------------ what Mercer does

    async def sync(self) -> None:
        for channel in self.seller.channels:
            self.upset(self.seller.at(channel))
        try:
            if self.rng.random() < 0.3:
                plan = self.seller.plan()
                self.wait()
                self.buy()
                self.edit()
                await self.seller.apply(plan)
            else:
                await self.seller.sync()
        except Crash:
            pass
        for channel in self.seller.channels:
            self.seller.at(channel).faults.clear()
            self.seller.at(channel).read_faults.clear()

    def upset(self, adapter: Hostile) -> None:
        rng, often = self.rng, self.trouble
        adapter.faults = [rng.choice(FAULTS) if rng.random() < often * 3 else None for _ in "12345"]
        adapter.read_faults = [
            rng.choice(READ_FAULTS)() if rng.random() < often / 2 else None for _ in range(8)
        ]

    async def live(self, steps: int) -> None:
        people: list[Callable[[], None]] = [
            self.buy,
            self.buy,
            self.buy,
            self.cancel,
            self.ship,
            self.edit,
            self.set_price,
            self.count,
            self.rename,
            self.wait,
        ]
        mercer: list[Callable[[], Awaitable[None]]] = [self.sync]
        for _ in range(steps):
            if self.rng.random() < 0.25:
                await self.rng.choice(mercer)()
            else:
                self.rng.choice(people)()

    async def quiet(self) -> None:
        """Nobody moves any more; a few cycles must do."""
        self.trouble = 0.0
        for _ in range(8):
            self.seller.later(150)
            cycle = await self.seller.sync()
            assert cycle.failed == {}
            if cycle.plan.totals.changes == 0 and not self.open_rows():
                return
        left = [(c.cell, c.before, c.after, c.guard) for c in self.seller.changes(cycle.plan)]
        pytest.fail(f"not quiet after eight cycles: {left}")

    # ------------------------------------------------------------------ what must hold

    def open_rows(self) -> int:
        return sum(self.seller.open_rows(channel) for channel in self.seller.channels)

    def check_index(self) -> None:
        """Computing every cell anew finds nothing that the kept states do not say."""
        seller = self.seller
        kept = seller.rows(tables.cells)
        with seller.database.write() as tx:
            renew_pairs(tx, seller.session, {(row["channel"], row["listing"]) for row in kept})
        assert seller.rows(tables.cells) == kept

    def check(self) -> None:
        self.check_index()
        states = {row["state"] for row in self.seller.rows(tables.cells)}
        assert states <= {State.AGREED.value, State.FOLLOWED.value}
        for sku in self.skus:
            balance = self.seller.balance(sku)
            assert balance is not None
            self.check_ledger(sku, balance)
            self.check_shops(sku, balance)

    def check_ledger(self, sku: str, balance: Balance) -> None:
        reserved = shipped = 0
        for shop in self.seller.shops.values():
            for order in shop.orders.values():
                for line in order.lines:
                    if line.merchant_code == sku and order.status is not OrderStatus.CANCELLED:
                        reserved += line.quantity - line.shipped
                        shipped += line.shipped
        moves = [row for row in self.seller.rows(tables.movements) if row["sku"] == sku]
        counted = sum(row["on_hand"] for row in moves if row["kind"] in {"opening", "adjustment"})
        assert balance == Balance(counted - shipped, reserved)
        low, running = 0, 0
        for row in moves:
            running += row["on_hand"] - row["reserved"]
            low = min(low, running if row["kind"] == "reservation" else 0)
        if low < 0:
            assert any(row["sku"] == sku for row in self.seller.rows(tables.incidents))

    def check_shops(self, sku: str, balance: Balance) -> None:
        book = {
            (row["sku"], row["channel"]): row["price"] for row in self.seller.rows(tables.prices)
        }
        titles = {row["code"]: row["title"] for row in self.seller.rows(tables.products)}
        for name, shop in self.seller.shops.items():
            page, offer = shop.find(sku)
            rule = self.seller.channels[name].stock_rule
            assert str(offer.price) == book.get((sku, name), book[sku, ""])
            shown = rule.published(balance.available, self.seller.clock.now())
            assert offer.stock[0].quantity == shown.units
            assert page.title == titles[f"p{sku[1]}"]


async def run(database: Database, seed: int, steps: int) -> None:
    world = World(seed, Seller(database))
    await world.open()
    await world.live(steps)
    await world.quiet()
    world.check()


@pytest.mark.parametrize("seed", range(8))
async def test_a_world_comes_right_once_it_is_quiet(database: Database, seed: int) -> None:
    await run(database, seed, steps=30)


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(30, 31))
async def test_a_world_comes_right_on_both_databases(database: Database, seed: int) -> None:
    await run(database, seed, steps=30)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1004))
async def test_a_long_troubled_world_comes_right_once_it_is_quiet(
    database: Database, seed: int
) -> None:
    await run(database, seed, steps=100)


def test_a_product_made_without_skus_keeps_those_it_has(database: Database) -> None:
    """The world renames products so; their SKUs must not be lost."""
    seller = Seller(database)
    seller.own("tee", "TEE-S")
    save_products(seller.session, [Product("tee", "New title")])
    skus = [row["sku"] for row in seller.rows(tables.skus)]
    assert skus == [Sku("TEE-S").sku]
