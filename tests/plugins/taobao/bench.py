"""A simulated shop with the adapter connected to it in-process, on a clock that stands still."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from mercer.core.account import Channel
from mercer.core.after_sales import Case
from mercer.core.clock import VirtualClock
from mercer.core.contract import (
    ListingPage,
    OfferPrice,
    PriceWrite,
    StockWrite,
)
from mercer.core.listing import Listing
from mercer.core.money import Money
from mercer.core.order import Order
from mercer.core.product import Product, Sku
from mercer.plugins.client import HttpClient
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.simulation import Dropped, Fault, FaultKind, ShopProduct, World
from mercer.plugins.taobao.adapter import TaobaoAdapter
from mercer.plugins.taobao.settings import SellerType, TaobaoSettings
from mercer.plugins.taobao.simulator import TaobaoSimulator
from mercer.plugins.taobao.wire import Top
from mercer.plugins.transport import Transport

ADDRESS = "http://127.0.0.1"


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@dataclass
class InProcess(httpx.AsyncBaseTransport):
    """Serves an ASGI app; `before` may change the world just before a request is answered."""

    app: Any
    before: Callable[[dict[str, str]], None] = lambda _: None
    apis: list[str] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        params = dict(httpx.QueryParams((await request.aread()).decode("utf-8", "replace")))
        self.apis.append(params.get("method", ""))
        self.before(params)
        try:
            return await httpx.ASGITransport(self.app).handle_async_request(request)
        except Dropped:
            raise httpx.ReadError("dropped", request=request) from None


class Bench:
    def __init__(self, seller_type: SellerType = "C") -> None:
        self.clock = VirtualClock()
        self.world = World(1, self.clock)
        name = "tmall-flagship" if seller_type == "B" else "taobao-shop"
        self.channel = Channel(name, "taobao", "acme", "CNY", "Asia/Shanghai")
        self.simulator = TaobaoSimulator(self.channel, self.world, seller_type)
        self.wire = InProcess(self.simulator.app)
        self.client = httpx.AsyncClient(transport=self.wire)
        self.adapter = self.connected()

    def connected(self, **changes: str) -> TaobaoAdapter:
        settings = self.settings(**changes)
        return TaobaoAdapter(self.channel, settings, self._transport(), self.clock)

    def top(self) -> Top:
        """The bare session, for calls that the adapter does not make."""
        return Top(self.settings(), self._transport(), self.clock)

    def settings(self, **changes: str) -> TaobaoSettings:
        return TaobaoSettings.model_validate(self.simulator.settings(ADDRESS) | changes)

    def _transport(self) -> Transport:
        return Transport(
            HttpClient(self.client),
            MemoryLimiter(),
            self.clock,
            channel=self.channel.name,
            account=self.channel.account,
            rng=random.Random(1),
        )

    # ------------------------------------------------------------ the shop

    def stock_with(self, *products: ShopProduct) -> None:
        self.simulator.seed(products)

    def fault(self, kind: FaultKind, count: int = 1, *, writes_only: bool = False) -> None:
        self.world.faults.active.append(Fault(kind, count=count, writes_only=writes_only))

    # ------------------------------------------------------------ through the adapter

    async def pages(self) -> list[ListingPage]:
        return [page async for page in self.adapter.read_listings()]

    async def listings(self) -> dict[str, Listing]:
        """By title."""
        pages = await self.pages()
        return {listing.title: listing for page in pages for listing in page.listings}

    async def read_again(self, listing: Listing) -> Listing:
        (again,) = await self.adapter.read_back([listing.listing])
        return again

    async def orders(self, since: timedelta = timedelta(minutes=30)) -> list[Order]:
        now = self.clock.now()
        pages = [page async for page in self.adapter.read_orders(now - since, now)]
        return [order for page in pages for order in page.orders]

    async def order(self, tid: str) -> Order:
        found = await self.adapter.read_order(tid)
        assert found is not None
        return found

    async def cases(self, since: timedelta = timedelta(hours=1)) -> list[Case]:
        now = self.clock.now()
        pages = [page async for page in self.adapter.read_after_sales(now - since, now)]
        assert not any(page.unreadable for page in pages)
        return [case for page in pages for case in page.cases]


def tee(title: str = "示例T恤", **amounts: tuple[str, int]) -> ShopProduct:
    """A product with one SKU for each size: `S=("99.00", 5)`."""
    skus = tuple(
        Sku(f"{title}-{size}", options=(("颜色", "黑"), ("尺码", size))) for size in amounts
    )
    return ShopProduct(
        Product(f"{title}-code", title, "一件很好的T恤", skus=skus),
        {sku.sku: cny(price) for sku, (price, _) in zip(skus, amounts.values(), strict=True)},
        {sku.sku: number for sku, (_, number) in zip(skus, amounts.values(), strict=True)},
    )


def mug(title: str = "杯子", price: str = "25.00", quantity: int = 8) -> ShopProduct:
    """A product without variants, which becomes an item without SKUs."""
    sku = f"{title}-code"
    product = Product(sku, title, "一只很好的杯子", skus=(Sku(sku),))
    return ShopProduct(product, {sku: cny(price)}, {sku: quantity})


def price_write(listing: Listing, prices: Sequence[str | None]) -> PriceWrite:
    """One price for each offer of the listing; `None` leaves the offer out."""
    pairs = zip(listing.offers, prices, strict=True)
    offers = tuple(OfferPrice(offer, cny(price)) for offer, price in pairs if price)
    return PriceWrite(listing, offers)


def stock_writes(listing: Listing, quantities: Sequence[int]) -> list[StockWrite]:
    return [
        StockWrite(listing, offer, "", quantity, offer.stock[0].quantity)
        for offer, quantity in zip(listing.offers, quantities, strict=True)
    ]
