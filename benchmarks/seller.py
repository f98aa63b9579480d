"""A seller with one simulated channel, and everything between: engine, store, transport, one clock.

Nothing is left out but the network, so a virtual second is one that a quota or the platform asked for.
"""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import httpx
from sqlalchemy import Table

from mercer.core.account import Channel
from mercer.core.cell import Field
from mercer.core.clock import VirtualClock
from mercer.core.guard import GuardSettings
from mercer.core.merge import Cause, State
from mercer.core.price import PriceEntry
from mercer.log import at_level
from mercer.plugins import registry
from mercer.plugins.client import HttpClient
from mercer.plugins.simulation import Simulator, World
from mercer.plugins.transport import Transport
from mercer.sandbox.catalogue import Article, generate
from mercer.store import tables
from mercer.store.database import Database, open_database
from mercer.store.quota import SharedLimiter
from mercer.sync.adopt import adopt_ours
from mercer.sync.catalogue import save_products, set_prices
from mercer.sync.intake import pull_orders
from mercer.sync.link import auto_link
from mercer.sync.pull import pull_listings
from mercer.sync.session import Connection, Session
from mercer.sync.stocktake import Count, take_stock
from mercer.testkit.mount import address, mounted

CURRENCIES: Final = {"amazon": "EUR", "jd": "CNY", "shopify": "USD", "taobao": "CNY"}
LOOKS: Final = frozenset(
    {
        "searchOrders",
        "orders",
        "jingdong.pop.order.search",
        "taobao.trades.sold.increment.get",
    }
)
"""The operation that each platform's look at the orders begins with."""

_TOKENS: Final = frozenset({"auth/o2/token", "oauth/access_token"})
_FULL: Final = 24 * 3600.0
"""Seconds after which every quota is full again."""


class Sent(logging.Handler):
    """Every attempt that the transport logged, but for those that ask for a token.

    `looks` are the moments at which a look at the orders began.
    """

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(logging.INFO)
        self._clock = clock
        self.operations: Counter[str] = Counter()
        self.throttled = 0
        self.looks: list[datetime] = []

    def emit(self, record: logging.LogRecord) -> None:
        operation = getattr(record, "operation", "")
        if not operation or operation in _TOKENS:
            return
        self.operations[operation] += 1
        self.throttled += getattr(record, "error", None) == "throttled"
        if operation in LOOKS:
            self.looks.append(self._clock.now())

    @property
    def requests(self) -> int:
        return self.operations.total()


