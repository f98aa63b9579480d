"""How cells stand when three values are compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.merge import Cause, State
from mercer.core.standing import Standing, compared, same_value, standing_of

A, B, C = "10.00 CNY", "9.00 CNY", "12.00 CNY"


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "stands"),
    [
        (A, A, A, Standing.IN_SYNC),
        (A, B, B, Standing.IN_SYNC),
        (A, B, A, Standing.OURS_MOVED),
        (A, A, C, Standing.THEIRS_MOVED),
        (A, B, C, Standing.BOTH_MOVED),
        (None, A, C, Standing.NEVER_AGREED),
        (A, "10.0 CNY", "10.00 CNY", Standing.FORM),
        (A, "10.0 CNY", C, Standing.THEIRS_MOVED),
        (A, A, "10.00 USD", Standing.THEIRS_MOVED),
        (A, "", C, Standing.BOTH_MOVED),
    ],
)
def test_money_is_compared_by_what_it_is(
    base: str | None, ours: str, theirs: str, stands: Standing
) -> None:
    assert compared(Field.PRICE, base, ours, theirs) is stands


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("A  tee ", "A tee", True),
        ("caf\u00e9", "cafe\u0301", True),
        ("A tee", "a tee", False),
        ("A tee", "A teee", False),
    ],
)
def test_texts_are_the_same_but_for_blanks_and_composed_letters(
    one: str, other: str, same: bool
) -> None:
    assert same_value(Field.TITLE, one, other) is same
    assert (compared(Field.TITLE, "old", one, other) is Standing.FORM) is same


def cell(field: Field = Field.PRICE, **more: object) -> Cell:
    key = CellKey("north", "1", "a", field)
    return replace(Cell(key, "S", A, "", A, base=A, state=State.AGREED), **more)  # type: ignore[arg-type]


def test_what_is_not_ours_or_not_there_or_not_known_is_told_apart() -> None:
    assert standing_of(cell()) is Standing.IN_SYNC
    assert standing_of(cell(gone=True)) is Standing.MISSING
    assert standing_of(cell(sku=None)) is Standing.UNKNOWN
    assert standing_of(cell(desired=None)) is Standing.NOT_KNOWN
    assert standing_of(cell(observed=None)) is Standing.NOT_KNOWN
    assert standing_of(cell(desired=None, state=State.FOLLOWED)) is Standing.IN_SYNC


@pytest.mark.parametrize(
    ("desired", "unexplained", "stands"),
    [
        ("10", 0, Standing.OURS_MOVED),
        ("8", -2, Standing.THEIRS_MOVED),
        ("9", -2, Standing.BOTH_MOVED),
    ],
)
def test_of_stock_only_what_its_sales_do_not_explain_is_theirs(
    desired: str, unexplained: int, stands: Standing
) -> None:
    cause = Cause.UNEXPLAINED if unexplained else Cause.MOVED
    stock = cell(
        Field.STOCK, desired=desired, observed="6", base="8", state=State.PUSH, cause=cause,
        unexplained=unexplained,
    )  # fmt: skip
    assert standing_of(stock) is stands
