"""The simulated shop on the wire: token endpoint, GraphQL endpoint, results of bulk operations.

Whatever supported version a path names, the behaviour is that of 2026-10. REST is not served;
webhooks wait in `notices.py` to be collected.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from mercer.plugins.shopify.simulator import bulk, service
from mercer.plugins.shopify.simulator.resolvers import SCOPES
from mercer.plugins.shopify.simulator.shop import Shop
from mercer.plugins.simulation import FaultKind, World

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SUPPORTED: Final = ("2026-01", "2026-04", "2026-07", "2026-10")
TOKEN_LIFE: Final = 86399
"""Seconds, as the client credentials grant answers."""
LARGEST_BODY: Final = 10 * 1024 * 1024

_GRAPHQL: Final = re.compile(r"/admin/api/([^/]+)/graphql\.json")
_BULK: Final = re.compile(r"/bulk/([0-9]+)\.jsonl")
_RANGE: Final = re.compile(r"bytes=([0-9]+)-([0-9]+)")
_UNRECOGNISED: Final = (
    "[API] Invalid API key or access token (unrecognized login or wrong password)"
)


@dataclass
class Answer:
    status: int
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class App:
    """ASGI. `address` is where the app is reached, for the links it hands out."""

    shop: Shop
    world: World
    channel: str
    client_id: str
    client_secret: str
    address: str = ""
    requests: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        answer = self._answer(scope["method"], path, headers, await _read(receive))
        await _send(send, answer)

    def _answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.requests += 1
        if method == "POST" and path == "/admin/oauth/access_token":
            return self._grant(body)
        if method == "POST" and (found := _GRAPHQL.fullmatch(path)):
            answer = self._graphql(headers, body)
            served = found[1] if found[1] in SUPPORTED else SUPPORTED[0]
            answer.headers["x-shopify-api-version"] = served
            answer.headers["x-request-id"] = self._hash(f"request {self.requests}")[:32]
            return answer
        if method == "GET" and (found := _BULK.fullmatch(path)):
            return self._result(int(found[1]), headers.get("range", ""))
        return _json(404, {"errors": "Not Found"})

    # ------------------------------------------------------------ tokens

    def _grant(self, body: bytes) -> Answer:
        given = _parsed(body) or {}
        if given.get("grant_type") != "client_credentials":
            return _json(400, {"error": "unsupported_grant_type"})
        if (given.get("client_id"), given.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            return _json(400, {"error": "application_cannot_be_found"})
        state, now = self.shop.state, self.world.clock.now()
        token = "shpat_" + self._hash(f"token {state.new_id()}")[:32]
        state.tokens = {each: end for each, end in state.tokens.items() if end > now}
        state.tokens[token] = now + timedelta(seconds=TOKEN_LIFE)
        scope = ",".join(SCOPES)
        return _json(200, {"access_token": token, "scope": scope, "expires_in": TOKEN_LIFE})

    def _known(self, token: str) -> bool:
        expires = self.shop.state.tokens.get(token)
        return expires is not None and self.world.clock.now() < expires

    # ------------------------------------------------------------ GraphQL

    def _graphql(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Version, token, JSON, text, schema, variables, cost, points, then the roots in order."""
        if not self._known(headers.get("x-shopify-access-token", "")):
            return _json(401, {"errors": _UNRECOGNISED})
        parsed = _parsed(body)
        if parsed is None:
            return _json(400, {"errors": "JSON::ParserError"})
        try:
            prepared = service.prepare(parsed)
        except service.Malformed as error:
            return _json(400, {"errors": str(error)})
        if isinstance(prepared, dict):
            return _json(200, prepared)
        return self._struck(prepared)

    def _struck(self, prepared: service.Prepared) -> Answer:
        """Run it, unless a fault of the world has it otherwise."""
        fault = self.world.faults.draw(self.channel, write=prepared.writes)
        if fault is FaultKind.EXPIRED:
            return _json(401, {"errors": _UNRECOGNISED})
        if fault is FaultKind.THROTTLE:
            service.refill(self.shop)
            self.shop.state.points = 0.0
            return _json(200, service.throttled(self.shop, prepared))

        def run(lost: bool) -> Answer:
            return _json(200, service.run(self.shop, prepared, self.address, lost=lost))

        return self.world.struck(fault, run, _bad_gateway)

    # ------------------------------------------------------------ bulk results

    def _result(self, id: int, span: str) -> Answer:
        """Needs no token, as the real address carries its own signature; dies after a week."""
        operation = self.shop.state.bulk_operations.get(id)
        now = self.world.clock.now()
        if operation is None or now - operation.created_at > bulk.URL_LIFE:
            return Answer(404, b"")
        content = operation.content.encode()
        if window := _RANGE.fullmatch(span):
            return Answer(206, content[int(window[1]) : int(window[2]) + 1])
        return Answer(200, content)

    def _hash(self, what: str) -> str:
        return hashlib.sha256(f"{self.world.seed} {self.channel} {what}".encode()).hexdigest()


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        parsed = json.loads(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _json(status: int, content: object) -> Answer:
    return Answer(status, json.dumps(content).encode(), {"content-type": "application/json"})


def _bad_gateway(fault: FaultKind) -> Answer:
    del fault  # whatever failed, this is what a client sees
    return Answer(502, b"<html>Bad Gateway</html>", {"content-type": "text/html"})


async def _read(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more and len(body) <= LARGEST_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body[:LARGEST_BODY])


async def _send(send: Send, answer: Answer) -> None:
    headers = {**answer.headers, "content-length": str(len(answer.content))}
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": answer.content})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
