"""Stock files: whole units, one quantity for each SKU and location."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mercer.files import StockRow, read_stock

Save = Callable[..., Path]


def test_the_location_is_optional(save: Save) -> None:
    assert read_stock(save("sku,quantity\nA,0\n")).rows == (StockRow("A", "", 0),)
    assert read_stock(save("sku,quantity,location\nA,3,\nA,4,east\n")).rows == (
        StockRow("A", "", 3),
        StockRow("A", "east", 4),
    )


@pytest.mark.parametrize(
    ("quantity", "message", "fix"),
    [
        ("-1", "negative", "whole number"),
        ("1.5", "not whole", "whole number"),
        ("5.0", "not whole", "whole number"),
        ("", "a blank is unknown, not zero", "whole number"),
        ("many", "not a quantity", "whole number"),
        ('"1,000"', "not a quantity", "thousands separators"),
        ("1E+03", "not a quantity", "whole number"),
        ("٥", "not a quantity", "whole number"),
        ("9999999999", "more than any shelf", "whole number"),
    ],
)
def test_what_is_no_quantity_is_refused(save: Save, quantity: str, message: str, fix: str) -> None:
    read = read_stock(save(f"sku,quantity\nA,{quantity}\nZ,1\n"))
    assert [row.sku for row in read.rows] == ["Z"]
    (fault,) = read.faults
    assert (fault.line, fault.column) == (2, "quantity")
    assert message in fault.message
    assert fix in fault.fix


def test_a_second_quantity_for_sku_and_location_is_a_fault(save: Save) -> None:
    read = read_stock(save("sku,quantity,location\nA,3,east\nA,4,east\n"))
    assert [row.quantity for row in read.rows] == [3]
    assert (read.faults[0].line, read.faults[0].value) == (3, "A")
    assert "line 2" in read.faults[0].message
