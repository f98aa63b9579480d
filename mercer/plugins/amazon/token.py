"""The access token of Login with Amazon: asked for with the refresh token, good for an hour.

A seller's marketplaces in one region share the authorisation, and so the token: whichever channel
needs another asks for it, once, and all use it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from mercer.core.clock import Clock
from mercer.core.errors import AuthExpired, PlatformError, ProtocolBroken, Transient
from mercer.plugins.amazon.errors import request_id
from mercer.plugins.amazon.settings import AmazonSettings
from mercer.plugins.transport import Operation, Reply, Request, Transport

_MARGIN: Final = timedelta(minutes=5)
_GRANT: Final = Operation("auth/o2/token", costs={}, repeatable=True)

_HINTS: Final = {
    "invalid_grant": "let the seller authorise the app again and renew `refresh_token`",
    "invalid_client": "check `client_id` and `client_secret`; a secret ends after 180 days",
    "unauthorized_client": "check that the refresh token was given to this very app",
}
_AGAIN: Final = frozenset({"server_error", "temporarily_unavailable"})


@dataclass(slots=True)
class _Grant:
    """What an authorisation gave last. `asking` is held while another token is asked for."""

    value: str = field(default="", repr=False)
    expires: datetime | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


_grants: Final[dict[asyncio.AbstractEventLoop, dict[bytes, _Grant]]] = {}
"""By the running loop, which their locks belong to, and by a digest of the authorisation."""


class Token:
    """One channel's hold on its authorisation's token."""

    def __init__(self, settings: AmazonSettings, transport: Transport, clock: Clock) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._form = {
            "grant_type": "refresh_token",
            "refresh_token": settings.refresh_token.get_secret_value(),
            "client_id": settings.client_id,
            "client_secret": settings.client_secret.get_secret_value(),
        }
        self._authorisation = hashlib.sha256(urlencode(self._form).encode()).digest()

    async def value(self) -> str:
        """The token, asked for anew where it is about to expire. Raise `AuthExpired`."""
        grant = self._grant()
        async with grant.asking:
            if grant.expires is None or self._clock.now() >= grant.expires - _MARGIN:
                await self._ask(grant)
            return grant.value

    async def after(self, refused: str) -> str:
        """Another token than the one that was refused; one of several callers asks for it."""
        grant = self._grant()
        async with grant.asking:
            if grant.value == refused:
                await self._ask(grant)
            return grant.value

    def _grant(self) -> _Grant:
        running = asyncio.get_running_loop()
        if running not in _grants:
            for ended in [loop for loop in _grants if loop.is_closed()]:
                del _grants[ended]
            _grants[running] = {}
        return _grants[running].setdefault(self._authorisation, _Grant())

    async def _ask(self, grant: _Grant) -> None:
        grant.value, seconds = await self._transport.call(
            _GRANT, self._request, _granted, request_id
        )
        grant.expires = self._clock.now() + timedelta(seconds=seconds)

    def _request(self) -> Request:
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
        content = urlencode(self._form).encode()
        return Request("POST", self._settings.lwa_address, headers, content=content)


def _granted(reply: Reply) -> tuple[str, int]:
    try:
        parsed = json.loads(reply.content)
    except ValueError:
        parsed = None
    answer: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
    if reply.status != 200:
        raise _refusal(reply, str(answer.get("error", "")), answer.get("error_description"))
    try:
        return str(answer["access_token"]), int(answer["expires_in"])
    except (KeyError, TypeError, ValueError):
        raise ProtocolBroken(
            "Login with Amazon answered without a token", hint="check `lwa_address`"
        ) from None


def _refusal(reply: Reply, error: str, words: object) -> PlatformError:
    """OAuth's shape, not SP-API's. Which HTTP status goes with which error is UNVERIFIED."""
    place = {
        "code": error or str(reply.status),
        "words": str(words or ""),
        "request_id": request_id(reply),
    }
    if reply.status >= 500 or reply.status == 429 or error in _AGAIN:
        return Transient("Login with Amazon is not available", in_doubt=False, **place)
    hint = _HINTS.get(error, "check `client_id`, `client_secret` and `refresh_token`")
    return AuthExpired(f"Login with Amazon grants no token: {words or error}", hint=hint, **place)
