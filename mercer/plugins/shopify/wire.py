"""Queries out, data in: the endpoint, the token, the points, the version that was served."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from mercer.core.clock import Clock
from mercer.core.contract import Quota
from mercer.core.errors import AuthExpired
from mercer.plugins.shopify import errors
from mercer.plugins.shopify.queries import Query
from mercer.plugins.shopify.settings import ShopifySettings
from mercer.plugins.shopify.token import Token
from mercer.plugins.transport import Operation, Reply, Request, Transport

POINTS: Final = Quota("points", rate=100.0, burst=2000.0)
"""Of the smallest plan. Every answer tells the shop's own, which then holds."""

log: Final = logging.getLogger("mercer.shopify")


class Wire:
    def __init__(self, settings: ShopifySettings, transport: Transport, clock: Clock) -> None:
        self._settings = settings
        self._transport = transport
        self._token = Token(settings, transport, clock)
        self.served_version = settings.api_version

    async def run(
        self,
        query: Query,
        variables: Mapping[str, object] | None = None,
        *,
        repeatable: bool | None = None,
    ) -> Any:
        """What the query's only root field holds; `None` where that is null.

        `repeatable` is for mutations with an idempotency key, or that are idempotent by nature.
        Raise `PlatformError`s; `userErrors` are left to the caller.
        """
        token = await self._token.value()
        try:
            return await self._send(query, variables or {}, repeatable, token)
        except AuthExpired as error:
            if error.code != errors.REFUSED or not self._token.renewable:
                raise
        token = await self._token.after(token)
        return await self._send(query, variables or {}, repeatable, token)

    async def fetch(self, url: str, start: int, end: int) -> bytes:
        """Bytes `start` to `end` (not included) of a result file, which needs no token."""
        request = Request("GET", url, headers={"Range": f"bytes={start}-{end - 1}"})
        operation = Operation("bulk result", costs={}, repeatable=True)
        return await self._transport.call(
            operation, lambda: request, lambda reply: _window(reply, start, end)
        )

    async def _send(
        self, query: Query, variables: Mapping[str, object], repeatable: bool | None, token: str
    ) -> Any:
        operation = Operation(
            query.root,
            costs={POINTS.name: query.cost},
            repeatable=not query.writes if repeatable is None else repeatable,
        )
        request = Request(
            "POST",
            f"{self._settings.base}/admin/api/{self._settings.api_version}/graphql.json",
            headers={"Content-Type": "application/json", "X-Shopify-Access-Token": token},
            content=json.dumps({"query": query.text, "variables": variables}).encode(),
        )
        data = await self._transport.call(
            operation, lambda: request, self._interpret, errors.request_id
        )
        return data[query.root]

    def _interpret(self, reply: Reply) -> dict[str, Any]:
        self._note_version(reply)
        errors.check_status(reply)
        parsed = errors.body(reply)
        self._report(parsed)
        return errors.data(parsed, errors.request_id(reply))

    def _report(self, parsed: Mapping[str, Any]) -> None:
        """An answer whose report cannot be understood is an answer all the same."""
        cost = (parsed.get("extensions") or {}).get("cost") or {}
        status = cost.get("throttleStatus") or {}
        try:
            rate, burst = float(status["restoreRate"]), float(status["maximumAvailable"])
            available = float(status["currentlyAvailable"])
        except (KeyError, TypeError, ValueError):
            return
        if rate > 0:
            self._transport.report(replace(POINTS, rate=rate, burst=burst), available)

    def _note_version(self, reply: Reply) -> None:
        """A version past its time is served as the oldest supported one, without an error."""
        served = reply.headers.get("x-shopify-api-version", self.served_version)
        if served not in (self.served_version, self._settings.api_version):
            log.warning(
                "another API version is served than was asked for",
                extra={"asked": self._settings.api_version, "served": served},
            )
        self.served_version = served


def _window(reply: Reply, start: int, end: int) -> bytes:
    """Tolerate a server that sends the whole file whatever range was asked for."""
    if reply.status == 206:
        return reply.content
    errors.check_status(reply)
    return reply.content[start:end]
