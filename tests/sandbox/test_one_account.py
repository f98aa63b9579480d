"""Two storefronts of one account, as a workspace has them: connected, disturbed and taken up again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mercer.config import load
from mercer.core.errors import Transient
from mercer.plugins import registry
from mercer.plugins.client import HttpClient
from mercer.plugins.quota import MemoryLimiter
from mercer.plugins.simulation import Edit, Fault, FaultKind
from mercer.plugins.transport import Transport
from mercer.sandbox.catalogue import generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.serve import running
from mercer.sandbox.workspace import open_sandbox
from mercer.sandbox.world import Sandbox

CHANNELS = read_channels("de=amazon:EUR,pl=amazon:PLN@de")


def opened(workspace: Path) -> Sandbox:
    return open_sandbox(workspace, CHANNELS, 3, lambda: generate(6, 3))


@pytest.fixture
def sandbox(workspace: Path) -> Iterator[Sandbox]:
    sandbox = opened(workspace)
    with running(sandbox, workspace=workspace):
        yield sandbox


@pytest.fixture
async def adapters(sandbox: Sandbox, workspace: Path) -> AsyncIterator[dict[str, Any]]:
    config, clock, limiter = load(workspace / "mercer.toml"), sandbox.world.clock, MemoryLimiter()
    async with httpx.AsyncClient(trust_env=False) as client:
        yield {
            name: registry.load("amazon").connect(
                each.channel,
                registry.load("amazon").settings.model_validate(config.resolved(name)),
                Transport(
                    HttpClient(client), limiter, clock, channel=name, account=each.channel.account
                ),
                clock,
            )
            for name, each in config.channels.items()
        }


async def read(adapter: Any) -> dict[str, tuple[str, int]]:
    return {
        offer.merchant_code: (offer.price.currency, offer.stock[0].quantity)
        async for page in adapter.read_listings()
        for listing in page.listings
        for offer in listing.offers
    }


async def test_both_storefronts_read_the_same_stock_at_their_own_prices(
    sandbox: Sandbox, adapters: dict[str, Any]
) -> None:
    german, polish = await read(adapters["de"]), await read(adapters["pl"])
    assert {each: quantity for each, (_, quantity) in german.items()} == {
        each: quantity for each, (_, quantity) in polish.items()
    }
    assert {currency for currency, _ in german.values()} == {"EUR"}
    assert {currency for currency, _ in polish.values()} == {"PLN"}


async def test_a_fault_strikes_the_storefront_that_it_is_meant_for(
    sandbox: Sandbox, adapters: dict[str, Any]
) -> None:
    fault = Fault(FaultKind.ERROR_BEFORE, channel="pl")
    sandbox.world.faults.active.append(fault)
    assert await read(adapters["de"])
    with pytest.raises(Transient):
        await read(adapters["pl"])
    sandbox.world.faults.active.clear()
    assert await read(adapters["pl"])


def test_the_account_is_taken_up_again_as_one(workspace: Path) -> None:
    first = opened(workspace)
    with running(first, workspace=workspace):
        code = first.simulators["de"].offers()[0].merchant_code
        first.simulators["pl"].edit(code, Edit(quantity=17))
    again = opened(workspace)
    assert again.channels == CHANNELS
    again.simulators["de"].order([(code, 2)])
    for shop in again.simulators.values():
        assert [e.quantity for e in shop.offers() if e.merchant_code == code] == [15]
