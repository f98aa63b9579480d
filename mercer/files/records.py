"""A record: one row of a file under Mercer's own column names, whatever the file calls them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

Cells = Mapping[str, str]
"""Column name -> text. A column that is not there is blank."""


@dataclass(frozen=True, slots=True)
class Record:
    line: int
    cells: Cells
    headers: Mapping[str, str]

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
    """One shape of file. `columns` gives each column's accepted headers, as `plain_header` has them.

    `quoted` tells that cells were written by Mercer, or by a person in a spreadsheet, so that an
    apostrophe before a formula sign is no part of the value. A JSON file of this shape holds an
    array under `name`, each element a `document`, which `unfold` turns into rows.
    """

    name: str
    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    quoted: bool = True
    document: type[BaseModel] | None = None
    unfold: Callable[[BaseModel], Iterator[Cells]] | None = None

    def recognise(self, header: list[str]) -> list[str | None]:
        """The column that each header stands for; `None` for one that is not read."""
        known = {name: column for column, names in self.columns.items() for name in names}
        return [known.get(plain_header(text)) for text in header]


_JOINTS: Final = re.compile(r"[\s_-]+")


def plain_header(text: str) -> str:
    """Case, full width, `_`, `-` and spaces make no difference between headers."""
    return _JOINTS.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
