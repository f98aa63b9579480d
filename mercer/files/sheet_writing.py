"""A workbook out: one sheet of cells and, if there is something to say, one of notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from mercer.core.errors import InputError
from mercer.files.columns import Kind
from mercer.files.sheet_values import escaped
from mercer.files.values import EXACT_DIGITS, LONGEST_TEXT, MOST_ROWS

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell

NUMBER: Final = re.compile(r"[+-]?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?")
NUMBERS: Final = (Kind.AMOUNT, Kind.QUANTITY)
_WIDTHS: Final = {Kind.TEXT: 18, Kind.CODE: 22, Kind.AMOUNT: 14, Kind.QUANTITY: 12}
"""Characters."""

_TEXT: Final = "@"
"""The number format that every program knows as text."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What a second sheet tells whoever fills in the first."""

    title: str
    lines: Sequence[Sequence[str]]


def write_sheet(
    path: Path,
    name: str,
    columns: Sequence[tuple[str, Kind]],
    rows: Iterable[Sequence[str]],
    notes: Notes | None = None,
) -> None:
    """Under `columns` as header, frozen. Numbers become numbers, everything else stays text.

    Raise `InputError` for a text or a table that no sheet holds; the file is then as it was.
    """
    book: Workbook = import_module("openpyxl").Workbook(write_only=True)  # takes 0.3 s
    with _staged(path) as stream, _ended(book):
        sheet = _Sheet(book, name, columns)
        for line, row in enumerate(rows, start=2):
            sheet.row(line, row)
        if notes is not None:
            _write_notes(book, notes)
        book.save(stream)


@contextmanager
def _staged(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` once it is whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}", hint="choose another place"
        ) from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _ended(book: Workbook) -> Iterator[None]:
    """A sheet that is left half written complains once it is forgotten."""
    try:
        yield
    finally:
        for sheet in book.worksheets:
            if not sheet.closed:
                sheet.close()


class _Sheet:
    def __init__(self, book: Workbook, name: str, columns: Sequence[tuple[str, Kind]]) -> None:
        self._sheet = book.create_sheet(name)
        self._sheet.freeze_panes = "A2"
        self._kinds = [kind for _, kind in columns]
        self._made: Callable[..., Cell] = import_module("openpyxl.cell").WriteOnlyCell
        self._cells: dict[tuple[int, str], Cell] = {}
        letter = import_module("openpyxl.utils").get_column_letter
        for index, kind in enumerate(self._kinds):
            column = self._sheet.column_dimensions[letter(index + 1)]
            column.width = _WIDTHS[kind]
            if kind not in NUMBERS:
                column.number_format = _TEXT
        bold = import_module("openpyxl.styles").Font(bold=True)
        header = [self._cell(index, text, _TEXT) for index, (text, _) in enumerate(columns)]
        for cell in header:
            cell.font = bold
        self._sheet.append(header)
        self._cells.clear()

    def row(self, line: int, cells: Sequence[str]) -> None:
        if line > MOST_ROWS:
            raise InputError("a sheet has no room for so many rows", hint="write it as CSV")
        put = [
            self._put(index, text, kind) if text else None
            for index, (text, kind) in enumerate(zip(cells, self._kinds, strict=True))
        ]
        self._sheet.append(put)

    def _put(self, index: int, text: str, kind: Kind) -> Cell:
        number = NUMBER.fullmatch(text) if kind in NUMBERS else None
        if number is None or len(text) > EXACT_DIGITS:
            return self._cell(index, text, _TEXT)
        decimals = len(number[1] or "")
        cell = self._cell(index, text.removeprefix("+"), "0." + "0" * decimals if decimals else "0")
        cell.data_type = "n"  # so the digits stand there as they are, through no float
        return cell

    def _cell(self, index: int, text: str, format: str) -> Cell:
        """Of a column, one for each format: a style is slow to find, and a row is written at once."""
        written = escaped(text)
        if len(written) > LONGEST_TEXT:
            raise InputError(
                f"a text of {len(text):,} characters has no room in a cell ({LONGEST_TEXT:,})",
                hint="write it as CSV or JSON",
            )
        cell = self._cells.get((index, format))
        if cell is None:
            cell = self._cells[index, format] = self._made(self._sheet)
            cell.number_format = format
        cell.value = written
        cell.data_type = "s"  # whatever it looks like
        return cell


def _write_notes(book: Workbook, notes: Notes) -> None:
    sheet = book.create_sheet(notes.title)
    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 100
    for cells in notes.lines:
        sheet.append(list(cells))
