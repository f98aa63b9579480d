from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.commands.story import Told

WELL = Told(offers=9, planned=7, confirmed=7, drifted=2, drift_repaired=2)


def test_a_story_ends_well_when_all_is_confirmed_repaired_and_nothing_is_left() -> None:
    assert WELL.well


@pytest.mark.parametrize(
    "told",
    [
        Told(),
        replace(WELL, confirmed=6),
        replace(WELL, drift_repaired=1),
        replace(WELL, drifted=0, drift_repaired=0),
        replace(WELL, second_plan_changes=1),
    ],
)
def test_a_story_with_anything_left_undone_does_not_end_well(told: Told) -> None:
    assert not told.well
