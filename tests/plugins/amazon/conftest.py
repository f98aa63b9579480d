"""A simulated seller account, and an adapter that reaches it in-process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from mercer.core.account import Channel
from mercer.core.clock import VirtualClock
from mercer.core.contract import OfferPrice, PriceWrite, StockWrite
from mercer.core.listing import Listing
from mercer.core.money import Money
from mercer.core.product import Product, Sku
from mercer.core.shipping import Packed, Shipment
from mercer.plugins.amazon.adapter import ListeningAdapter
from mercer.plugins.amazon.settings import AmazonSettings
from mercer.plugins.amazon.simulator import AmazonSimulator
from mercer.plugins.amazon.simulator.seller import Stock
from mercer.plugins.amazon.simulator.shop import Item
from mercer.plugins.amazon.wire import Wire
from mercer.plugins.client import HttpClient
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.simulation import Fault, FaultKind, ShopProduct, Truth, World
from mercer.plugins.transport import Transport
from mercer.testkit.mount import Mount, address

SPECS = Path(__file__).resolve().parents[3].parent / "shared" / "specs" / "amazon"

CHANNEL = Channel("main", "amazon", "acme", "USD")


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def product(*skus: str, title: str = "Mug", price: str = "20.00", quantity: int = 5) -> ShopProduct:
    """At Amazon, each SKU is a listing of its own."""
    return ShopProduct(
        Product(title.lower(), title, description="Holds tea.", skus=tuple(map(Sku, skus))),
        prices=dict.fromkeys(skus, usd(price)),
        quantities=dict.fromkeys(skus, quantity),
    )


@dataclass
class Recorder(httpx.AsyncBaseTransport):
    """Keeps what went over the wire; `before` may change the world just before an answer."""

    inner: httpx.AsyncBaseTransport
    before: Callable[[httpx.Request], None] = lambda _: None
    seen: list[tuple[httpx.Request, httpx.Response]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.before(request)
        response = await self.inner.handle_async_request(request)
        await response.aread()
        self.seen.append((request, response))
        return response

    def of(self, method: str, text: str) -> list[httpx.Request]:
        """The requests whose address, as it was sent, has this in it."""
        return [
            request
            for request, _ in self.seen
            if request.method == method and text in request.url.raw_path.decode()
        ]


@dataclass
class Rig:
    """One account with both its sides."""

    world: World
    simulator: AmazonSimulator
    recorder: Recorder
    client: httpx.AsyncClient
    channel: Channel = CHANNEL

    @property
    def clock(self) -> VirtualClock:
        return self.world.clock

    def settings(self, **changes: Any) -> AmazonSettings:
        """A channel as people have it: without personal data, unless it is asked for."""
        given = self.simulator.settings(address(self.channel.name)) | {"personal_data": "no"}
        return AmazonSettings.model_validate(given | changes)

    def transport(self) -> Transport:
        return Transport(
            HttpClient(self.client),
            MemoryLimiter(),
            self.clock,
            channel=self.channel.name,
            account=self.channel.account,
        )

    def adapter(self, **changes: Any) -> ListeningAdapter:
        return ListeningAdapter(
            self.channel, self.settings(**changes), self.transport(), self.clock
        )

    def wire(self) -> Wire:
        """The bare wire, for calls that the adapter does not make."""
        return Wire(self.settings(), self.transport(), self.clock)

    def strike(self, kind: FaultKind, count: int | None = 1, *, writes_only: bool = True) -> None:
        self.world.faults.active.append(Fault(kind, count=count, writes_only=writes_only))

    def item(self, sku: str) -> Item:
        return self.simulator.shop.items[sku]

    def stock(self, sku: str) -> Stock:
        return self.simulator.shop.stock(sku)

    def shown(self, sku: str) -> Truth:
        """What the shop really has, without lag."""
        return next(each for each in self.simulator.offers() if each.merchant_code == sku)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    world = World()
    simulator = AmazonSimulator(CHANNEL, world)
    recorder = Recorder(Mount({CHANNEL.name: simulator}))
    async with httpx.AsyncClient(transport=recorder) as client:
        yield Rig(world, simulator, recorder, client)


async def listings(adapter: ListeningAdapter) -> dict[str, Listing]:
    """By SKU."""
    return {
        listing.listing: listing
        async for page in adapter.read_listings()
        for listing in page.listings
    }


def price_write(listing: Listing, price: str) -> PriceWrite:
    return PriceWrite(listing, (OfferPrice(listing.offers[0], usd(price)),))


def whole_order(
    rig: Rig, order: str, tracking: str = "1Z999", carrier: str = "ups", key: str = "parcel-1"
) -> Shipment:
    """A parcel with everything that the shop has not yet been told of."""
    lines = rig.simulator.shop.orders[order].lines
    left = {
        line.id: line.quantity - rig.simulator.shop.orders[order].packed(line.id) for line in lines
    }
    packed = tuple(Packed(line, units) for line, units in left.items() if units)
    return Shipment(order, carrier, tracking, packed, whole=True, key=key)


def stock_write(listing: Listing, quantity: int) -> StockWrite:
    (offer,) = listing.offers
    return StockWrite(listing, offer, "DEFAULT", quantity, offer.stock[0].quantity)
