"""The shape of single requests, and what the wire tells the transport."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest
import respx

from mercer.core.clock import VirtualClock
from mercer.core.errors import AuthExpired, ProtocolBroken, Throttled
from mercer.plugins.client import HttpClient
from mercer.plugins.quota import Charge, MemoryLimiter
from mercer.plugins.shopify.queries import query
from mercer.plugins.shopify.settings import ShopifySettings
from mercer.plugins.shopify.wire import POINTS, Wire
from mercer.plugins.transport import Transport

ENDPOINT = "https://acme.myshopify.com/admin/api/2026-10/graphql.json"
TOKEN = "shpat_hush"


def made(clock: VirtualClock, limiter: MemoryLimiter, client: httpx.AsyncClient) -> Wire:
    transport = Transport(HttpClient(client), limiter, clock, channel="main", account="acme")
    transport.declare((POINTS,))
    settings = ShopifySettings(shop="acme.myshopify.com", access_token=TOKEN)
    return Wire(settings, transport, clock)


def answer(data: dict[str, Any], **status: float) -> httpx.Response:
    cost = {"requestedQueryCost": 10, "actualQueryCost": 10, "throttleStatus": status}
    headers = {"X-Shopify-API-Version": "2026-10"}
    return httpx.Response(200, json={"data": data, "extensions": {"cost": cost}}, headers=headers)


@respx.mock
async def test_a_query_goes_to_its_version_with_the_bare_token() -> None:
    route = respx.post(ENDPOINT).mock(answer({"productsCount": {"count": 3}}))
    async with httpx.AsyncClient() as client:
        wire = made(VirtualClock(), MemoryLimiter(), client)

        assert await wire.run(query("products_count")) == {"count": 3}

    sent = route.calls.last.request
    assert sent.headers["x-shopify-access-token"] == TOKEN
    assert "authorization" not in sent.headers
    assert json.loads(sent.content) == {"query": query("products_count").text, "variables": {}}


@respx.mock
async def test_the_shops_own_rate_and_balance_govern_the_next_request() -> None:
    plus = {"maximumAvailable": 20000, "currentlyAvailable": 5, "restoreRate": 1000}
    respx.post(ENDPOINT).mock(answer({"productsCount": {"count": 3}}, **plus))
    clock, limiter = VirtualClock(), MemoryLimiter()
    async with httpx.AsyncClient() as client:
        await made(clock, limiter, client).run(query("products_count"))

    quota = POINTS.__class__("points", 1000.0, 20000.0)
    wait = limiter.acquire([Charge("acme", quota, 505)], clock.now())
    assert wait == pytest.approx(0.5, abs=0.01)


@respx.mock
async def test_a_version_that_fell_forward_is_warned_of_and_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reply = answer({"productsCount": {"count": 3}})
    reply.headers["X-Shopify-API-Version"] = "2027-01"
    respx.post(ENDPOINT).mock(reply)
    async with httpx.AsyncClient() as client:
        wire = made(VirtualClock(), MemoryLimiter(), client)
        with caplog.at_level(logging.WARNING, "mercer.shopify"):
            await wire.run(query("products_count"))
            await wire.run(query("products_count"))

    assert wire.served_version == "2027-01"
    assert len(caplog.records) == 1


@respx.mock
async def test_a_request_that_is_too_dear_is_sent_once_and_never_again() -> None:
    error = {"message": "Query cost is 1293", "extensions": {"code": "MAX_COST_EXCEEDED"}}
    route = respx.post(ENDPOINT).mock(httpx.Response(200, json={"errors": [error]}))
    async with httpx.AsyncClient() as client:
        with pytest.raises(ProtocolBroken):
            await made(VirtualClock(), MemoryLimiter(), client).run(query("products_count"))

    assert route.call_count == 1


@respx.mock
async def test_a_security_rejection_is_not_waited_out() -> None:
    clock = VirtualClock()
    route = respx.post(ENDPOINT).mock(httpx.Response(430))
    async with httpx.AsyncClient() as client:
        with pytest.raises(Throttled) as caught:
            await made(clock, MemoryLimiter(), client).run(query("products_count"))

    assert route.call_count == 1
    assert caught.value.delay == 300


@respx.mock
async def test_the_token_shows_in_no_error_and_no_log_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    respx.post(ENDPOINT).mock(httpx.Response(401, json={"errors": "[API] Invalid API key"}))
    async with httpx.AsyncClient() as client:
        wire = made(VirtualClock(), MemoryLimiter(), client)
        with caplog.at_level(logging.DEBUG), pytest.raises(AuthExpired) as caught:
            await wire.run(query("products_count"))

    seen = repr(caught.value) + str(vars(caught.value)) + "".join(map(repr, caplog.records))
    assert TOKEN not in seen + caplog.text
