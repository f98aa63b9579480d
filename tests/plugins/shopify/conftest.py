"""A simulated shop, and an adapter that reaches it in-process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, build_schema

from mercer.core.account import Channel
from mercer.core.clock import VirtualClock
from mercer.core.listing import Listing
from mercer.core.money import Money
from mercer.core.product import Product, Sku
from mercer.plugins.client import HttpClient
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.shopify.adapter import ShopifyAdapter
from mercer.plugins.shopify.settings import ShopifySettings
from mercer.plugins.shopify.simulator import ShopifySimulator
from mercer.plugins.simulation import Fault, FaultKind, ShopProduct, World
from mercer.plugins.transport import Transport
from mercer.testkit.mount import address, mounted

SPECS = Path(__file__).resolve().parents[3].parent / "shared" / "specs" / "shopify"

CHANNEL = Channel("main", "shopify", "acme", "USD")


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


def tee(code: str = "TEE", skus: int = 2, quantity: int = 5) -> ShopProduct:
    """A product whose SKUs are `TEE-1`, `TEE-2`, ... at 20.00 each, struck through from 30.00."""
    codes = [f"{code}-{number}" for number in range(1, skus + 1)]
    sizes = [Sku(sku, options=(("Size", sku),)) for sku in codes]
    return ShopProduct(
        Product(code, f"Shirt {code}", description="<p>Soft.</p>", skus=tuple(sizes)),
        prices=dict.fromkeys(codes, usd("20.00")),
        quantities=dict.fromkeys(codes, quantity),
        compare_at=dict.fromkeys(codes, usd("30.00")),
    )


@dataclass
class Rig:
    """One shop with both its sides."""

    world: World
    simulator: ShopifySimulator
    client: httpx.AsyncClient

    @property
    def clock(self) -> VirtualClock:
        return self.world.clock

    def adapter(self, **settings: Any) -> ShopifyAdapter:
        given = self.simulator.settings(address(CHANNEL.name)) | settings
        transport = Transport(
            HttpClient(self.client),
            MemoryLimiter(),
            self.clock,
            channel=CHANNEL.name,
            account="acme",
        )
        return ShopifyAdapter(CHANNEL, ShopifySettings(**given), transport, self.clock)

    def strike(self, kind: FaultKind, count: int = 1, *, writes_only: bool = True) -> None:
        fault = Fault(kind, count=count, channel=CHANNEL.name, writes_only=writes_only)
        self.world.faults.active.append(fault)

    def shown(self, sku: str) -> Any:
        """What the shop really shows for a SKU."""
        return next(each for each in self.simulator.offers() if each.merchant_code == sku)

    async def graphql(self, text: str, **variables: object) -> Any:
        """A raw request with a token of its own; returns the whole JSON answer."""
        body = {"query": text, "variables": variables}
        reply = await self.client.post(
            f"{address(CHANNEL.name)}/admin/api/2026-10/graphql.json",
            headers={"X-Shopify-Access-Token": await self.token()},
            content=json.dumps(body),
        )
        assert reply.status_code == 200
        return reply.json()

    async def token(self) -> str:
        settings = self.simulator.settings(address(CHANNEL.name))
        body = {
            "client_id": settings["client_id"],
            "client_secret": settings["client_secret"],
            "grant_type": "client_credentials",
        }
        reply = await self.client.post(
            f"{address(CHANNEL.name)}/admin/oauth/access_token", json=body
        )
        return str(reply.json()["access_token"])


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    world = World()
    simulator = ShopifySimulator(CHANNEL, world)
    async with mounted({CHANNEL.name: simulator}) as client:
        yield Rig(world, simulator, client)


async def listings(adapter: ShopifyAdapter) -> list[Listing]:
    return [listing async for page in adapter.read_listings() for listing in page.listings]


@pytest.fixture(scope="session")
def full_schema() -> GraphQLSchema:
    source = SPECS / "admin-2026-10.nodoc.graphql"
    if not source.exists():
        pytest.skip("the reference schema is not beside the project")
    # It deprecates fields that their interfaces do not, which graphql-core takes for a fault.
    return build_schema(source.read_text("utf-8"), assume_valid=True)


__all__ = ["CHANNEL", "SPECS", "Rig", "listings", "tee", "usd"]
