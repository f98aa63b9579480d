"""What a channel reaches: Login with Amazon, SP-API, the storage of documents, the seller's queue.

Paths are matched before they are decoded, so a slash in a SKU that was not encoded names nothing, and
that is a 403.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mercer.plugins.amazon.quotas import QUOTAS, costs
from mercer.plugins.amazon.simulator import (
    account,
    feeds,
    listings,
    lwa,
    orders,
    queue,
    reports,
    shipping,
    storage,
)
from mercer.plugins.amazon.simulator.protocol import Answer, Call, Operation, Refused
from mercer.plugins.amazon.simulator.seller import parsed
from mercer.plugins.amazon.simulator.shop import Shop
from mercer.plugins.amazon.wire import rendered
from mercer.plugins.flow import Bucket
from mercer.plugins.gateway import body_of
from mercer.plugins.simulation import FaultKind, World

_OPERATIONS: Final = tuple(
    (re.compile(each.path), each)
    for each in (
        *account.OPERATIONS,
        *listings.OPERATIONS,
        *orders.OPERATIONS,
        *shipping.OPERATIONS,
        *feeds.OPERATIONS,
        *reports.OPERATIONS,
    )
)
_LARGEST_BODY: Final = 10 * 1024 * 1024
_LONGEST_AGENT: Final = 500
_TELLS_RATE: Final = frozenset({200, 201, 202, 204, 400, 404})
_DENIED: Final = "Access to requested resource is denied."


class App:
    """ASGI. `shop` may be replaced; `address` is where the app is reached, for links into storage."""

    def __init__(self, channel: str, world: World, shop: Shop) -> None:
        self.shop = shop
        self.address = ""
        self._channel = channel
        self._world = world
        self._names = random.Random(f"{world.seed} {channel}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        path, body = raw.decode("ascii", "replace"), await body_of(request, _LARGEST_BODY)
        response = self._respond(request, path, body)
        await response(scope, receive, send)

    def _respond(self, request: Request, path: str, body: bytes) -> Response:
        self.catch_up()
        now = self._world.clock.now()
        if request.method == "POST" and path == lwa.PATH:
            status, answer = lwa.granted(self.shop.seller, body, now, self._names)
            return _json(status, answer, {})
        if path.startswith("/storage/"):
            id = unquote(path.removeprefix("/storage/"))
            return storage.answered(self.shop.documents.get(id), request, body, now)
        if request.method == "POST" and queue.TARGET in request.headers:
            return self._queue(request, path, body)
        operation, parts = _matched(request.method, path)
        try:
            status, answer = self._answered(request, operation, parts, body)
        except Refused as error:
            status, answer = error.status, error.body
        headers = {"x-amzn-RequestId": f"{self._names.getrandbits(120):030x}"}
        if operation and status in _TELLS_RATE:
            headers["x-amzn-RateLimit-Limit"] = f"{self._rate(operation.name):g}"
        return _json(status, answer, headers)

    def catch_up(self) -> None:
        feeds.catch_up(self.shop, self._world.clock.now())
        shipping.catch_up(self.shop, self._world.clock.now())

    # ------------------------------------------------------------ one request

    def _answered(
        self, request: Request, operation: Operation | None, parts: tuple[str, ...], body: bytes
    ) -> Answer:
        agent = request.headers.get("user-agent", "")
        if not agent or len(agent) > _LONGEST_AGENT:  # the real answer is UNVERIFIED
            raise Refused(400, "InvalidInput", "A user-agent header is required.")
        self._admit_token(request.headers.get("x-amz-access-token"))
        if operation is None:
            raise Refused(403, "MissingAuthenticationToken", "Missing Authentication Token")
        fault = self._world.faults.draw(self._channel, write=operation.writes)
        if fault is FaultKind.EXPIRED:
            raise _expired()
        if fault is FaultKind.THROTTLE:
            raise _throttled()
        self._take(operation.name)
        query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        given, now = _object(body), self._world.now

        def run(lost: bool) -> Answer:
            return operation.answer(self.shop, Call(parts, query, given, now, self.address, lost))

        return self._world.struck(fault, run, _failed)

    def _admit_token(self, token: str | None) -> None:
        if token is None:
            raise Refused(
                403, "Unauthorized", _DENIED, "Access token is missing in the request header."
            )
        until = self.shop.seller.tokens.get(token)
        if until is None:
            words = "The access token you provided is revoked, malformed or invalid."
            raise Refused(403, "Unauthorized", _DENIED, words)
        if self._world.clock.now() >= until:
            raise _expired()

    # ------------------------------------------------------------ quotas

    def _rate(self, name: str) -> float:
        return self.shop.seller.rates.get(name, QUOTAS[name].rate)

    def _take(self, operation: str) -> None:
        """One token of each bucket that the operation has, or none at all."""
        now = self._world.clock.now()
        buckets = []
        for name in costs(operation):
            bucket = self.shop.seller.buckets.setdefault(name, Bucket())
            bucket.fill(self._rate(name), QUOTAS[name].burst, now)
            buckets.append(bucket)
        if not all(bucket.has_one for bucket in buckets):
            raise _throttled()
        for bucket in buckets:
            bucket.tokens -= 1

    # ------------------------------------------------------------ beside SP-API

    def _queue(self, request: Request, path: str, body: bytes) -> Response:
        """At AWS and not at SP-API: signed by keys, with errors of another shape."""
        seller, now = self.shop.seller, self._world.clock.now()
        operation = request.headers[queue.TARGET]
        try:
            queue.admit(seller, self.address, path, request.headers, body, now)
            fault = self._world.faults.draw(self._channel, write="Delete" in operation)
            if fault is FaultKind.THROTTLE:
                words = "Rate exceeded."
                raise Refused(400, "com.amazon.coral.availability#ThrottlingException", words)
            given = _object(body)

            def run(lost: bool) -> dict[str, Any]:
                return queue.answered(seller, operation, given, now, lost=lost)

            answer = self._world.struck(fault, run, _failed)
        except Refused as error:
            return Response(queue.spelled(error), error.status, media_type=queue.MEDIA)
        return Response(rendered(answer).encode(), 200, media_type=queue.MEDIA)


def _matched(method: str, path: str) -> tuple[Operation | None, tuple[str, ...]]:
    for pattern, operation in _OPERATIONS:
        found = pattern.fullmatch(path)
        if found and operation.method == method:
            return operation, tuple(unquote(each) for each in found.groups())
    return None, ()


def _object(body: bytes) -> Any:
    if not body:
        return None
    try:
        return parsed(body.decode("utf-8"))
    except ValueError:
        raise Refused(400, "BAD_REQUEST", "The body is not JSON.") from None


def _expired() -> Refused:
    words = "The access token you provided has expired."
    return Refused(403, "Unauthorized", _DENIED, words)


def _throttled() -> Refused:
    words = "You exceeded your quota for the requested resource."
    return Refused(429, "QuotaExceeded", words)


def _failed(fault: FaultKind) -> NoReturn:
    words = "We encountered an internal error. Please try again."
    if fault is FaultKind.ERROR_AFTER:
        raise Refused(500, "InternalFailure", words)
    raise Refused(503, "ServiceUnavailable", words)


def _json(status: int, content: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    if status == 204:
        return Response(b"", status, headers)
    return Response(rendered(content).encode(), status, headers, media_type="application/json")
