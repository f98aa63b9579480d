"""How long work takes at the quotas, with the looks at orders that go on beside it."""

from __future__ import annotations

import pytest

from mercer.core.contract import Calls, Quota
from mercer.core.quota import ALONE
from mercer.sync.pace import Pace


def paced(rate: float, burst: float, calls: int, every: float) -> Pace:
    quota = Quota("all", rate, burst)
    pace = Pace([quota], [Calls("all")], every)
    pace.take("all", calls, 1.0, ALONE)
    return pace


def test_looks_that_were_due_meanwhile_are_made_as_often() -> None:
    pace = paced(rate=1.0, burst=1.0, calls=121, every=60.0)
    assert pace.calls == 121 + 2
    assert pace.now == pytest.approx(122.0)


def test_a_look_that_takes_longer_than_they_are_apart_puts_the_next_one_off() -> None:
    pace = paced(rate=0.01, burst=1.0, calls=2, every=60.0)
    assert pace.calls == 2 + 1
    assert pace.now == pytest.approx(200.0)
