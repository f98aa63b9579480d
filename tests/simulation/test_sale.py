"""What is made of a sale's history: who was turned away, and which numbers were right already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mercer.sandbox.laboratory.crowd import Refusal, Sale
from mercer.sandbox.laboratory.ideal import Play, Reader, Turn
from mercer.sandbox.laboratory.propagation import Ways
from mercer.sandbox.laboratory.sale import Happened, History
from mercer.store.hindsight import Written

BEGAN = datetime(2026, 11, 11, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def history(sales: list[Sale], refused: list[Refusal]) -> History:
    return History(BEGAN, sales, refused, {}, {}, [])


def test_buyers_are_turned_away_where_as_many_units_were_there() -> None:
    sales = [Sale(at(1), "north", "1", {"A": 6}), Sale(at(5), "north", "2", {"A": 3})]
    refused = [Refusal(at(2), "A", 4), Refusal(at(2), "A", 5), Refusal(at(6), "A", 2)]
    assert history(sales, refused).turned_away({"A": 10}) == 1


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ([], None),
        ([Written(9, at(11), at(14))], at(14)),
        ([Written(4, at(1), at(2)), Written(3, at(11), at(14))], at(2)),
        ([Written(6, at(1), at(2)), Written(3, at(11), at(14))], at(2)),  # it sold two itself since
        ([Written(7, at(1), at(2)), Written(3, at(11), at(14))], at(14)),
        ([Written(4, at(1), at(60)), Written(3, at(11), at(14))], at(60)),  # on its way by then
        ([Written(4, at(1), at(2)), Written(9, at(3), at(60)), Written(3, at(11), at(14))], at(14)),
    ],
)
def test_a_sale_is_accounted_for_by_a_number_that_leaves_it_out_be_it_sent_before(
    written: list[Written], seen: datetime | None
) -> None:
    reader = Reader({}, {}, {}, 1.0, 1.0, Turn.OLDEST)
    ways = Ways(history([], []), Play(reader, {}, {}), {"A": 10}, {})
    own = [Happened(5.0, "south", "A", 2)]
    assert ways.accounted(written, own, at(10), published=4) == seen
