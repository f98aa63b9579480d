"""What simulated gateways take in and look for alike: bodies, forms, windows of time."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from mercer.plugins.simulation import Dropped

_LARGEST_FORM: Final = 2 * 1024 * 1024


async def body_of(request: Request, largest: int = _LARGEST_FORM) -> bytes:
    """Raise `Dropped` for a body of more bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise Dropped("a request body that is too large")
    return bytes(body)


async def merged(request: Request) -> dict[str, str]:
    """Query string and form together; the form wins."""
    text = (await body_of(request)).decode("utf-8", "replace")
    form = parse_qsl(text, keep_blank_values=True, max_num_fields=500)
    return {**request.query_params, **dict(form)}


def within(moment: datetime, since: datetime | None, until: datetime | None) -> bool:
    """In [since, until]; `None` is no bound."""
    return (since is None or moment >= since) and (until is None or moment <= until)
