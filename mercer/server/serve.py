"""Serve webhooks until somebody stops it."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from mercer.listening import listening, stoppable
from mercer.server.webhooks import webhooks_app
from mercer.sync.session import Session


class _Server(uvicorn.Server):
    def __init__(self, session: Session, at_start: Callable[[], None]) -> None:
        config = uvicorn.Config(
            webhooks_app(session),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=200,
            timeout_graceful_shutdown=5,
        )
        super().__init__(config)
        self._at_start = at_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._at_start()


async def serve_webhooks(
    session: Session, host: str, port: int, ready: Callable[[str], None]
) -> None:
    """Until SIGINT or SIGTERM. `ready` is told the address once it can be reached.

    Raise `WorkspaceError` for a port that is taken.
    """
    with listening(host, port) as (listener, address), stoppable():
        await _Server(session, lambda: ready(address)).serve([listener])
