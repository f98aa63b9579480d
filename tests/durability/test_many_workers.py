"""Four workers on PostgreSQL share the work, and the work of one that is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.workers import WORKERS, measure
from tests.postgresql import Server


@pytest.mark.long
def test_four_workers_share_a_plan_and_finish_what_a_killed_one_left_within_a_minute(
    server: Server, tmp_path: Path
) -> None:
    found = measure(tmp_path, server.empty_database(), products=12)
    assert found.confirmed == found.changes
    assert found.wrong == 0
    assert found.orphans > 0, "it was killed in the midst of it"
    assert found.finished < 60
    assert len(found.shares) == WORKERS - 1 or len(found.shares) == WORKERS
    assert found.twice == 0
    assert found.at_once == 1
    assert found.throttled == 0
