"""The best reader that the quotas allow, on histories made by hand."""

from __future__ import annotations

from math import inf

import pytest

from mercer.sandbox.laboratory.ideal import TRIP, Means, Reader, Taking, Turn

FREE = Means(rate=100.0, burst=100.0, look=1.0, write=1.0, room=100)
TIGHT = Means(rate=2.0, burst=1.0, look=1.0, write=1.0, room=1)
OPENING = {"A": 10, "B": 100, "C": 50}
LISTINGS = {"A": "one", "B": "one", "C": "two"}


def reader(
    north: Means = FREE, south: Means = FREE, turn: Turn = Turn.OLDEST, **more: object
) -> Reader:
    means = {"north": north, "south": south}
    return Reader(means, LISTINGS, OPENING, 1.0, 1.0, turn, **more)  # type: ignore[arg-type]


def test_a_look_brings_what_was_sold_before_it_reached_the_shop() -> None:
    best = reader()
    assert best.hears(Taking(2.5, "north", "A", 1)) == pytest.approx(3.0 + 2 * TRIP)
    assert best.hears(Taking(3.0 + TRIP, "north", "A", 1)) == pytest.approx(3.0 + 2 * TRIP)
    assert best.hears(Taking(3.0 + TRIP + 0.01, "north", "A", 1)) == pytest.approx(4.0 + 2 * TRIP)


def test_a_notice_that_arrives_before_the_look_is_heard_at_once() -> None:
    assert reader().hears(Taking(2.1, "north", "A", 1, told=2.3)) == 2.3


def test_a_look_that_costs_nothing_is_made_all_the_time() -> None:
    free_look = Means(rate=5.0, burst=5.0, look=0.0, write=1.0, room=1)
    assert reader(north=free_look).hears(Taking(2.5, "north", "A", 1)) <= 2.5 + 4 * TRIP


def test_a_shop_is_looked_at_no_oftener_than_its_quota_lets_anybody() -> None:
    dear = Means(rate=5.0, burst=5.0, look=10.0, write=1.0, room=1)
    assert reader(north=dear).hears(Taking(2.5, "north", "A", 1)) == pytest.approx(4.0 + 2 * TRIP)


def test_a_dead_process_looks_when_it_is_born_again() -> None:
    best = reader(dead=((2.9, 4.4),))
    assert best.hears(Taking(2.5, "north", "A", 1)) == pytest.approx(4.4 + 2 * TRIP)


def test_a_number_shows_only_elsewhere_and_only_once_it_has_travelled() -> None:
    sold = Taking(2.2, "north", "A", 3, told=2.5)
    play = reader().play([sold])
    assert play.taken_elsewhere("south", "A", 2.5) == 0
    assert play.taken_elsewhere("south", "A", 2.5 + TRIP) == 3
    assert play.taken_elsewhere("north", "A", inf) == 0


def test_a_platform_that_acts_late_shows_it_late() -> None:
    late = Means(rate=5.0, burst=5.0, look=0.0, write=1.0, room=1, effect=120.0, settle=300.0)
    sold = Taking(2.2, "north", "A", 3, told=2.5)
    play = reader(south=late).play([sold])
    assert play.taken_elsewhere("south", "A", 122.5) == 0
    assert play.taken_elsewhere("south", "A", 122.6) == 3
    assert play.confirmed(sold, "south") == pytest.approx(302.5 + 3 * TRIP)


def test_numbers_wait_for_the_quota_that_looks_leave_and_many_sales_make_one() -> None:
    sold = [Taking(0.1 * n, "north", "ABC"[n % 3], 1, told=0.1 * n) for n in range(1, 10)]
    play = reader(south=TIGHT).play(sold)
    # One at once, then one a second; each takes along whatever was sold of its SKU until then.
    assert [play.taken_elsewhere("south", "B", at) for at in (0.5, 1.1)] == [1, 1]
    assert play.taken_elsewhere("south", "C", 1.2) == 3
    assert play.taken_elsewhere("south", "A", 2.2) == 3
    assert play.taken_elsewhere("south", "B", 3.2) == 3


def test_the_scarcest_or_the_fastest_goes_first() -> None:
    sold = [
        Taking(0.1, "north", "C", 1, told=0.1),
        Taking(0.2, "north", "B", 60, told=0.2),
        Taking(0.3, "north", "A", 1, told=0.3),
    ]
    scarcest = reader(south=TIGHT, turn=Turn.SCARCEST).play(sold)
    assert scarcest.taken_elsewhere("south", "A", 1.2) == 1
    fastest = reader(south=TIGHT, turn=Turn.SOONEST_OUT).play(sold)
    assert fastest.taken_elsewhere("south", "B", 1.2) == 60
    assert fastest.taken_elsewhere("south", "A", 1.2) == 0


def test_a_call_of_one_listing_leaves_the_others_for_the_next() -> None:
    alone = Means(rate=2.0, burst=1.0, look=1.0, write=1.0, room=20, alone=True)
    sold = [Taking(0.1, "north", "C", 1, told=0.1)]
    sold += [Taking(0.2, "north", sku, 1, told=0.2) for sku in "ABC"]
    play = reader(south=alone).play(sold)
    assert [play.taken_elsewhere("south", sku, 1.2) for sku in "ABC"] == [1, 1, 1]
    assert [play.taken_elsewhere("south", sku, 2.3) for sku in "ABC"] == [1, 1, 2]


def test_nothing_leaves_a_dead_process() -> None:
    sold = Taking(2.2, "north", "A", 3, told=2.5)
    play = reader(dead=((2.5, 6.0),)).play([sold])
    assert play.taken_elsewhere("south", "A", 6.0) == 0
    assert play.taken_elsewhere("south", "A", 6.1) == 3


def test_units_given_back_show_again() -> None:
    sold = [Taking(2.2, "north", "A", 3, told=2.5), Taking(9.2, "north", "A", -3, told=9.5)]
    play = reader().play(sold)
    assert play.taken_elsewhere("south", "A", 9.0) == 3
    assert play.taken_elsewhere("south", "A", 10.0) == 0


def test_what_a_shop_itself_gives_back_makes_a_reader_set_its_number_again() -> None:
    sold = [Taking(1.0, "south", "A", 2, told=1.1), Taking(5.0, "south", "A", -2, told=5.1)]
    play = reader().play(sold)
    assert play.last_number("south", "A", 5.0) == (-inf, 0)
    assert play.last_number("south", "A", 6.0)[0] == pytest.approx(5.1 + TRIP)
