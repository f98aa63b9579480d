from __future__ import annotations

import httpx
import pytest

from mercer.plugins.simulation import Fault, FaultKind
from mercer.sandbox.world import Sandbox
from mercer.testkit.mount import address, mounted


async def test_each_channel_is_reached_under_its_own_host(sandbox: Sandbox) -> None:
    async with mounted(sandbox.simulators) as client:
        answer = await client.post(f"{address('us')}/a?b=1", content=b"hello")
    assert (answer.json()["path"], answer.json()["body"]) == ("/a", "hello")


async def test_a_dropped_request_is_a_broken_connection(sandbox: Sandbox) -> None:
    sandbox.world.faults.active.append(Fault(FaultKind.TIMEOUT, channel="cn"))
    async with mounted(sandbox.simulators) as client:
        with pytest.raises(httpx.ReadError):
            await client.get(address("cn"))
        assert (await client.get(address("us"))).status_code == 200


async def test_nobody_else_is_reached(sandbox: Sandbox) -> None:
    async with mounted(sandbox.simulators) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://de.test/")
        with pytest.raises(httpx.ConnectError):
            await client.get("https://example.com/")
