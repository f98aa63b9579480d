"""The clock of a workspace that works with a sandbox: the world's own, asked over loopback."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from mercer.core.errors import WorkspaceError

TIMEOUT: Final = 10.0

_FAILURES: Final = (OSError, http.client.HTTPException, ValueError, KeyError, TypeError)
"""Nobody there, or somebody else."""


class SandboxClock:
    """Waiting costs no time: a sleep moves the world on.

    The sandbox must run in another process or thread; a call that waits for itself would never end.
    Raise `WorkspaceError` where it does not run. May be shared by threads.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._address = address
        self._connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT
        )
        self._turn = threading.Lock()

    def now(self) -> datetime:
        return self._ask("GET", "/_world/clock")

    async def sleep(self, seconds: float) -> None:
        until = self.now() + timedelta(seconds=max(seconds, 0.0))
        await asyncio.sleep(0)
        self._ask("POST", "/_world/clock/advance", {"to": until.isoformat()})

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> datetime:
        content = json.dumps(body).encode() if body else None
        with self._turn:
            try:
                return self._send(method, path, content)
            except _FAILURES:
                self._connection.close()  # kept alive for too long, perhaps: once more on a new one
            try:
                return self._send(method, path, content)
            except _FAILURES as error:
                self._connection.close()
                raise self._away(error) from None

    def _send(self, method: str, path: str, content: bytes | None) -> datetime:
        self._connection.request(method, path, content)
        answer = json.loads(self._connection.getresponse().read())
        return datetime.fromisoformat(answer["now"])

    def _away(self, error: Exception) -> WorkspaceError:
        return WorkspaceError(
            f"the sandbox at {self._address} does not answer ({type(error).__name__})",
            hint="start it in another window, with this workspace: "
            f"mercer sandbox --port {urlsplit(self._address).port}",
        )
