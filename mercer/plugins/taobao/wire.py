"""TOP on the wire: signed form posts in, one JSON envelope out.

Every parameter travels in the body, so that no secret stands in a URL. `simplify` is never sent:
what it does to nested lists is UNVERIFIED. `format` always is: without it the answer is XML.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from mercer.core.clock import Clock
from mercer.core.contract import Quota
from mercer.core.errors import ProtocolBroken
from mercer.plugins.answers import Answers, request_id
from mercer.plugins.beijing import beijing
from mercer.plugins.signing import joined, md5_signature
from mercer.plugins.taobao.errors import error_of
from mercer.plugins.taobao.settings import SignMethod, TaobaoSettings
from mercer.plugins.transport import Operation, Reply, Request, Transport

CALLS: Final = Quota("calls", rate=10.0, burst=20.0)
"""Ours, and cautious: TOP publishes no rate per app or API, only daily caps."""

ANSWERS: Final = Answers("TOP", "check the channel's address")

_NO_SESSION: Final = frozenset({"taobao.time.get"})
_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}


def signature(params: Mapping[str, str], secret: str, method: SignMethod) -> str:
    """Over all parameters but `sign`: raw names and values in ASCII order of the names, no joints."""
    match method:
        case "md5":
            return md5_signature(params, secret)
        case "hmac":
            digest = "md5"
        case "hmac-sha256":
            digest = "sha256"
    return hmac.new(secret.encode(), joined(params).encode(), digest).hexdigest().upper()


def root_of(api: str) -> str:
    """`taobao.items.onsale.get` answers under `items_onsale_get_response`; other prefixes stay."""
    return api.removeprefix("taobao.").replace(".", "_") + "_response"


def rows(parent: Mapping[str, Any], plural: str, singular: str) -> list[dict[str, Any]]:
    """A wrapped list such as `items.item`. Empty lists come as nothing at all or as `{}`, and a
    single element may come bare.
    """
    inner = parent.get(plural)
    if isinstance(inner, dict):
        inner = inner.get(singular)
    found = [] if inner is None else inner if isinstance(inner, list) else [inner]
    if not all(isinstance(row, dict) for row in found):
        raise ProtocolBroken(f"{plural}.{singular} holds something other than objects")
    return found


class Top:
    """One seller's session at the open platform."""

    def __init__(self, settings: TaobaoSettings, transport: Transport, clock: Clock) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        transport.declare([CALLS])

    async def call(
        self, api: str, params: Mapping[str, str] | None = None, *, write: bool = False
    ) -> dict[str, Any]:
        """What stands inside the answer's envelope. Parameters that are empty are not sent.

        Raise a `PlatformError`; a write whose effect is in doubt is never sent again.
        """
        operation = Operation(api, {CALLS.name: 1.0}, repeatable=not write)
        return await self._transport.call(
            operation,
            lambda: self._request(api, params or {}),
            lambda reply: _opened(api, reply, write=write),
            request_id,
        )

    def _request(self, api: str, params: Mapping[str, str]) -> Request:
        settings = self._settings
        sent = {name: value for name, value in params.items() if value}
        sent |= {
            "method": api,
            "app_key": settings.app_key,
            "timestamp": beijing(self._clock.now()),
            "v": "2.0",
            "format": "json",
            "sign_method": settings.sign_method,
        }
        if api not in _NO_SESSION:
            sent["session"] = settings.session.get_secret_value()
        secret = settings.app_secret.get_secret_value()
        sent["sign"] = signature(sent, secret, settings.sign_method)
        return Request("POST", settings.address, _HEADERS, content=urlencode(sent).encode())


def _opened(api: str, reply: Reply, *, write: bool) -> dict[str, Any]:
    document = ANSWERS.always_200(reply, write=write)
    if isinstance(failure := document.get("error_response"), dict):
        raise error_of(failure, write=write)
    if isinstance(body := document.get(root_of(api)), dict):
        return body
    raise ANSWERS.broken(f"an answer without {root_of(api)}", write=write)
