"""Webhooks: verified over the raw bytes, kept once, and answered at once.

They only name what to read. The worker reads it, and every `mercer sync` and `mercer pull orders`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mercer.core.contract import VerifiesWebhooks
from mercer.core.errors import AuthExpired, ProtocolBroken
from mercer.sync.notices import keep_events
from mercer.sync.session import Connection, Session

LARGEST_BODY: Final = 4 * 1024 * 1024
"""Bytes. An order of hundreds of lines has a tenth of it."""

PATH: Final = "/webhooks"

log: Final = logging.getLogger("mercer.server")


def callers(connections: Mapping[str, Connection]) -> dict[str, Connection]:
    """The channels whose platform calls; the others are asked for their messages."""
    return {
        name: each
        for name, each in connections.items()
        if isinstance(each.adapter, VerifiesWebhooks)
    }


def webhooks_app(session: Session) -> Starlette:
    """`POST /webhooks/<channel>`: what a platform is told to call.

    200: kept, or nothing that Mercer follows; 401: not signed by the platform; 404: no channel that
    is called; 413: too large; 422: signed, and makes no sense. Anything else was not kept, and
    platforms send it again.
    """
    called = callers(session.connections)

    async def receive(request: Request) -> JSONResponse:
        connection = called.get(request.path_params["channel"])
        if connection is None:
            return _answer(HTTPStatus.NOT_FOUND, "no channel here is called so")
        body = await _bounded(request)
        if body is None:
            return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        return _kept(session, connection, request.headers, body)

    async def health(_request: Request) -> JSONResponse:
        return JSONResponse({"channels": sorted(called)})

    routes = [
        Route(f"{PATH}/{{channel}}", receive, methods=["POST"]),
        Route("/health", health, methods=["GET"]),
    ]
    return Starlette(routes=routes)


def _kept(
    session: Session, connection: Connection, headers: Mapping[str, str], body: bytes
) -> JSONResponse:
    assert isinstance(connection.adapter, VerifiesWebhooks)  # chosen for it
    place = {"channel": connection.name}
    try:
        named = connection.adapter.verify(headers, body)
        new = keep_events(session, connection, named)
    except AuthExpired as error:
        log.warning("a webhook was refused", extra=place | {"reason": error.message})
        return _answer(HTTPStatus.UNAUTHORIZED, "the signature is wrong")
    except ProtocolBroken as error:
        log.warning("a webhook makes no sense", extra=place | {"reason": error.message})
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, "the body cannot be understood")
    topics = sorted({each.topic for each in named})
    log.info("webhook", extra=place | {"topics": topics, "new": new})
    return JSONResponse({"kept": new})


async def _bounded(request: Request) -> bytes | None:
    """The whole body, or `None` where there is too much of it."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _answer(status: HTTPStatus, words: str) -> JSONResponse:
    return JSONResponse({"error": words}, status)
