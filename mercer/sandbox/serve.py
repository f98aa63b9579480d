"""Serve a sandbox on loopback until it is stopped, and put it away."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from mercer.listening import listening, stoppable
from mercer.sandbox import workspace as workspaces
from mercer.sandbox.app import CONNECTION, SandboxApp
from mercer.sandbox.courier import Courier
from mercer.sandbox.world import Sandbox

HOST: Final = "127.0.0.1"
KEEP_ALIVE: Final = 75
"""Seconds: longer than people think between two commands of one script."""

Ready = Callable[[str], None]
"""Called with the sandbox's address once it can be reached."""


class _Breakable(H11Protocol):
    """Hands its connection to the app, which breaks it where a simulator drops a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, CONNECTION: transport}


class _Server(uvicorn.Server):
    """`courier`: carries the shops' webhooks while it serves, if somebody wants them."""

    def __init__(
        self, sandbox: Sandbox, at_start: Callable[[], None], courier: Courier | None = None
    ) -> None:
        config = uvicorn.Config(
            SandboxApp(sandbox),
            http=_Breakable,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self._at_start = at_start
        self._courier = courier
        self._carrying: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._courier is not None:
            self._carrying = asyncio.create_task(self._courier.carry())
        self._at_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._carrying is not None:
            self._carrying.cancel()
        await super().shutdown(sockets)


def serve(
    sandbox: Sandbox,
    port: int,
    workspace: Path | None,
    ready: Ready = lambda _address: None,
    subscriber: str | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; port 0 is a free one. Webhooks go to the `subscriber`.

    With a workspace, write its `mercer.toml` first, and save the world in it at the end. Raise
    `RefusedError` for a folder of real shops and `WorkspaceError` for a port that is taken.
    """
    with (
        listening(HOST, port) as (listener, address),
        _kept_in(workspace, sandbox, address),
        stoppable(),
    ):
        courier = Courier(sandbox, subscriber) if subscriber else None
        _Server(sandbox, lambda: ready(address), courier).run([listener])


@contextmanager
def running(sandbox: Sandbox, port: int = 0, workspace: Path | None = None) -> Iterator[str]:
    """Serve from a thread of its own while the block runs; gives the address."""
    started = threading.Event()
    server = _Server(sandbox, started.set)
    with listening(HOST, port) as (listener, address), _kept_in(workspace, sandbox, address):
        thread = threading.Thread(target=_run, args=(server, listener, started), name="sandbox")
        thread.start()
        try:
            started.wait()
            yield address
        finally:
            server.should_exit = True
            thread.join()


def _run(server: _Server, listener: socket.socket, ended: threading.Event) -> None:
    try:
        server.run([listener])
    finally:
        ended.set()  # whoever waits for the start does not wait for a server that failed


@contextmanager
def _kept_in(workspace: Path | None, sandbox: Sandbox, address: str) -> Iterator[None]:
    if workspace is not None:
        workspaces.make_ready(sandbox, workspace, address)
    yield
    if workspace is not None:
        workspaces.put_away(sandbox, workspace)
