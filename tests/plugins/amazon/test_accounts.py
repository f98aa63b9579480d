"""Marketplaces of one seller: shared stock, token and quota; prices and orders of each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from mercer.core.account import Channel
from mercer.core.contract import EventKind
from mercer.core.money import Money
from mercer.core.product import Product, Sku
from mercer.plugins.amazon.adapter import ListeningAdapter
from mercer.plugins.amazon.settings import AmazonSettings
from mercer.plugins.amazon.simulator import AmazonSimulator
from mercer.plugins.client import HttpClient
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.simulation import Edit, ShopProduct, Truth, World
from mercer.plugins.transport import Transport
from mercer.testkit.mount import Mount, address

from .conftest import Recorder, listings, stock_write

DE = Channel("amazon-de", "amazon", "eu", "EUR")
PL = Channel("amazon-pl", "amazon", "eu", "PLN")
UK = Channel("amazon-uk", "amazon", "other", "GBP")


@dataclass
class Europe:
    world: World
    shops: dict[str, AmazonSimulator]
    recorder: Recorder
    client: httpx.AsyncClient
    limiter: MemoryLimiter

    def adapter(self, channel: Channel) -> ListeningAdapter:
        given = self.shops[channel.name].settings(address(channel.name))
        transport = Transport(
            HttpClient(self.client),
            self.limiter,
            self.world.clock,
            channel=channel.name,
            account=channel.account,
        )
        settings = AmazonSettings.model_validate(given)
        return ListeningAdapter(channel, settings, transport, self.world.clock)

    def shown(self, channel: Channel, sku: str) -> Truth:
        offers = self.shops[channel.name].offers()
        return next(each for each in offers if each.merchant_code == sku)


def mug(currency: str, price: str) -> ShopProduct:
    return ShopProduct(
        Product("mug", "Mug", skus=(Sku("A"),)), {"A": Money.of(price, currency)}, {"A": 5}
    )


@pytest.fixture
async def europe() -> AsyncIterator[Europe]:
    world = World()
    shops = {each.name: AmazonSimulator(each, world) for each in (DE, PL, UK)}
    for channel, price in ((DE, "20.00"), (PL, "85.00"), (UK, "18.00")):
        shops[channel.name].seed([mug(channel.currency, price)])
    recorder = Recorder(Mount(shops))
    async with httpx.AsyncClient(transport=recorder) as client:
        yield Europe(world, shops, recorder, client, MemoryLimiter())


def test_the_marketplace_is_that_of_the_currency() -> None:
    for currency, marketplace in {
        "EUR": "A1PA6795UKMFR9",
        "GBP": "A1F83G8C2ARO7P",
        "PLN": "A1C3SOZRARQ6R3",
        "SEK": "A2NODRKZP88ZB9",
        "JPY": "A1VC38T7YXB528",
        "USD": "ATVPDKIKX0DER",
    }.items():
        simulator = AmazonSimulator(Channel("x", "amazon", "x", currency), World())
        assert simulator.shop.marketplace == marketplace


async def test_a_sale_in_one_marketplace_takes_from_the_other_and_from_no_other_account(
    europe: Europe,
) -> None:
    europe.shops["amazon-pl"].order([("A", 2)])
    assert [europe.shown(each, "A").quantity for each in (DE, PL, UK)] == [3, 3, 5]
    assert str(europe.shown(PL, "A").price) == "85.00 PLN"


async def test_a_number_written_in_one_marketplace_shows_in_the_other(europe: Europe) -> None:
    adapter = europe.adapter(DE)
    await adapter.write_stock([stock_write((await listings(adapter))["A"], 9)], "key")
    await europe.world.clock.sleep(adapter.declared.settle.total_seconds())
    (read,) = await europe.adapter(PL).read_back(["A"])
    assert (read.offers[0].stock[0].quantity, str(read.offers[0].price)) == (9, "85.00 PLN")


async def test_orders_belong_to_their_marketplace(europe: Europe) -> None:
    id = europe.shops["amazon-pl"].order([("A", 1)])
    order = await europe.adapter(PL).read_order(id)
    assert order is not None
    assert (order.currency, str(order.totals.grand)) == ("PLN", "85.00 PLN")
    assert await europe.adapter(DE).read_order(id) is None


async def test_channels_of_one_account_ask_for_one_token(europe: Europe) -> None:
    german, polish, british = europe.adapter(DE), europe.adapter(PL), europe.adapter(UK)
    await asyncio.gather(*(each.read_back(["A"]) for each in (german, polish, german, polish)))
    assert len(europe.recorder.of("POST", "/auth/o2/token")) == 1
    await british.read_back(["A"])
    assert len(europe.recorder.of("POST", "/auth/o2/token")) == 2


async def test_a_token_that_ended_is_renewed_once_for_all_channels_of_the_account(
    europe: Europe,
) -> None:
    german, polish = europe.adapter(DE), europe.adapter(PL)
    await asyncio.gather(german.read_back(["A"]), polish.read_back(["A"]))
    europe.shops["amazon-de"].shop.seller.tokens.clear()
    await asyncio.gather(german.read_back(["A"]), polish.read_back(["A"]))
    assert len(europe.recorder.of("POST", "/auth/o2/token")) == 2


async def test_what_one_channel_uses_of_a_quota_the_other_lacks(europe: Europe) -> None:
    german, polish = europe.adapter(DE), europe.adapter(PL)
    for _ in range(5):
        await german.read_back(["A"])
    before = europe.world.clock.now()
    await polish.read_back(["A"])
    assert europe.world.clock.now() > before
    assert all(response.status_code != 429 for _, response in europe.recorder.seen)


async def test_both_channels_get_their_own_notifications_out_of_one_queue(europe: Europe) -> None:
    ids = {
        DE.name: {europe.shops[DE.name].order([("A", 1)])},
        PL.name: {europe.shops[PL.name].order([("A", 1)]) for _ in range(2)},
    }
    found: dict[str, set[str]] = {DE.name: set(), PL.name: set()}
    for _ in range(3):
        for channel in (DE, PL):
            adapter = europe.adapter(channel)
            deliveries = await adapter.poll()
            events = [each.event for each in deliveries if each.event]
            found[channel.name] |= {e.id for e in events if e.kind is EventKind.ORDER}
            if deliveries:
                await adapter.acknowledge([each.receipt for each in deliveries])
            europe.world.clock.advance(31)
    assert found == ids
    assert europe.shops[DE.name].shop.seller.queue == {}


async def test_a_world_that_was_put_away_shares_again_when_it_is_taken_up(europe: Europe) -> None:
    europe.shops["amazon-pl"].order([("A", 1)])
    states = {name: json.loads(json.dumps(each.dump())) for name, each in europe.shops.items()}
    world = World(99)
    shops = {each.name: AmazonSimulator(each, world) for each in (DE, PL, UK)}
    for name, each in shops.items():
        each.load(states[name])
    assert {name: each.dump() for name, each in shops.items()} == states
    shops["amazon-de"].order([("A", 1)])
    shops["amazon-pl"].edit("A", Edit(price=Money.of("90.00", "PLN")))
    (polish,) = shops["amazon-pl"].offers()
    (german,) = shops["amazon-de"].offers()
    assert (polish.quantity, german.quantity) == (3, 3)
    assert (str(polish.price), str(german.price)) == ("90.00 PLN", "20.00 EUR")
