"""The sandbox as one ASGI app: each shop at `/<channel>/`, the tester's controls at `/_world`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from mercer.config.tables import LOOPBACK
from mercer.core.errors import InputError
from mercer.plugins.simulation import Dropped
from mercer.sandbox.bodies import (
    AskBackBody,
    ClockBody,
    EditBody,
    FaultBody,
    NoBody,
    OrderBody,
    OrderedBody,
    SettleBody,
)
from mercer.sandbox.control import Control, NotThere, Refused
from mercer.sandbox.world import Sandbox

LATENCY: Final = 0.05
"""Seconds that pass in the world before a shop takes up a request."""

LARGEST_BODY: Final = 8 * 1024 * 1024
"""Bytes."""

CONNECTION: Final = "mercer.connection"
"""Where the server puts its side of the connection into the scope's state, so that it can break."""

Body = TypeVar("Body", bound=BaseModel)
Endpoint = Callable[[Request], Awaitable[JSONResponse]]


class SandboxApp:
    """Answers this machine only, whatever the port is bound to: the `Host` must be a loopback name,
    which keeps web pages in a browser out.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._control = _control_app(Control(sandbox))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _from_here(scope):
            refusal = _error(HTTPStatus.FORBIDDEN, "the sandbox answers this machine only", "")
            await refusal(scope, receive, send)
        elif (body := await _bounded(receive)) is None:
            answer = _error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the request is too large", "")
            answer.headers["connection"] = "close"
            await answer(scope, receive, send)
        else:
            await self._route(scope, _replayed(body, receive), send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        name, _, rest = scope["path"].removeprefix("/").partition("/")
        if name == "_world":
            await self._control(scope, receive, send)
        elif name in self._sandbox.simulators:
            self._sandbox.world.clock.advance(LATENCY)
            inside = {**scope, "path": f"/{rest}", "raw_path": _after(scope, name)}
            try:
                await self._sandbox.simulators[name].app(inside, receive, send)
            except Dropped:
                await _break(scope)
        else:
            known = ", ".join(f"/{name}/" for name in self._sandbox.simulators)
            answer = _error(HTTPStatus.NOT_FOUND, "nothing is here", f"there are /_world, {known}")
            await answer(scope, receive, send)


def _from_here(scope: Scope) -> bool:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname in LOOPBACK
    except ValueError:
        return False


async def _bounded(receive: Receive) -> bytes | None:
    """The whole body, or `None` where there is too much of it."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


def _after(scope: Scope, name: str) -> bytes:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.removeprefix(f"/{name}".encode()) or b"/"


async def _break(scope: Scope) -> None:
    """Close without a word. Where no server handed its connection over, `Dropped` goes on upwards."""
    connection: asyncio.Transport | None = scope.get("state", {}).get(CONNECTION)
    if connection is None:
        raise Dropped
    connection.abort()
    await asyncio.sleep(0)  # the server hears of it now, and does not answer in our place


# ---------------------------------------------------------------- /_world


def _control_app(control: Control) -> Starlette:
    def reads(call: Callable[..., dict[str, Any]]) -> Endpoint:
        async def endpoint(request: Request) -> JSONResponse:
            return JSONResponse(call(**request.path_params))

        return endpoint

    def acts(call: Callable[..., dict[str, Any]], model: type[Body]) -> Endpoint:
        async def endpoint(request: Request) -> JSONResponse:
            body = model.model_validate_json(await request.body() or b"{}")
            return JSONResponse(call(**request.path_params, body=body))

        return endpoint

    routes = [
        ("GET", "", reads(control.overview)),
        ("GET", "/clock", reads(control.clock)),
        ("POST", "/clock/advance", acts(control.advance, ClockBody)),
        ("GET", "/faults", reads(control.faults)),
        ("POST", "/faults", acts(control.add_fault, FaultBody)),
        ("DELETE", "/faults", reads(control.clear_faults)),
        ("GET", "/{channel}/offers", reads(control.offers)),
        ("POST", "/{channel}/edit", acts(control.edit, EditBody)),
        ("POST", "/{channel}/order", acts(control.order, OrderBody)),
        ("POST", "/{channel}/pay", acts(control.pay, OrderedBody)),
        ("POST", "/{channel}/cancel", acts(control.cancel, OrderedBody)),
        ("POST", "/{channel}/ask-back", acts(control.ask_back, AskBackBody)),
        ("POST", "/{channel}/settle-case", acts(control.settle_case, SettleBody)),
        ("GET", "/{channel}/orders", reads(control.orders)),
        ("POST", "/{channel}/notices", acts(control.notices, NoBody)),
    ]
    return Starlette(
        routes=[Route(f"/_world{path}", each, methods=[method]) for method, path, each in routes],
        exception_handlers={
            ValidationError: _invalid,
            InputError: _refused,
            HTTPException: _unrouted,
        },
    )


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ValidationError)
    faults = [
        f"{'.'.join(str(key) for key in each['loc']) or 'the body'}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False)
    ]
    return _error(HTTPStatus.BAD_REQUEST, "; ".join(faults), "send a JSON object")


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, InputError)
    status = HTTPStatus.BAD_REQUEST
    if isinstance(error, NotThere):
        status = HTTPStatus.NOT_FOUND
    elif isinstance(error, Refused):
        status = HTTPStatus.CONFLICT
    return _error(status, error.message, error.hint)


async def _unrouted(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, error.detail, "see GET /_world")


def _error(status: int, message: str, hint: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "hint": hint}}, status)
