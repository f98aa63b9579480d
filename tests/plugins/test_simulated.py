"""What simulators share: buckets and days of calls, baskets, faults, dumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mercer.plugins.basket import taken
from mercer.plugins.dumps import Dumps
from mercer.plugins.flow import Bucket, Day
from mercer.plugins.gateway import within
from mercer.plugins.simulation import REPLICA_LAG, Dropped, Fault, FaultKind, Replica, World

NOON = datetime(2026, 11, 1, 4, tzinfo=UTC)
"""In Beijing."""


@given(
    rate=st.floats(0.01, 50), waits=st.lists(st.floats(0, 100), max_size=50), burst=st.floats(1, 40)
)
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(
    rate: float, waits: list[float], burst: float
) -> None:
    bucket, now, calls = Bucket(), NOON, 0
    for wait in waits:
        now += timedelta(seconds=wait)
        bucket.fill(rate, burst, now)
        if bucket.has_one:
            bucket.tokens -= 1
            calls += 1
    assert calls <= burst + rate * (now - NOON).total_seconds() + 1e-3


def test_calls_of_a_day_are_counted_anew_at_midnight_in_beijing() -> None:
    day = Day()
    day.begin(NOON)
    day.calls += 5
    day.begin(NOON + timedelta(hours=11, minutes=59))
    assert day.calls == 5
    day.begin(NOON + timedelta(hours=12))
    assert day.calls == 0


@pytest.mark.parametrize(
    ("since", "until", "inside"),
    [(None, None, True), (0, 0, True), (1, None, False), (None, -1, False), (-1, 1, True)],
)
def test_a_window_holds_both_its_ends(since: int | None, until: int | None, inside: bool) -> None:
    ends = [None if each is None else NOON + timedelta(hours=each) for each in (since, until)]
    assert within(NOON, *ends) is inside


OFFERS = {"cup": [("shelf", ["cup 1"]), ("shelf", ["cup 2"])], "pot": [("shelf", ["pot"])]}
LEFT = {"cup 1": 2, "cup 2": 3, "pot": 1}


def bought(*lines: tuple[str, int]) -> list[tuple[str, Sequence[str], int]]:
    return taken(lines, OFFERS.__getitem__, lambda _, offer: LEFT[offer[0]])


def test_an_order_takes_the_first_offer_that_has_enough_left() -> None:
    assert [
        (offer[0], units) for _, offer, units in bought(("cup", 2), ("cup", 3), ("pot", 1))
    ] == [
        ("cup 1", 2),
        ("cup 2", 3),
        ("pot", 1),
    ]


@pytest.mark.parametrize(
    "lines", [[("cup", 4)], [("pot", 1), ("pot", 1)], [("cup", 0)], [("pot", 1), ("cup", 9)]]
)
def test_either_all_lines_are_to_be_had_or_none(lines: list[tuple[str, int]]) -> None:
    with pytest.raises(ValueError, match="are on sale"):
        bought(*lines)


def test_a_code_that_no_offer_has_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        bought(("lamp", 1))


@dataclass
class Deed:
    """What a request did, and what its caller was told."""

    done: list[str] = field(default_factory=list)
    world: World = field(default_factory=World)

    def run(self, lost: bool) -> str:
        self.done += [] if lost else ["done"]
        return "yes"

    def under(self, fault: FaultKind | None) -> str:
        return self.world.struck(fault, self.run, lambda kind: f"failed: {kind.value}")


@pytest.mark.parametrize(
    ("fault", "told", "done"),
    [
        (None, "yes", 1),
        (FaultKind.ERROR_BEFORE, "failed: error-before", 0),
        (FaultKind.ERROR_AFTER, "failed: error-after", 1),
        (FaultKind.LOST_WRITE, "yes", 0),
    ],
)
def test_a_fault_decides_what_is_told_and_what_is_done(
    fault: FaultKind | None, told: str, done: int
) -> None:
    deed = Deed()
    assert deed.under(fault) == told
    assert len(deed.done) == done


def test_a_connection_that_drops_leaves_the_effect_open() -> None:
    seen = set()
    deed = Deed()
    for _ in range(20):
        deed.done.clear()
        with pytest.raises(Dropped):
            deed.under(FaultKind.TIMEOUT)
        seen.add(len(deed.done))
    assert seen == {0, 1}


def test_a_state_goes_through_its_dump_and_back() -> None:
    dumps = Dumps(Bucket)
    bucket = Bucket(2.5, NOON)
    assert dumps.read(dumps.made(bucket)) == bucket
    with pytest.raises(ValidationError):
        dumps.read({"tokens": "many"})


def stale(world: World) -> None:
    world.faults.active = [Fault(FaultKind.STALE_READ)]


def test_a_stale_read_shows_the_shop_before_its_last_write_and_only_for_a_while() -> None:
    world, shelf = World(1), ["cup"]
    replica: Replica[list[str]] = Replica(world)
    stale(world)
    replica.shop(shelf, None, write=True).append("pot")
    assert replica.shop(shelf, FaultKind.STALE_READ, write=False) == ["cup"]
    assert replica.shop(shelf, None, write=False) == ["cup", "pot"]
    world.clock.advance(REPLICA_LAG.total_seconds())
    assert replica.shop(shelf, FaultKind.STALE_READ, write=False) == ["cup", "pot"]


def test_a_lost_write_is_carried_out_on_a_copy() -> None:
    shelf = ["cup"]
    Replica[list[str]](World(1)).shop(shelf, FaultKind.LOST_WRITE, write=True).append("pot")
    assert shelf == ["cup"]


def test_no_write_is_answered_by_a_replica() -> None:
    world = World(1)
    stale(world)
    assert world.faults.draw("shop", write=True) is None
    assert world.faults.draw("shop", write=False) is FaultKind.STALE_READ
