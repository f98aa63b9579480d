"""One laboratory for all histories of a worker: what its database has compiled once stays compiled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mercer.sandbox.laboratory.history import History, Laboratory
from mercer.sandbox.laboratory.setting import SMALL, Size


@pytest.fixture(scope="session")
def laboratory() -> Iterator[Laboratory]:
    shared = Laboratory()
    yield shared
    shared.database.close()


def hold(laboratory: Laboratory, seed: int, size: Size = SMALL) -> History:
    """Play a seed; say how to play it again where something that must hold does not."""
    history = History(laboratory, seed, size)
    found = history.play()
    large = "" if size is SMALL else " --large"
    said = "\n".join(map(str, found))
    assert not found, f"mercer sandbox replay {seed}{large} --verbose\n{said}"
    return history
