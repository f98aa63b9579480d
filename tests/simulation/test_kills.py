"""A real `mercer sync` is killed at random moments; what starts after it comes to rest by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.kills import killed, opened


def test_a_killed_sync_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    with opened(tmp_path, seed=1) as scene:
        assert killed(scene, kills=2) == []


@pytest.mark.long
def test_a_sync_that_is_killed_again_and_again_comes_right(tmp_path: Path) -> None:
    with opened(tmp_path, seed=2) as scene:
        assert killed(scene, kills=10) == []
        assert scene.landed > 3
