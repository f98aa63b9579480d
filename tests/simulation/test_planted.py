"""Bugs planted one at a time: the checker notices each, and says which invariant is broken.

Each is a part of Mercer that is turned off. Where one is not noticed, the world lacks what shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest

from mercer.core import cellstate
from mercer.core.merge import Sides, Verdict, merge
from mercer.sandbox.laboratory.history import History, Laboratory, Step
from mercer.store import flights, ledger, runs
from mercer.sync import channel_run, intake, pull
from mercer.sync.recheck import Checked
from mercer.sync.settling import Unsettled
from mercer.sync.verify import Verification

Plant = Callable[[pytest.MonkeyPatch], None]


def no_journal(patch: pytest.MonkeyPatch) -> None:
    numbers = count(-1, -1)

    def intend(tx: Any, run: str, intents: Sequence[Any], key: str, now: Any) -> list[int]:
        return [next(numbers) for _ in intents]

    patch.setattr(runs, "intend", intend)


def no_stale_check(patch: pytest.MonkeyPatch) -> None:
    """Whatever was planned is written, whatever has become of it."""

    def recheck(
        tx: Any, session: Any, channel: Any, changes: Any, cells: Any, allowed: Any
    ) -> list[Checked]:
        return [Checked(change) for change in changes]

    def take_off(tx: Any, key: Any, value: Any, *times: Any) -> bool:
        return True

    patch.setattr(channel_run, "recheck", recheck)
    patch.setattr(flights, "take_off", take_off)


def no_read_back(patch: pytest.MonkeyPatch) -> None:
    """What the platform accepts counts as done."""

    async def look(verification: Verification, sent: Sequence[Any]) -> None:
        with verification.session.database.write() as tx:
            for each in sent:
                flights.land(tx, each.cell, each.after)
        verification._decide(sent)

    patch.setattr(Verification, "_look", look)


def no_overlap(patch: pytest.MonkeyPatch) -> None:
    """Each look at the orders begins where the last one ended, by Mercer's own clock."""
    start = intake._start

    def later(session: Any, connection: Any) -> Any:
        return start(session, connection) + connection.declared.orders.overlap

    patch.setattr(intake, "_start", later)


def no_unique_keys(patch: pytest.MonkeyPatch) -> None:
    """What comes twice is taken in twice."""
    row, numbers = ledger._row, count()

    def another(movement: Any, line: Any = None) -> dict[str, object]:
        return row(movement, line) | {"key": f"{movement.key}/{next(numbers)}"}

    patch.setattr(ledger, "_row", another)
    patch.setattr(ledger, "moved_by_lines", lambda *given: {})


def no_watermark_rule(patch: pytest.MonkeyPatch) -> None:
    """A number is written without a look at the orders that it rests on."""

    async def nothing(run: Any) -> None:
        return None

    patch.setattr(channel_run.ChannelRun, "_drain", nothing)
    patch.setattr(channel_run.ChannelRun, "_unexplained", lambda run, wave: {})


def no_settling(patch: pytest.MonkeyPatch) -> None:
    """What a killed process left open stays so."""
    patch.setattr(Unsettled, "decide", lambda left, shown, asked, began: 0)


def no_proof(patch: pytest.MonkeyPatch) -> None:
    """What one reading does not show is gone."""
    read = pull.pull_shop

    async def hasty(session: Any, connection: Any) -> Any:
        began = session.clock.now()
        try:
            return await read(session, connection)
        finally:
            pull._conclude(session, connection, began, [])

    patch.setattr(pull, "pull_shop", hasty)


def no_compare_of_what_is_known(patch: pytest.MonkeyPatch) -> None:
    """A cell is written whether or not anybody has agreed on it."""

    def bold(sides: Sides, *rest: Any) -> Verdict:
        known = sides if sides.base is not None else sides._replace(base=sides.observed)
        return merge(known, *rest)

    patch.setattr(cellstate, "merge", bold)


PLANTED: dict[Plant, tuple[str, int, tuple[str, ...]]] = {
    no_journal: ("journal_first", 0, ("count", "count", "sync")),
    no_stale_check: (
        "a_plan_is_a_contract", 0, ("set a price", "plan", "set a price", "set a price", "apply"),
    ),
    no_read_back: ("accepted_is_not_applied", 2, ()),
    no_overlap: ("every_order_once", 2, ("pull", "order", "order", "pull", "order", "pull")),
    no_unique_keys: (
        "the_ledger_is_the_shops_truth", 0,
        ("order", "order", "sync", "cancel", "cancel", "pay", "ship", "sync"),
    ),
    no_watermark_rule: (
        "numbers_rest_on_known_orders", 4,
        ("count", "count", "count", "plan", "order", "order", "wait", "apply", "count", "plan",
         "order", "order", "wait", "apply"),
    ),
    no_settling: ("nothing_is_left_open", 7, ()),
    no_proof: ("absence_needs_proof", 0, ()),
    no_compare_of_what_is_known: ("ours_only", 4, ("sync", "sync")),
}  # fmt: skip
"""What is turned off: the check that notices, a seed, and the steps (none: the seed's own)."""


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_noticed(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    check, seed, names = PLANTED[plant]
    plant(monkeypatch)
    found: set[str] = set()
    for first in (0, 50, 100):
        found |= played(laboratory, seed, names, first)
        if check in found:
            return
    pytest.fail(f"only {sorted(found) or 'nothing'} was noticed")


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_the_same_history_is_right_without_the_bug(laboratory: Laboratory, plant: Plant) -> None:
    _, seed, names = PLANTED[plant]
    assert not played(laboratory, seed, names, first=0)


def played(laboratory: Laboratory, seed: int, names: Sequence[str], first: int) -> set[str]:
    steps = [Step(name, first + index) for index, name in enumerate(names)]
    return {each.check for each in History(laboratory, seed).play(steps or None)}
