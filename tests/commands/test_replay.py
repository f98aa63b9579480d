"""`mercer sandbox replay`: a history once more, told or checked."""

from __future__ import annotations

import json

import pytest

from mercer.commands import line
from mercer.store import runs


def test_a_seed_is_played_and_checked_without_a_workspace(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert line.run(["sandbox", "replay", "1", "--steps", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["seed"], told["steps"], told["findings"]) == (1, 2, [])
    assert len(told["digest"]) == 64


def test_what_does_not_hold_is_told_with_its_story_and_ends_in_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "intend", lambda tx, run, intents, key, now: list(map(id, intents)))
    assert line.run(["sandbox", "replay", "0", "--steps", "0"]) == 1
    told = capsys.readouterr().out
    assert "wrong: journal first: " in told
    assert "everybody rests" in told


def test_a_seed_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert line.run(["sandbox", "replay", "monday"]) == 2
    assert "'monday' is not a valid integer" in capsys.readouterr().err
