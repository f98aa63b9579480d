"""SP-API on the wire: REST calls signed in headers, one JSON envelope out.

Headers, query, path and body are signed together by their names, the body under `body`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mercer.core.clock import Clock
from mercer.core.errors import PlatformError, ProtocolBroken, Throttled
from mercer.plugins.answers import request_id
from mercer.plugins.jd.errors import error_of
from mercer.plugins.jd.settings import JdSettings
from mercer.plugins.jd.wire import ANSWERS, CALLS, redacted, rows, succeeded
from mercer.plugins.signing import md5_signature
from mercer.plugins.transport import Operation, Reply, Request, Transport
from mercer.plugins.values import text, whole

APP_KEY: Final = "X-JOS-App-Key"
ACCESS_TOKEN: Final = "X-JOS-Access-Token"  # noqa: S105 (a header's name)
TIMESTAMP: Final = "X-JOS-Timestamp"
SIGN: Final = "X-JOS-Sign"
_UNSIGNED: Final = {
    "X-JOS-Request-Identity": "vender",
    "Content-Type": "application/json;charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Call:
    """`path` may name parameters, as in `/sp-order/v0/orders/{orderId}`."""

    verb: str
    path: str
    named: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        return f"{self.verb} {self.path}"

    @property
    def content(self) -> str:
        """Made once: what is signed is what is sent."""
        if self.body is None:
            return ""
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Answer:
    """`total` is `None` where the answer is not one page of many."""

    data: Any
    total: int | None

    def rows(self) -> list[dict[str, Any]]:
        return rows({"data": self.data}, "data")

    def page(self) -> tuple[list[dict[str, Any]], int]:
        if self.total is None:
            raise ProtocolBroken("a page without totalItems")
        return self.rows(), self.total


def signed(
    headers: Mapping[str, str],
    query: Mapping[str, str],
    named: Mapping[str, str],
    content: str,
    secret: str,
) -> str:
    """An empty body is not signed, nor is `{}`."""
    body = {"body": content} if content not in ("", "{}") else {}
    return md5_signature({**headers, **query, **named, **body}, secret)


class SpApi:
    """One shop's authorisation at SP-API."""

    def __init__(self, settings: JdSettings, transport: Transport, clock: Clock) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        transport.declare([CALLS])

    async def call(self, call: Call, *, write: bool = False) -> Answer:
        """Raise a `PlatformError`; a write whose effect is in doubt is never sent again."""
        operation = Operation(call.name, {CALLS.name: 1.0}, repeatable=not write)
        return await self._transport.call(
            operation,
            lambda: self._request(call),
            lambda reply: self._opened(reply, write=write),
            request_id,
        )

    def _request(self, call: Call) -> Request:
        settings = self._settings
        content = call.content
        headers = {
            APP_KEY: settings.app_key,
            ACCESS_TOKEN: settings.access_token.get_secret_value(),
            TIMESTAMP: str(int(self._clock.now().timestamp() * 1000)),
        }
        secret = settings.app_secret.get_secret_value()
        headers[SIGN] = signed(headers, call.query, call.named, content, secret)
        return Request(
            call.verb,
            settings.url + call.path.format_map(call.named),
            headers | _UNSIGNED,
            call.query or None,
            content.encode(),
        )

    def _opened(self, reply: Reply, *, write: bool) -> Answer:
        if reply.status == 429:
            raise Throttled("JD takes no more calls for now")
        document = ANSWERS.always_200(reply, write=write)
        inner = document.get("Response")
        envelope = inner if isinstance(inner, dict) else document
        if "success" not in envelope:
            raise ANSWERS.broken("an answer that does not say whether it succeeded", write=write)
        if not succeeded(envelope):
            raise self._refusal(envelope, write=write)
        pages = envelope.get("paginationData")
        total = whole(pages, "totalItems") if isinstance(pages, dict) else None
        return Answer(envelope.get("data"), total)

    def _refusal(self, envelope: Mapping[str, Any], *, write: bool) -> PlatformError:
        first = next(iter(rows(envelope, "errorList")), {})
        words = " / ".join(found for name in ("message", "details") if (found := text(first, name)))
        code = text(first, "code") or ""
        return error_of(code, redacted(words, self._settings), write=write)
