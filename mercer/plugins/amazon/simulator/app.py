"""The simulated SP-API on the wire: Login with Amazon, the operations, and the storage of documents.

Paths are matched before they are decoded, so a slash in a SKU that was not encoded names nothing, and
that is a 403.
"""

from __future__ import annotations

import gzip
import random
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mercer.plugins.amazon.quotas import QUOTAS, costs
from mercer.plugins.amazon.simulator import account, feeds, listings, orders, reports
from mercer.plugins.amazon.simulator.protocol import Answer, Call, Operation, Refused
from mercer.plugins.amazon.simulator.shop import Bucket, Shop, parsed
from mercer.plugins.amazon.wire import rendered
from mercer.plugins.simulation import Dropped, FaultKind, World

TOKEN_LIFE: Final = 3600
"""Seconds."""
LWA: Final = "/auth/o2/token"

_OPERATIONS: Final = tuple(
    (re.compile(each.path), each)
    for each in (
        *account.OPERATIONS,
        *listings.OPERATIONS,
        *orders.OPERATIONS,
        *feeds.OPERATIONS,
        *reports.OPERATIONS,
    )
)
_LARGEST_BODY: Final = 10 * 1024 * 1024
_LONGEST_AGENT: Final = 500
_TELLS_RATE: Final = frozenset({200, 201, 202, 400, 404})
_DENIED: Final = "Access to requested resource is denied."
_ALMOST: Final = 1e-6
"""Of a unit: what sums of fractions may lack."""


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
        response = self._respond(request, raw.decode("ascii", "replace"), await _read(request))
        await response(scope, receive, send)

    def _respond(self, request: Request, path: str, body: bytes) -> Response:
        self.catch_up()
        if request.method == "POST" and path == LWA:
            return self._grant(body)
        if path.startswith("/storage/"):
            return self._storage(request, unquote(path.removeprefix("/storage/")), body)
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
        if fault is FaultKind.THROTTLE:
            raise _throttled()
        self._take(operation.name)
        query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        lost = fault is FaultKind.LOST_WRITE
        now = self._world.clock.now().replace(microsecond=0)
        call = Call(parts, query, _object(body), now, self.address, lost)
        return self._done(operation, call, fault)

    def _done(self, operation: Operation, call: Call, fault: FaultKind | None) -> Answer:
        match fault:
            case FaultKind.ERROR_BEFORE:
                raise _failed(503)
            case FaultKind.ERROR_AFTER:
                operation.answer(self.shop, call)
                raise _failed(500)
            case FaultKind.TIMEOUT:
                if self._world.rng.random() < 0.5:
                    operation.answer(self.shop, call)
                raise Dropped(operation.name)
            case _:
                return operation.answer(self.shop, call)

    def _admit_token(self, token: str | None) -> None:
        if token is None:
            raise Refused(
                403, "Unauthorized", _DENIED, "Access token is missing in the request header."
            )
        until = self.shop.tokens.get(token)
        if until is None:
            words = "The access token you provided is revoked, malformed or invalid."
            raise Refused(403, "Unauthorized", _DENIED, words)
        if self._world.clock.now() >= until:
            words = "The access token you provided has expired."
            raise Refused(403, "Unauthorized", _DENIED, words)

    # ------------------------------------------------------------ quotas

    def _rate(self, name: str) -> float:
        return self.shop.rates.get(name, QUOTAS[name].rate)

    def _take(self, operation: str) -> None:
        """One token of each bucket that the operation has, or none at all."""
        now = self._world.clock.now()
        buckets = []
        for name in costs(operation):
            burst = QUOTAS[name].burst
            bucket = self.shop.buckets.setdefault(name, Bucket(burst, now))
            passed = (now - bucket.at).total_seconds()
            bucket.tokens = min(burst, bucket.tokens + passed * self._rate(name))
            bucket.at = now
            buckets.append(bucket)
        if any(bucket.tokens < 1 - _ALMOST for bucket in buckets):
            raise _throttled()
        for bucket in buckets:
            bucket.tokens -= 1

    # ------------------------------------------------------------ tokens and storage

    def _grant(self, body: bytes) -> Response:
        """Errors are OAuth's shape. The statuses are UNVERIFIED."""
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        shop = self.shop
        if (form.get("client_id"), form.get("client_secret")) != (
            shop.client_id,
            shop.client_secret,
        ):
            return _oauth(401, "invalid_client", "Client authentication failed")
        if form.get("grant_type") != "refresh_token":
            return _oauth(400, "unsupported_grant_type", "The grant type is not supported")
        if form.get("refresh_token") != shop.refresh_token:
            return _oauth(400, "invalid_grant", "The request has an invalid grant parameter")
        now = self._world.clock.now()
        token = f"Atza|{self._names.getrandbits(160):040x}"
        shop.tokens = {each: until for each, until in shop.tokens.items() if until > now}
        shop.tokens[token] = now + timedelta(seconds=TOKEN_LIFE)
        granted = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": TOKEN_LIFE,
            "refresh_token": shop.refresh_token,
        }
        return _json(200, granted, {})

    def _storage(self, request: Request, id: str, body: bytes) -> Response:
        """As S3 does: no token, errors in XML, the content type part of the signature."""
        document = self.shop.documents.get(id)
        until = request.query_params.get("X-Amz-Expires", "")
        if document is None or not until.isdecimal():
            return _xml("NoSuchKey")
        if self._world.clock.now().timestamp() > int(until):
            return _xml("AccessDenied")
        if request.method == "PUT":
            given = request.headers.get("content-type")
            if given != document.content_type or "x-amz-access-token" in request.headers:
                return _xml("SignatureDoesNotMatch")
            document.text = body.decode("utf-8", "replace")
            return Response(b"", 200)
        content = (document.text or "").encode(document.charset, "replace")
        packed = gzip.compress(content, mtime=0) if document.packed else content
        return Response(packed, 200, {"content-type": document.content_type})


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


def _throttled() -> Refused:
    words = "You exceeded your quota for the requested resource."
    return Refused(429, "QuotaExceeded", words)


def _failed(status: int) -> Refused:
    code = "InternalFailure" if status == 500 else "ServiceUnavailable"
    return Refused(status, code, "We encountered an internal error. Please try again.")


def _json(status: int, content: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    return Response(rendered(content).encode(), status, headers, media_type="application/json")


def _oauth(status: int, error: str, words: str) -> Response:
    return _json(status, {"error": error, "error_description": words}, {})


def _xml(code: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
    return Response(text.encode(), 403, media_type="application/xml")


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise Dropped("a request body that is too large")
    return bytes(body)
