"""SP-API on the wire: a path, a query and JSON out, a JSON object in; documents to and from storage.

SKUs and tokens are percent-encoded exactly once, every reserved character included. Prices travel as
JSON numbers, written digit by digit from a `Decimal`.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from mercer import __version__
from mercer.core.clock import Clock
from mercer.core.errors import AuthExpired, ProtocolBroken, Transient
from mercer.plugins.amazon import errors
from mercer.plugins.amazon.quotas import QUOTAS, costs
from mercer.plugins.amazon.settings import AmazonSettings
from mercer.plugins.amazon.token import Token
from mercer.plugins.transport import Operation, Reply, Request, Transport

Query = Mapping[str, str | Sequence[str]]

USER_AGENT: Final = (
    f"Mercer/{__version__} (Language=Python/{platform.python_version()}; "
    f"Platform={platform.system()})"
)
_RATE: Final = "x-amzn-ratelimit-limit"
_SHORTEST_WAIT: Final = 1.0


@dataclass(frozen=True, slots=True)
class Call:
    """One operation to be carried out. The parts of `path` are encoded already, by `part`.

    Lists in `query` are joined by commas. `write`: it changes the shop, so that a failure after
    sending is in doubt; `repeatable`: doing so twice is doing it once. `answers` names what the
    answer must have.
    """

    operation: str
    method: str
    path: str
    query: Query | None = None
    body: Mapping[str, Any] | None = None
    answers: tuple[str, ...] = ()
    write: bool = False
    repeatable: bool = True


class Wire:
    """One seller's way to one marketplace."""

    def __init__(self, settings: AmazonSettings, transport: Transport, clock: Clock) -> None:
        self.settings = settings
        self._transport = transport
        self._clock = clock
        self._token = Token(settings, transport, clock)
        self._quotas = dict(QUOTAS)
        transport.declare(list(self._quotas.values()))

    async def run(self, call: Call) -> dict[str, Any]:
        """The answer's JSON object. Raise `PlatformError`s."""
        found = await self._run(call, may_be_missing=False)
        assert found is not None
        return found

    async def find(self, call: Call) -> dict[str, Any] | None:
        """A read of one thing by its id; `None` where there is no such thing."""
        return await self._run(call, may_be_missing=True)

    async def upload(self, url: str, content_type: str, content: bytes) -> None:
        """To storage, which wants the very content type that the document was made for, no token."""
        request = Request("PUT", url, {"Content-Type": content_type}, content=content)
        operation = Operation("upload document", costs={}, repeatable=True)
        await self._transport.call(operation, lambda: request, _stored)

    async def download(self, url: str) -> Reply:
        operation = Operation("download document", costs={}, repeatable=True)
        return await self._transport.call(operation, lambda: Request("GET", url), _stored)

    async def _run(self, call: Call, *, may_be_missing: bool) -> dict[str, Any] | None:
        """A token that Amazon refuses is renewed once: what it refused had no effect."""
        token = await self._token.value()
        try:
            return await self._send(call, token, may_be_missing=may_be_missing)
        except AuthExpired as error:
            if not errors.names_token(error):
                raise
        token = await self._token.after(token)
        return await self._send(call, token, may_be_missing=may_be_missing)

    async def _send(self, call: Call, token: str, *, may_be_missing: bool) -> dict[str, Any] | None:
        def interpret(reply: Reply) -> dict[str, Any] | None:
            self._note_rate(call.operation, reply)
            if reply.status == 404 and may_be_missing:
                return None
            found = errors.data(reply, write=call.write, delay=self._delay(call.operation))
            if missing := [name for name in call.answers if name not in found]:
                what = f"an answer without {', '.join(missing)}"
                raise errors.ANSWERS.broken(what, write=call.write)
            return found

        operation = Operation(call.operation, costs(call.operation), call.repeatable)
        return await self._transport.call(
            operation, lambda: self._request(call, token), interpret, errors.request_id
        )

    def _request(self, call: Call, token: str) -> Request:
        headers = {
            "x-amz-access-token": token,
            "x-amz-date": self._clock.now().strftime("%Y%m%dT%H%M%SZ"),
            "user-agent": USER_AGENT,
        }
        content = b""
        if call.body is not None:
            headers["content-type"] = "application/json"
            content = rendered(call.body).encode()
        url = f"{self.settings.base}{call.path}{_query(call.query or {})}"
        return Request(call.method, url, headers, content=content)

    def _note_rate(self, operation: str, reply: Reply) -> None:
        """The header tells the rate that holds now: neither the burst nor what is left."""
        try:
            rate = float(reply.headers.get(_RATE, ""))
        except ValueError:
            return
        if rate > 0 and rate != self._quotas[operation].rate:
            self._quotas[operation] = replace(self._quotas[operation], rate=rate)
            self._transport.declare(list(self._quotas.values()))

    def _delay(self, operation: str) -> float:
        return max(1 / self._quotas[operation].rate, _SHORTEST_WAIT)


def part(text: str) -> str:
    """A part of a path. A slash that is not encoded makes another path, which is answered by a 403."""
    return quote(text, safe="")


def moment(at: datetime) -> str:
    """Whole seconds in UTC. Fractions are cut off."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rendered(value: object) -> str:
    """JSON whose `Decimal`s are numbers with all their digits; `json` itself would want floats."""
    match value:
        case Decimal():
            return format(value, "f")
        case Mapping():
            pairs = (f"{json.dumps(name)}:{rendered(each)}" for name, each in value.items())
            return "{" + ",".join(pairs) + "}"
        case list() | tuple():
            return "[" + ",".join(rendered(each) for each in value) + "]"
        case _:
            return json.dumps(value)


def _query(query: Query) -> str:
    if not query:
        return ""
    pairs = []
    for name, value in query.items():
        values = [value] if isinstance(value, str) else value
        pairs.append(f"{name}={','.join(part(each) for each in values)}")
    return "?" + "&".join(pairs)


def _stored(reply: Reply) -> Reply:
    """Storage answers its errors in XML. Its addresses end after five minutes, with a 403."""
    if 200 <= reply.status < 300:
        return reply
    words = reply.content[:300].decode("utf-8", "replace")
    if reply.status >= 500:
        raise Transient("Amazon's storage failed", in_doubt=False, words=words)
    raise ProtocolBroken(f"Amazon's storage answered HTTP {reply.status}", words=words)
