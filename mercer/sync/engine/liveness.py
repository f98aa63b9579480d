"""A worker's signs of life, and the adoption of what dead workers leave.

In a thread, because a long step may hold the worker's loop for longer than the others would wait.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from mercer.store import workers
from mercer.store.database import Database
from mercer.store.workers import Worker
from mercer.sync.engine.lock import is_held
from mercer.sync.engine.place import Place

BEAT: Final = timedelta(seconds=5)
DEAD: Final = timedelta(seconds=30)
"""Without a sign of life for so long, a worker's runs are taken over."""

_LEASE: Final = "adoption"

log: Final = logging.getLogger("mercer.sync")

Adopt = Callable[[set[str]], list[str]]
"""Put back the runs whose workers are not among these; tell which."""


def alive(database: Database, place: Place) -> list[Worker]:
    """Workers that gave a sign of life lately, by the machine's clock; on SQLite, the lock tells."""
    if place.lock is not None and not is_held(place.lock):
        return []
    with database.read() as tx:
        return workers.alive(tx, datetime.now(UTC) - 3 * BEAT)


@dataclass(slots=True)
class Liveness:
    """While it is entered, the worker `id` is alive. `alone`: there can be no other."""

    database: Database
    adopt: Adopt
    alone: bool
    tell: Callable[[str], None]
    id: str = field(
        default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
    )
    _worker: Worker = field(init=False)
    _ended: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread = field(init=False)

    def begin(self) -> None:
        now = datetime.now(UTC)
        self._worker = Worker(self.id, socket.gethostname(), os.getpid(), now, now)
        with self.database.aside() as tx:
            workers.seen(tx, self._worker)
            if self.alone:
                workers.forget_all_but(tx, self.id)
        self._thread = threading.Thread(target=self._beat, name="liveness", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """What it leaves unfinished is anybody's at once."""
        self._ended.set()
        self._thread.join()
        with self.database.aside() as tx:
            workers.gone(tx, self.id)

    def _beat(self) -> None:
        while True:
            try:
                self._give_sign()
                self._adopt()
            except Exception:  # the database is away for a moment: the next beat tells
                log.warning("no sign of life could be given", exc_info=True)
            if self._ended.wait(BEAT.total_seconds()):
                return

    def _give_sign(self) -> None:
        self._worker = replace(self._worker, seen_at=datetime.now(UTC))
        with self.database.aside() as tx:
            workers.seen(tx, self._worker)

    def _adopt(self) -> None:
        now = datetime.now(UTC)
        with self.database.aside() as tx:
            if not workers.take_lease(tx, _LEASE, self.id, now, now + 3 * BEAT):
                return
            workers.forget(tx, now - DEAD)
            living = {worker.id for worker in workers.alive(tx, now - DEAD)}
        for run in self.adopt(living):
            log.warning("run taken over", extra={"run": run})
            self.tell(f"takes over {run}, whose worker is gone")
