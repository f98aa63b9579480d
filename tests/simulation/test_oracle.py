"""What the oracle holds against Mercer, on histories made by hand."""

from __future__ import annotations

import pytest

from mercer.sandbox.laboratory.ideal import Means, Reader, Turn
from mercer.sandbox.laboratory.oracle import Oracle
from mercer.sandbox.laboratory.sale import Happened

FREE = Means(rate=100.0, burst=100.0, look=1.0, write=1.0, room=100)


def would_show(sale: Happened, *before: Happened, buffer: int = 0) -> int:
    """With ten there when the sale begins."""
    reader = Reader({"north": FREE, "south": FREE}, {"A": "one"}, {"A": 10}, 1.0, 1.0, Turn.OLDEST)
    play = reader.play([*before, sale])
    return Oracle({}, {"A": 10}, [play], {"south": buffer}).would_show(sale, before)


@pytest.mark.parametrize(("at", "shows"), [(1.1, 8), (1.3, 2)])
def test_a_reader_shows_less_once_it_has_heard_and_its_number_has_travelled(
    at: float, shows: int
) -> None:
    own = Happened(0.5, "south", "A", 2, told=0.6)
    elsewhere = Happened(1.0, "north", "A", 6, told=1.2)
    assert would_show(Happened(at, "south", "A", 3, told=9.0), own, elsewhere) == shows


def test_a_buffer_is_kept_back() -> None:
    assert would_show(Happened(1.0, "south", "A", 3, told=9.0), buffer=4) == 6


@pytest.mark.parametrize(("at", "shows"), [(5.1, 2), (5.5, 0)])
def test_what_a_shop_itself_gives_back_is_on_sale_until_a_number_is_sent_after_it(
    at: float, shows: int
) -> None:
    own = Happened(0.5, "south", "A", 2, told=0.6)
    elsewhere = Happened(1.0, "north", "A", 12, told=1.2)
    back = Happened(5.0, "south", "A", -2, told=5.3)
    sale = Happened(at, "south", "A", 1, told=9.0)
    assert would_show(sale, own, elsewhere, back) == shows
