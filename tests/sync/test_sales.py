"""Which sales a number already knows of, told by times that are whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.stock import NO_SALES, Sales
from mercer.store.orders import Taking
from mercer.sync.sales import counts_from, sales_of

BASE = datetime(2026, 11, 1, 8, 0, 0, 400_000, tzinfo=UTC)
LOOK = BASE + timedelta(minutes=1)
KEY = CellKey("north", "tee", "tee/S", Field.STOCK)
CELL = Cell(KEY, "S", base="10", base_at=BASE, observed="9", observed_at=LOOK)


def taking(seconds: float, units: int = 1) -> Taking:
    return Taking(units, BASE + timedelta(seconds=seconds), 0, None)


@pytest.mark.parametrize(
    ("seconds", "sales"),
    [
        (-1.0, NO_SALES),
        (-0.4, Sales(at_base=1)),
        (1.9, Sales(at_base=1)),
        (2.1, Sales(between=1)),
        (59.0, Sales(between=1)),
        (59.6, Sales(at_look=1)),
        (61.0, Sales(at_look=1)),
        (63.0, Sales(after=1)),
    ],
)
def test_a_sale_is_before_between_about_or_after(seconds: float, sales: Sales) -> None:
    assert sales_of(CELL, [taking(seconds)]) == sales


def test_what_only_a_notification_tells_of_may_be_older_than_its_telling() -> None:
    held = Taking(1, LOOK + timedelta(seconds=4), 0, None, late=timedelta(seconds=5))
    assert sales_of(CELL, [held]) == Sales(at_look=1)
    assert sales_of(CELL, [taking(64)]) == Sales(after=1)


def test_units_that_came_back_count_when_they_did() -> None:
    order = Taking(3, BASE + timedelta(seconds=10), 2, LOOK + timedelta(seconds=30))
    assert sales_of(CELL, [order]) == Sales(between=3, after=-2)


def test_while_a_write_is_in_flight_sales_count_from_the_write() -> None:
    written = BASE + timedelta(seconds=30)
    flying = Cell(
        KEY, "S", base="10", base_at=BASE, observed_at=LOOK, in_flight="7", written_at=written
    )
    assert sales_of(flying, [taking(10), taking(40)]) == Sales(between=1)
    assert counts_from(flying) == written.replace(microsecond=0)


def test_what_was_sold_between_the_last_look_and_the_write_is_in_neither() -> None:
    written = LOOK + timedelta(seconds=30)
    flying = Cell(
        KEY, "S", base="10", base_at=BASE, observed_at=LOOK, in_flight="7", written_at=written
    )
    assert sales_of(flying, [taking(75), taking(100)]) == Sales(after=1)


def test_without_a_base_only_what_was_sold_after_the_look_counts() -> None:
    first = Cell(KEY, "S", observed="9", observed_at=LOOK)
    assert sales_of(first, [taking(10), taking(90)]) == Sales(after=1)


def test_what_was_never_read_or_is_gone_or_is_no_stock_needs_no_sales() -> None:
    price = CellKey("north", "tee", "tee/S", Field.PRICE)
    for cell in (Cell(KEY), Cell(KEY, observed_at=LOOK, gone=True), Cell(price, observed_at=LOOK)):
        assert counts_from(cell) is None
    assert sales_of(Cell(KEY), [taking(10)]) == NO_SALES
