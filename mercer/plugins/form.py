"""What a simulated gateway takes in: query string and form together."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from mercer.plugins.simulation import Dropped

_LARGEST_BODY: Final = 2 * 1024 * 1024


async def body_of(request: Request) -> bytes:
    """Raise `Dropped` for a body that is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise Dropped("a request body that is too large")
    return bytes(body)


async def merged(request: Request) -> dict[str, str]:
    """The form wins over the query string."""
    text = (await body_of(request)).decode("utf-8", "replace")
    form = parse_qsl(text, keep_blank_values=True, max_num_fields=500)
    return {**request.query_params, **dict(form)}
