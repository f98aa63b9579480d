"""Bugs planted one at a time: the checker notices each, and says which invariant is broken.

Each is a part of Mercer that is turned off. Where one is not noticed, the world lacks what shows it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from mercer.core.outcome import Outcome
from mercer.sandbox.laboratory.history import History, Laboratory, Step
from mercer.store import events, flights, ledger, runs
from mercer.sync import apply, channel_run, intake, notices, pull, send, verify
from mercer.sync.recheck import Checked
from tests.simulation.conftest import acts

Plant = Callable[[pytest.MonkeyPatch], None]


def no_journal(patch: pytest.MonkeyPatch) -> None:
    numbers = count(-1, -1)

    def intend(tx: Any, run: str, intents: Sequence[Any], key: str, now: Any) -> list[int]:
        return [next(numbers) for _ in intents]

    patch.setattr(runs, "intend", intend)


def no_stale_check(patch: pytest.MonkeyPatch) -> None:
    """Whatever was planned is written, whatever has become of it."""

    def recheck(tx: Any, channel: Any, changes: Any, cells: Any, allowed: Any) -> list[Checked]:
        return [Checked(change) for change in changes]

    def take_off(tx: Any, key: Any, value: Any, *times: Any) -> bool:
        return True

    patch.setattr(channel_run, "recheck", recheck)
    patch.setattr(flights, "take_off", take_off)


def no_read_back(patch: pytest.MonkeyPatch) -> None:
    """What the platform accepts counts as done."""

    async def seen(session: Any, connection: Any, sent: Sequence[Any], watch: Any) -> Any:
        with session.database.write() as tx:
            for each in sent:
                flights.land(tx, each.change.cell, each.change.after)
                runs.settle(tx, [each.journal], "confirmed", session.clock.now())
        return {each.change.id: (Outcome.CONFIRMED, "") for each in sent}

    patch.setattr(channel_run, "verify", seen)


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

    async def nothing(session: Any, connection: Any) -> int:
        return 0

    for module in (verify, channel_run):
        patch.setattr(module, "settle_open", nothing)
    from mercer.sync import cycle, fanout

    for user in (cycle, fanout):
        patch.setattr(user, "settle_open", nothing)


def no_proof(patch: pytest.MonkeyPatch) -> None:
    """What one reading does not show is gone."""
    read = pull._pull

    async def hasty(session: Any, connection: Any) -> Any:
        began = session.clock.now()
        try:
            return await read(session, connection)
        finally:
            pull._conclude(session, connection, began, [])

    patch.setattr(pull, "_pull", hasty)


def no_journal_of_answers(patch: pytest.MonkeyPatch) -> None:
    """An answer that says nothing counts as a refusal: what is in doubt is sent again at once."""
    patch.setattr(send.Sender, "_doubt", send.Sender._fail_doubtful, raising=False)


def noticed(laboratory: Laboratory, steps: Sequence[Step] | None, seeds: range) -> set[str]:
    """The checks that fail in some of these histories."""
    found: set[str] = set()
    for seed in seeds:
        history = History(laboratory, seed)
        found |= {each.check for each in history.play(steps)}
    return found
