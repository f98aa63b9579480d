"""Serve an ASGI app on a port of this machine until somebody stops it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from mercer.core.errors import WorkspaceError


@contextmanager
def listening(host: str, port: int) -> Iterator[tuple[socket.socket, str]]:
    """A listening socket and its address; port 0 is a free one.

    Raise `WorkspaceError` where the port is taken or the host is not this machine's.
    """
    # Only where the protocol is named does asyncio send small answers at once; else each waits 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except (OSError, OverflowError) as error:
            raise WorkspaceError(
                f"nothing can listen on {host}, port {port}: {error}",
                hint="choose another: --port 0 takes a free one",
            ) from None
        yield listener, f"http://{host}:{listener.getsockname()[1]}"


@contextmanager
def stoppable() -> Iterator[None]:
    """uvicorn raises the signal that stopped it once more at its end; here that is no error."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
