"""A seller with two shops in memory, one catalogue and a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from mercer.core.account import Channel
from mercer.core.approval import ApprovalRules
from mercer.core.cell import NOTHING, CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.clock import VirtualClock
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.money import Money
from mercer.core.order import Order
from mercer.core.plan import Change
from mercer.core.price import PriceEntry
from mercer.core.product import Product, Sku
from mercer.core.stock import Balance, StockReading
from mercer.plugins.memory.shop import Shop
from mercer.store import cells, ledger, runs
from mercer.store.database import Database
from mercer.store.plans import Plan
from mercer.store.tables import prices
from mercer.store.vault import Vault
from mercer.sync.apply import Applied, apply_plan, load_plan
from mercer.sync.catalogue import save_products, set_prices
from mercer.sync.cycle import Cycle, sync
from mercer.sync.intake import pull_orders
from mercer.sync.link import auto_link
from mercer.sync.planning import Request, make_plan
from mercer.sync.pull import pull_listings
from mercer.sync.renew import renew_skus
from mercer.sync.session import Connection, Session
from mercer.sync.stocktake import Count, take_stock
from tests.sync.hostile import Hostile


def yuan(amount: str) -> Money:
    return Money.of(amount, "CNY")


@dataclass
class Seller:
    """Everything of one workspace within reach. Offer ids are `<product>/<sku>`."""

    database: Database
    clock: VirtualClock = field(default_factory=VirtualClock)
    shops: dict[str, Shop] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    vault: Vault | None = None
    reporting_currency: str = ""
    approval: ApprovalRules | None = None

    def add_channel(self, channel: Channel, adapter: type[Hostile] = Hostile) -> Shop:
        """A shop that behaves until its adapter is told otherwise; one of the name is replaced."""
        shop = Shop(channel.currency)
        self.shops[channel.name] = shop
        self.channels[channel.name] = channel
        self.connections[channel.name] = Connection(channel, adapter(shop, self.clock))
        return shop

    def at(self, channel: str) -> Hostile:
        adapter = self.connections[channel].adapter
        assert isinstance(adapter, Hostile)
        return adapter

    def rule(self, channel: str, **settings: Any) -> None:
        """Change a channel's settings, as an edit of the configuration would."""
        changed = replace(self.channels[channel], **settings)
        self.channels[channel] = changed
        self.connections[channel] = Connection(changed, self.connections[channel].adapter)

    def declare(self, channel: str, **declared: Any) -> None:
        adapter = self.at(channel)
        adapter.says = replace(adapter.says, **declared)

    @property
    def session(self) -> Session:
        return Session(
            self.database,
            self.clock,
            self.connections,
            self.channels,
            who="tester",
            vault=self.vault,
            reporting_currency=self.reporting_currency,
            approval=self.approval,
        )

    def own(self, code: str, *skus: str, price: str = "10.00", quantity: int = 10) -> None:
        """A product with SKUs in the catalogue, priced and counted."""
        product = Product(code, f"Title of {code}", None, skus=tuple(map(Sku, skus)))
        save_products(self.session, [product])
        set_prices(self.session, [PriceEntry(sku, yuan(price)) for sku in skus])
        take_stock(self.session, [Count(sku, "", quantity) for sku in skus])

    def show(
        self, channel: str, code: str, *skus: str, price: str = "10.00", quantity: int = 10
    ) -> None:
        """A listing at a shop whose offers carry the SKUs as merchant codes."""
        offers = tuple(
            Offer(f"{code}/{sku}", sku, yuan(price), NOTHING, (StockReading("", quantity),))
            for sku in skus
        )
        page = Listing(code, f"Title of {code}", ListingStatus.LISTED, offers, "", code)
        self.shops[channel].put(page)

    async def agree(self, code: str, *skus: str, price: str = "10.00", quantity: int = 10) -> None:
        """A product in the catalogue, and both shops showing it just so."""
        self.own(code, *skus, price=price, quantity=quantity)
        for channel in self.channels:
            self.show(channel, code, *skus, price=price, quantity=quantity)
        await self.pull()

    def count(self, sku: str, quantity: int) -> None:
        take_stock(self.session, [Count(sku, "", quantity)])

    def balance(self, sku: str) -> Balance | None:
        with self.database.read() as tx:
            return ledger.balances(tx, [sku]).get(sku)

    def changes(self, plan: Plan) -> list[Change]:
        return load_plan(self.session, plan.header.id)[1]

    async def pull(self) -> None:
        await pull_listings(self.session)
        await pull_orders(self.session)
        auto_link(self.session)

    def plan(self, **request: object) -> Plan:
        return make_plan(self.session, Request(**request))  # type: ignore[arg-type]

    async def apply(self, plan: Plan) -> Applied:
        return await apply_plan(self.session, plan.header.id)

    async def sync(self) -> Cycle:
        return await sync(self.session, Request())

    def cell(self, channel: str, sku: str, of: Field) -> Cell:
        page, offer = self.shops[channel].find(sku)
        key = CellKey(channel, page.listing, offer.offer, of)
        with self.database.read() as tx:
            return cells.of_listings(tx, [(channel, page.listing)])[key]

    def price(self, channel: str, sku: str) -> str:
        return str(self.shops[channel].find(sku)[1].price)

    def quantity(self, channel: str, sku: str) -> int:
        return self.shops[channel].find(sku)[1].stock[0].quantity

    def set_price(self, sku: str, price: str, channel: str = "") -> None:
        set_prices(self.session, [PriceEntry(sku, yuan(price), channel)])

    def undeclare_compare_at(self, sku: str) -> None:
        """As if no compare-at price had ever been set for it."""
        with self.database.write() as tx:
            tx.execute(update(prices).where(prices.c.sku == sku).values(compare_at=None))
            renew_skus(tx, self.session, [sku])

    def later(self, seconds: float = 60.0) -> None:
        self.clock.advance(seconds)

    def sell(self, channel: str, sku: str, quantity: int = 1) -> Order:
        return self.shops[channel].sell(sku, quantity, self.clock.now())

    def journal(self, run: str) -> list[dict[str, Any]]:
        with self.database.read() as tx:
            return runs.attempts_of(tx, run)

    def open_rows(self, channel: str) -> int:
        """Journal rows that nothing has settled yet."""
        with self.database.read() as tx:
            return len(runs.unsettled(tx, channel)) + len(runs.creations_in_doubt(tx, channel))

    def rows(self, table: Table) -> list[dict[str, Any]]:
        query = select(table).order_by(*table.primary_key)
        with self.database.read() as tx:
            return [dict(row) for row in tx.execute(query).mappings()]


@pytest.fixture
def seller(database: Database) -> Seller:
    """Two shops, `north` and `south`, that sell in CNY."""
    made = Seller(database)
    for name in ("north", "south"):
        made.add_channel(Channel(name, "memory", name, "CNY"))
    return made
