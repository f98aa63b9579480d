"""The simulators that come with Mercer, served as a user has them and reached over the wire."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mercer.config import load as load_config
from mercer.core.contract import Adapter, Checks, ReadsListings
from mercer.core.listing import Listing
from mercer.core.money import Money
from mercer.plugins import registry
from mercer.plugins.client import HttpClient
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.simulation import Edit
from mercer.plugins.transport import Transport
from mercer.sandbox.catalogue import generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.clock import SandboxClock
from mercer.sandbox.serve import running
from mercer.sandbox.workspace import open_sandbox
from mercer.sandbox.world import Sandbox, load


@pytest.fixture(params=["amazon", "jd", "shopify", "taobao"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sandbox(name: str) -> Sandbox:
    sandbox = Sandbox(read_channels(name), seed=3)
    sandbox.stock(generate(12, 3))
    return sandbox


@pytest.fixture
def served(sandbox: Sandbox, workspace: Path) -> Iterator[str]:
    with running(sandbox, workspace=workspace) as address:
        yield address


@pytest.fixture
async def adapter(name: str, served: str, workspace: Path) -> AsyncIterator[Adapter]:
    """Connected by nothing but the workspace that the sandbox wrote."""
    config = load_config(workspace / "mercer.toml")
    assert config.sandbox == served
    platform, channel = registry.load(name), config.channels[name].channel
    clock = SandboxClock(config.sandbox)
    async with httpx.AsyncClient(trust_env=False) as client:
        transport = Transport(
            HttpClient(client), MemoryLimiter(), clock, channel=name, account=channel.account
        )
        settings = platform.settings.model_validate(config.resolved(name))
        yield platform.connect(channel, settings, transport, clock)
    clock.close()


async def test_the_written_workspace_connects_and_is_in_good_health(adapter: Adapter) -> None:
    assert isinstance(adapter, Checks)
    assert [health for health in await adapter.check() if not health.ok] == []


async def test_what_the_adapter_reads_is_what_the_shop_has(
    adapter: Adapter, sandbox: Sandbox, name: str
) -> None:
    assert isinstance(adapter, ReadsListings)
    listings: list[Listing] = []
    complete = False
    async for page in adapter.read_listings():
        listings += page.listings
        complete = page.complete
        assert page.unreadable == ()
    assert complete
    read = {
        (offer.merchant_code, offer.price, sum(stock.quantity for stock in offer.stock))
        for listing in listings
        for offer in listing.offers
    }
    truth = sandbox.simulators[name].offers()
    assert read == {(each.merchant_code, each.price, each.quantity) for each in truth}
    assert {each.title for each in listings} == {each.title for each in truth}


def test_the_back_office_and_a_buyer_are_at_work(sandbox: Sandbox, name: str) -> None:
    shop, currency = sandbox.simulators[name], sandbox.channels[name].currency
    before = next(each for each in shop.offers() if each.quantity > 5)
    code = before.merchant_code

    def now() -> Any:
        return next(each for each in shop.offers() if each.merchant_code == code)

    shop.edit(code, Edit(price=Money(1230, currency), quantity=9, title="新的标题"))
    assert (now().price, now().quantity, now().title) == (Money(1230, currency), 9, "新的标题")
    order = shop.order([(code, 2)])
    assert now().quantity == 7
    shop.cancel(order)
    assert now().quantity == 9
    shop.edit(code, Edit(listed=False))
    assert now().status == "delisted"
    with pytest.raises(KeyError):
        shop.edit("NO-SUCH-CODE", Edit(quantity=1))
    with pytest.raises(KeyError):
        shop.order([("NO-SUCH-CODE", 1)])
    with pytest.raises(ValueError):
        shop.order([(code, 10_000)])
    with pytest.raises(KeyError):
        shop.cancel("1")


def test_a_shop_goes_on_where_it_was_put_away(sandbox: Sandbox, name: str) -> None:
    shop = sandbox.simulators[name]
    order = shop.order([(shop.offers()[0].merchant_code, 1)])
    again = load(json.loads(json.dumps(sandbox.dump())))
    assert again.simulators[name].offers() == shop.offers()
    address = "http://127.0.0.1:1/x"
    assert again.simulators[name].settings(address) == shop.settings(address)
    for each in (sandbox, again):
        each.world.clock.advance(60)
        each.simulators[name].cancel(order)
        each.simulators[name].order([(shop.offers()[1].merchant_code, 1)])
    assert again.dump() == sandbox.dump()


def test_a_workspace_of_both_is_opened_by_default(workspace: Path) -> None:
    sandbox = open_sandbox(workspace, None, 1, lambda: generate(3, 1))
    with running(sandbox, workspace=workspace):
        config = load_config(workspace / "mercer.toml")
    assert {each.channel.platform for each in config.channels.values()} == {"shopify", "taobao"}
