"""The access token: given once, or asked for and renewed by the client credentials grant.

Such a token lives for a day and has no refresh token: one just asks again.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Final

from mercer.core.clock import Clock
from mercer.core.errors import AuthExpired, ProtocolBroken
from mercer.plugins.shopify import errors
from mercer.plugins.shopify.settings import ShopifySettings
from mercer.plugins.transport import Operation, Reply, Request, Transport

_MARGIN: Final = timedelta(minutes=5)
_GRANT: Final = Operation("oauth/access_token", costs={}, repeatable=True)


class Token:
    def __init__(self, settings: ShopifySettings, transport: Transport, clock: Clock) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._asking = asyncio.Lock()
        self._value = settings.access_token.get_secret_value() if settings.access_token else ""
        self._expires: datetime | None = None

    @property
    def renewable(self) -> bool:
        return self._settings.client_secret is not None and self._settings.access_token is None

    async def value(self) -> str:
        """The token, asked for anew where it is about to expire. Raise `AuthExpired`."""
        async with self._asking:
            if self.renewable and not self._fresh():
                await self._ask()
            return self._value

    async def after(self, refused: str) -> str:
        """Another token than the one that was refused; one of several callers asks for it."""
        async with self._asking:
            if self._value == refused:
                await self._ask()
            return self._value

    def _fresh(self) -> bool:
        return self._expires is not None and self._clock.now() < self._expires - _MARGIN

    async def _ask(self) -> None:
        self._value, seconds = await self._transport.call(
            _GRANT, self._request, _granted, errors.request_id
        )
        self._expires = self._clock.now() + timedelta(seconds=seconds)

    def _request(self) -> Request:
        secret = self._settings.client_secret
        assert secret is not None
        body = {
            "client_id": self._settings.client_id,
            "client_secret": secret.get_secret_value(),
            "grant_type": "client_credentials",
        }
        return Request(
            "POST",
            f"{self._settings.base}/admin/oauth/access_token",
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            content=json.dumps(body).encode(),
        )


def _granted(reply: Reply) -> tuple[str, int]:
    if reply.status == 400:
        raise AuthExpired(
            "Shopify grants no token for this client id and secret",
            hint="check the settings `client_id` and `client_secret`, and that app and shop belong to the "
            "same organisation",
            code="400",
            request_id=errors.request_id(reply),
        )
    errors.check_status(reply)
    parsed = errors.body(reply)
    try:
        return str(parsed["access_token"]), int(parsed["expires_in"])
    except (KeyError, TypeError, ValueError):
        raise ProtocolBroken("the token endpoint answered without a token") from None
