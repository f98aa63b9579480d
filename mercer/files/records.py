"""A record: one row of a file under Mercer's own column names, whatever the file calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from mercer.files.columns import Column, plain_header
from mercer.files.numbers import PLAIN, Style

Cells = Mapping[str, str]
"""Column name -> text. A column that is not there is blank."""


@dataclass(frozen=True, slots=True)
class Record:
    """`style` is how the numbers of this file are written."""

    line: int
    cells: Cells
    headers: Mapping[str, str]
    style: Style = PLAIN

    def text(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    def verbatim(self, column: str) -> str:
        """With the white space at its ends: buyers see it, so it is part of the value."""
        return self.cells.get(column, "")

    def header(self, column: str) -> str:
        """What the file itself calls the column, as a person has to look for it."""
        return self.headers.get(column, column)


@dataclass(frozen=True, slots=True)
class Layout:
    """One shape of file.

    `quoted` tells that cells were written by Mercer, or by a person in a spreadsheet, so that an
    apostrophe before a formula sign is no part of the value. A JSON file of this shape holds an
    array under `name`, each element a `document`, which `unfold` turns into rows.
    """

    name: str
    columns: Mapping[str, Column]
    required: tuple[str, ...]
    quoted: bool = True
    document: type[BaseModel] | None = None
    unfold: Callable[[BaseModel], Iterator[Cells]] | None = None

    def recognise(self, header: list[str]) -> list[str | None]:
        """The column that each header stands for; `None` for one that is not read."""
        known = self.names()
        return [known.get(plain_header(text)) for text in header]

    def names(self) -> dict[str, str]:
        """Every header that is known, and its column."""
        return {name: key for key, column in self.columns.items() for name in column.headers}
