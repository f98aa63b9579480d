"""Reach simulators in-process: no port, no thread, no waiting."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from mercer.plugins.simulation import Dropped, Simulator


def address(channel: str) -> str:
    """Where `mounted` puts a channel's simulator; hand it to `Simulator.settings`."""
    return f"http://{channel}.test"


class Mount(httpx.AsyncBaseTransport):
    """Sends `http://<channel>.test/...` to the channel's simulator, and nothing anywhere else.

    A dropped connection is an `httpx.ReadError`, as on a real network; an unknown host is an
    `httpx.ConnectError`.
    """

    def __init__(self, simulators: Mapping[str, Simulator]) -> None:
        self._apps = {
            f"{channel}.test": httpx.ASGITransport(simulator.app)
            for channel, simulator in simulators.items()
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        app = self._apps.get(request.url.host)
        if app is None:
            known = ", ".join(sorted(self._apps))
            raise httpx.ConnectError(f"{request.url.host} is none of {known}", request=request)
        try:
            return await app.handle_async_request(request)
        except Dropped:
            raise httpx.ReadError("the connection broke", request=request) from None


def mounted(simulators: Mapping[str, Simulator]) -> httpx.AsyncClient:
    """A client that reaches these simulators, by channel, and nothing else."""
    return httpx.AsyncClient(transport=Mount(simulators))
