"""A database as one process sees it: it may be busy, and the process may die right after a commit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

from mercer.sandbox.laboratory.network import Life
from mercer.store.database import Database, Durability, Transaction


class DatabaseBusy(Exception):
    """Another process kept the database for longer than anybody waits: none of Mercer's errors."""


class MortalDatabase(Database):
    """What was committed outlives the process; what comes after a commit may not happen any more.

    A share `busy` of writing transactions does not get its turn.
    """

    def __init__(self, whole: Database, life: Life, rng: random.Random) -> None:
        self._whole = whole
        self._life = life
        self._rng = rng
        self.busy = 0.0

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        self._life.go_on()
        with self._whole.read() as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        self._life.go_on()
        if self.busy and self._rng.random() < self.busy:
            raise DatabaseBusy
        with self._whole.write() as tx:
            yield tx
        self._life.go_on()

    @contextmanager
    def aside(self) -> Iterator[Transaction]:
        with self.write() as tx:
            yield tx

    def durability(self, connection: Transaction) -> Durability:
        return self._whole.durability(connection)

    def sweep(self) -> bool:
        return self._whole.sweep()

    @contextmanager
    def rehearsal(self) -> Iterator[Database]:
        self._life.go_on()
        with self._whole.rehearsal() as trial:
            yield trial

    def close(self) -> None:
        """The database outlives the process."""
