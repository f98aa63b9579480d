"""A channel that cannot be worked with rests, and is tried again by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mercer.core.clock import VirtualClock
from mercer.core.errors import AuthExpired, MercerError, RefusedError, Rejected, Transient
from mercer.store import breakers
from mercer.store.database import Database
from mercer.sync.breaker import LOCKED, LONGEST_REST, Breaker

DOWN = Transient("no answer", in_doubt=False)
LOCKED_OUT = AuthExpired("the token has expired")


def rest(database: Database, clock: VirtualClock) -> timedelta:
    with database.read() as tx:
        (found,) = breakers.every(tx)
    return found.until - clock.now()


@pytest.mark.parametrize("error", [DOWN, LOCKED_OUT])
def test_it_opens_says_why_lets_one_try_and_closes(database: Database, error: MercerError) -> None:
    clock, told = VirtualClock(), list[str]()
    breaker = Breaker(database, clock, told.append)
    breaker.admit("north")
    breaker.failed("north", error)
    with pytest.raises(RefusedError, match=f"north rests since .*: {error.message}"):
        breaker.admit("north")
    breaker.admit("south")
    clock.advance(rest(database, clock).total_seconds())
    breaker.admit("north")
    with pytest.raises(RefusedError):
        breaker.admit("north")
    breaker.worked("north")
    breaker.admit("north")
    assert [line.split(" until")[0] for line in told] == ["north rests", "north works again"]


def test_who_does_not_answer_is_asked_ever_more_seldom(database: Database) -> None:
    clock = VirtualClock()
    breaker = Breaker(database, clock)
    rests = []
    for _ in range(8):
        breaker.failed("north", DOWN)
        rests.append(rest(database, clock))
        clock.advance(rests[-1].total_seconds())
    assert rests[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert rests[-1] == LONGEST_REST


def test_an_authorisation_that_has_ended_waits_for_a_person(database: Database) -> None:
    clock = VirtualClock()
    Breaker(database, clock).failed("north", LOCKED_OUT)
    assert rest(database, clock) == LOCKED


def test_one_bad_item_opens_nothing(database: Database) -> None:
    breaker = Breaker(database, VirtualClock())
    breaker.failed("north", Rejected("too low"))
    breaker.admit("north")
