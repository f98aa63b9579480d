"""Whole histories from seeds: whatever happens on the way, everything that must hold does in the end."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mercer.sandbox.laboratory.history import Laboratory
from mercer.sandbox.laboratory.setting import LARGE, Size
from mercer.store.database import Database
from tests.simulation.conftest import hold

SEEDS = range(60)
MORE = range(60, 1000)
_TELL = """
import sys
from mercer.sandbox.laboratory.history import History, Laboratory
for seed in map(int, sys.argv[1:]):
    history = History(Laboratory(), seed)
    history.play()
    print(history.digest)
"""


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_comes_right_once_it_is_quiet(laboratory: Laboratory, seed: int) -> None:
    hold(laboratory, seed)


@pytest.mark.seeds
@pytest.mark.parametrize("seed", MORE)
def test_many_histories_come_right(laboratory: Laboratory, seed: int) -> None:
    hold(laboratory, seed)


@pytest.mark.parametrize("seed", range(3))
def test_a_history_is_the_same_on_postgresql(
    laboratory: Laboratory, on_server: Database, seed: int
) -> None:
    there = hold(Laboratory(laboratory.platforms, on_server), seed)
    assert there.story == hold(laboratory, seed).story


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_a_large_world_comes_right_too(laboratory: Laboratory, seed: int) -> None:
    """With goods enough for several pages at the shops, which move between one page and the next."""
    hold(laboratory, seed, LARGE)


def test_the_same_seed_is_the_same_history_wherever_it_is_played() -> None:
    """Other processes hash texts otherwise, and play it first or third."""
    told = [_told("0", "3", "5", "11"), _told("4711", "3", "5", "11"), _told("1", "11", "5", "3")]
    assert told[0] == told[1] == told[2][::-1]
    assert len(set(told[0])) == 3


def test_worlds_differ_in_size(laboratory: Laboratory) -> None:
    alone = hold(laboratory, 1, Size(products=(1, 1), channels=(1,), steps=4))
    assert len(alone.simulators) == 1


def _told(hashes: str, *seeds: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hashes}
    done = subprocess.run(
        [sys.executable, "-c", _TELL, *seeds], env=environment, capture_output=True, check=True
    )
    return done.stdout.decode().split()