@dataclass(slots=True)
class Seller:
    """`moved` prices at home wait to be planned; the shop shows the old ones."""

    platform: str
    database: Database
    world: World
    simulator: Simulator
    session: Session
    articles: list[Article]
    client: httpx.AsyncClient

    @classmethod
    def of(cls, platform: str, products: int, seed: int = 7, **settings: str) -> Seller:
        world = World(seed, VirtualClock())
        currency = CURRENCIES[platform]
        guards = GuardSettings(
            max_changed_percent=None, max_sold_out_percent=None, prior_price=False
        )
        channel = Channel(platform, platform, platform, currency, guards=guards)
        plugin = registry.load(platform)
        assert plugin.simulator is not None, f"{platform} brings no simulator"
        simulator = plugin.simulator(channel, world)
        articles = generate(products, seed)
        simulator.seed([article.on(currency) for article in articles])
        database, client = open_database(None), mounted({platform: simulator})
        transport = Transport(
            HttpClient(client),
            SharedLimiter(database),
            world.clock,
            channel=platform,
            account=platform,
            rng=random.Random(seed),
        )
        values = simulator.settings(address(platform)) | settings
        connected: Any = plugin.connect(
            channel, plugin.settings.model_validate(values), transport, world.clock
        )
        connection = Connection(channel, connected)
        session = Session(database, world.clock, {platform: connection}, {platform: channel})
        return cls(platform, database, world, simulator, session, articles, client)

    @property
    def clock(self) -> VirtualClock:
        return self.world.clock

    async def take_over(self) -> None:
        """The shop is read, known at home and agreed on; its quotas are full again."""
        save_products(self.session, [article.product for article in self.articles])
        currency = CURRENCIES[self.platform]
        set_prices(
            self.session,
            [
                PriceEntry(sku, price, compare_at=each.compare_at.get(currency, {}).get(sku))
                for each in self.articles
                for sku, price in each.prices[currency].items()
            ],
        )
        take_stock(
            self.session,
            [
                Count(sku, "", number)
                for each in self.articles
                for sku, number in each.quantities.items()
            ],
        )
        await self._well(pull_listings(self.session))
        await self._well(pull_orders(self.session))
        auto_link(self.session)
        adopt_ours(self.session, self.platform)
        self.clock.advance(_FULL)
        await self._well(pull_orders(self.session))
        self.clock.advance(600)

    def plant_moved_prices(self, share: str = "0.95") -> None:
        """As `take_over` and `move_prices` leave prices, written straight into the tables.

        For catalogues so large that taking them over takes longer than the job that is measured.
        """
        shown = self.simulator.offers()
        now, ratio = self.clock.now(), Decimal(share)
        moved = [str(each.price.scaled(ratio)) for each in shown]
        own = [article.product for article in self.articles]
        pages = {each.listing: each for each in shown}
        rows: dict[Table, list[dict[str, Any]]] = {
            tables.channels: [
                {"name": self.platform, "enumerated_at": now, "orders_watermark": now}
            ],
            tables.products: [
                {"code": p.code, "title": p.title, "status": "active", "tags": [], "images": []}
                for p in own
            ],
            tables.skus: [
                {"sku": sku.sku, "product": p.code, "position": at, "options": []}
                for p in own
                for at, sku in enumerate(p.skus)
            ],
            tables.prices: [
                {
                    "sku": each.merchant_code,
                    "channel": "",
                    "currency": each.price.currency,
                    "price": price,
                    "version": 1,
                    "set_at": now,
                }
                for each, price in zip(shown, moved, strict=True)
            ],
            tables.listings: [
                {"channel": self.platform, "listing": id, "title": each.title, "seen_at": now}
                for id, each in pages.items()
            ],
            tables.offers: [
                {
                    "channel": self.platform,
                    "listing": each.listing,
                    "offer": each.offer,
                    "merchant_code": each.merchant_code,
                    "options": [],
                    "deduct_at": "order",
                    "fulfilled_by": "seller",
                    "sku": each.merchant_code,
                    "linked_by": "code",
                    "seen_at": now,
                }
                for each in shown
            ],
            tables.cells: [
                {
                    "channel": self.platform,
                    "listing": each.listing,
                    "offer": each.offer,
                    "field": Field.PRICE.value,
                    "scope": "",
                    "sku": each.merchant_code,
                    "desired": price,
                    "why": "price book v1",
                    "observed": str(each.price),
                    "observed_at": now,
                    "base": str(each.price),
                    "base_at": now,
                    "gone": False,
                    "state": State.PUSH.value,
                    "cause": Cause.MOVED.value,
                    "unexplained": 0,
                }
                for each, price in zip(shown, moved, strict=True)
            ],
        }
        with self.database.write() as tx:
            for table, new in rows.items():
                tx.execute(table.insert(), new)
        self.clock.advance(3600)

    @staticmethod
    async def _well(work: Any) -> None:
        _, failed = await work
        for error in failed.values():
            raise error

    def skus(self) -> list[str]:
        return [sku.sku for article in self.articles for sku in article.product.skus]

    def move_prices(self, share: str = "0.95", among: set[str] | None = None) -> None:
        """Every SKU's price in the book, or those of some, at a share of what it was."""
        currency = CURRENCIES[self.platform]
        set_prices(
            self.session,
            [
                PriceEntry(sku, price.scaled(Decimal(share)))
                for each in self.articles
                for sku, price in each.prices[currency].items()
                if among is None or sku in among
            ],
        )

    def count(self, numbers: dict[str, int]) -> None:
        take_stock(self.session, [Count(sku, "", number) for sku, number in numbers.items()])

    @contextmanager
    def listening(self) -> Iterator[Sent]:
        logger, sent = logging.getLogger("mercer.transport"), Sent(self.clock)
        logger.addHandler(sent)
        try:
            with at_level(logging.INFO):
                yield sent
        finally:
            logger.removeHandler(sent)
