"""A small flash sale as a whole: the books, and what was sold that was not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from mercer.sandbox.laboratory.oracle import Oracle
from mercer.sandbox.laboratory.rush import Plan, Rush

BUFFERS = {"shopify": 8, "taobao": 8, "jd": 8, "amazon": 60}


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_a_rush_with_a_kill_leaves_right_books_and_nothing_that_could_have_been_prevented(
    tmp_path: Path, seed: int
) -> None:
    plan = Plan(seed, products=60, orders=240, seconds=60.0, kills=1, buffers=BUFFERS)
    rush = Rush(plan, tmp_path)
    rush.play()
    oracle = Oracle(rush.simulators, rush.opening, rush.plays(), plan.buffers)
    judgement = oracle.judge(rush.process.database, rush.history)
    rush.process.close()
    assert len(rush.dead) == 1
    assert len(rush.crowd.sales) > 150
    assert judgement.faults() == []
    assert judgement.oversold_units == 0
