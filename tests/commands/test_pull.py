"""What a pull says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mercer.commands import documents, pull
from mercer.commands.invocation import Invocation
from mercer.commands.output import Output
from mercer.sync.after_sales import TakenCases
from mercer.sync.intake import Taken

PUT_OFF = Taken(
    next_poll_at=datetime(2026, 11, 1, 12, 6, tzinfo=UTC),
    held_by="searchOrders",
    as_of=datetime(2026, 11, 1, 12, 3, tzinfo=UTC),
)


def test_a_look_that_was_put_off_says_how_old_the_orders_are_and_when_it_comes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pull.tell(Output(Invocation()), {}, {"amazon-de": PUT_OFF}, {})
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == (
        "amazon-de: orders as of 12:03, next look 12:06 UTC: the quota of searchOrders is used up"
    )
    assert documents.taken(PUT_OFF) == {
        "orders": 0,
        "new": 0,
        "unreadable": 0,
        "next_poll_at": "2026-11-01T12:06:00+00:00",
        "held_by": "searchOrders",
        "as_of": "2026-11-01T12:03:00+00:00",
    }


def test_cases_that_are_not_due_say_when_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    early = TakenCases(
        next_look_at=datetime(2026, 11, 1, 12, 30, tzinfo=UTC),
        as_of=datetime(2026, 11, 1, 12, 0, tzinfo=UTC),
    )
    pull.tell(Output(Invocation()), {}, {}, {"amazon-de": early, "tmall": TakenCases(3, 1, 1)})
    assert capsys.readouterr().out.splitlines() == [
        "amazon-de: cases as of 12:00, next look 12:30 UTC",
        "tmall: 3 cases read, 1 new or changed, 1 set aside: mercer orders aside",
    ]
