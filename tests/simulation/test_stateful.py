"""Histories that Hypothesis makes up: where one fails, it is cut down to the steps that matter."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mercer.sandbox.laboratory.history import ACTS, History, Laboratory, Step

STEPS = st.lists(st.builds(Step, st.sampled_from(ACTS), st.integers(0, 2**16)), max_size=12)
SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=12, suppress_health_check=SHARED)
@given(seed=st.integers(0, 40), steps=STEPS)
def test_whatever_is_done_in_whatever_world_it_comes_right(
    laboratory: Laboratory, seed: int, steps: list[Step]
) -> None:
    assert History(laboratory, seed).play(steps) == []


@pytest.mark.long
@settings(max_examples=60, suppress_health_check=SHARED)
@given(seed=st.integers(0, 10_000), steps=STEPS)
def test_the_same_of_many_more(laboratory: Laboratory, seed: int, steps: list[Step]) -> None:
    assert History(laboratory, seed).play(steps) == []
