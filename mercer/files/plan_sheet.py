"""The changes of a plan as a sheet, for whoever reviews them in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from mercer.files.columns import Column, Kind
from mercer.files.records import Cells, Layout
from mercer.files.targets import Target, write_rows


def _columns(kind: Kind, *names: str) -> dict[str, Column]:
    return {name: Column((name,), kind) for name in names}


PLAN: Final = Layout(
    "plan",
    {
        **_columns(Kind.TEXT, "channel"),
        **_columns(Kind.CODE, "listing", "offer", "sku"),
        **_columns(Kind.TEXT, "field"),
        **_columns(Kind.AMOUNT, "before", "after"),
        **_columns(Kind.TEXT, "currency"),
        **_columns(Kind.AMOUNT, "move_percent", "margin_percent", "cost"),
        **_columns(Kind.QUANTITY, "units"),
        **_columns(Kind.AMOUNT, "at_stake"),
        **_columns(Kind.TEXT, "at_stake_currency", "why", "guard"),
        **_columns(Kind.CODE, "id"),
    },
    (),
)
"""`at_stake` is below 0 for a cut, and the word `unknown` of a price where it is not known."""


def write_plan(rows: Iterable[Cells], target: Target, format: Literal["csv", "xlsx"]) -> None:
    write_rows(PLAN, rows, target, format)
