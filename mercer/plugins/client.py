"""Bytes out and in over HTTP: time limits, the largest reply, and what it means that there is none.

The only importer of httpx among the platforms.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import httpx

from mercer.core.errors import ProtocolBroken, Transient
from mercer.plugins.transport import Reply, Request

CONNECT_TIMEOUT: Final = 10.0
READ_TIMEOUT: Final = 30.0
LARGEST_REPLY: Final = 64 * 1024 * 1024

for _name in ("httpx", "httpcore"):  # they log whole addresses, where some platforms want tokens
    logging.getLogger(_name).setLevel(logging.WARNING)


class HttpClient:
    """A `Client` on the connections of an `httpx.AsyncClient`."""

    def __init__(self, connections: httpx.AsyncClient) -> None:
        self._connections = connections

    async def send(self, request: Request, what: str) -> Reply:
        timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
        body: dict[str, Any] = {"content": request.content} if request.content else {}
        if request.files or request.form:
            body = {"data": dict(request.form or {}), "files": request.files}
        try:
            async with self._connections.stream(
                request.method,
                request.url,
                headers=dict(request.headers),
                params=request.params,
                timeout=timeout,
                **body,
            ) as response:
                content = await _bounded(response)
                return Reply(response.status_code, dict(response.headers), content)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise _unreachable(what, error, in_doubt=False) from None
        except (
            httpx.InvalidURL,
            httpx.UnsupportedProtocol,
            httpx.LocalProtocolError,
            UnicodeEncodeError,
        ):
            raise ProtocolBroken(
                "the address or a header of the request cannot be sent",
                hint="check the channel's address and secrets for characters that do not belong",
            ) from None
        except httpx.RequestError as error:
            raise _unreachable(what, error, in_doubt=True) from None

    async def aclose(self) -> None:
        await self._connections.aclose()


def opened(*, trust_env: bool) -> HttpClient:
    """`trust_env` heeds the machine's proxy."""
    return HttpClient(httpx.AsyncClient(trust_env=trust_env))


def _unreachable(what: str, error: httpx.RequestError, *, in_doubt: bool) -> Transient:
    return Transient(
        f"no answer to {what} ({type(error).__name__})",
        hint="check the network and the channel's address: mercer doctor",
        in_doubt=in_doubt,
    )


async def _bounded(response: httpx.Response) -> bytes:
    chunks = bytearray()
    async for chunk in response.aiter_bytes():
        chunks += chunk
        if len(chunks) > LARGEST_REPLY:
            raise ProtocolBroken(f"a reply of more than {LARGEST_REPLY >> 20} MiB")
    return bytes(chunks)
