"""XLSX workbooks of strangers, read row by row by openpyxl. Nothing in a workbook is run.

What openpyxl does not tell while it streams, which cells are merged and whether there are formulas
at all, is looked up in the sheet's text (docs/adr/0006).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import repeat
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final
from zipfile import ZipFile

from mercer.core.errors import InputError
from mercer.files.archive import SAVE_AGAIN, bounded_archive
from mercer.files.columns import MOST_COLUMNS
from mercer.files.sheet_values import value_of
from mercer.files.values import MOST_ROWS, Row, Unreadable

if TYPE_CHECKING:
    from openpyxl import Workbook as Book
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.worksheet.cell_range import CellRange

    Line = tuple[ReadOnlyCell, ...]

MOST_MERGED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    hidden: bool


class Workbook:
    def __init__(self, file: IO[bytes], archive: ZipFile) -> None:
        self._file = file
        self._archive = archive
        reader = _read(file, data_only=True)
        self._values = reader.wb
        self._parts = {sheet.name: part.target for sheet, part in reader.parser.find_sheets()}
        self.sheets = [
            Sheet(sheet.title, sheet.sheet_state != "visible") for sheet in self._values.worksheets
        ]

    def rows(self, sheet: Sheet) -> Iterator[Row]:
        """Rows that have a value, one by one; what is merged is unreadable."""
        with _plainly():
            merged, formulas = self._scanned(sheet)
            behind = _lines(self._formulas, sheet) if formulas else repeat(())
            lines = zip(_lines(self._values, sheet), behind, strict=False)
            yield from _apart(_filled(lines, self._values), merged)

    @cached_property
    def _formulas(self) -> Book:
        """The same cells with their formulas in place of what these last showed."""
        return _read(self._file, data_only=False).wb

    def _scanned(self, sheet: Sheet) -> tuple[list[CellRange], bool]:
        """The merged cells of a sheet, and whether it may have formulas."""
        names, formulas, rest = set(), False, b""
        with self._archive.open(self._parts[sheet.name]) as stream:
            while chunk := stream.read(1 << 20):
                text = rest + chunk
                formulas = formulas or _MAYBE_FORMULA.search(text) is not None or b"\0" in text
                names.update(_MERGED.findall(text))
                if len(names) > MOST_MERGED:
                    raise InputError("the sheet has too many merged cells", hint="unmerge them")
                rest = text[text.rfind(b"<") :][:1024]
        a_range = import_module("openpyxl.worksheet.cell_range").CellRange
        return [a_range(name.decode()) for name in names], formulas


# A zero byte is in no UTF-8, where alone these can be found.
_MAYBE_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MERGED: Final = re.compile(rb'mergeCell\s[^<>]*?ref\s*=\s*["\']([A-Z0-9:]+)["\']')


def _read(file: IO[bytes], *, data_only: bool) -> ExcelReader:
    """Takes 0.3 s the first time. What openpyxl warns of is nothing that is read here."""
    warnings.filterwarnings("ignore", module="openpyxl")
    made = import_module("openpyxl.reader.excel").ExcelReader
    reader: ExcelReader = made(file, read_only=True, data_only=data_only, keep_links=False)
    reader.read()
    return reader


def _lines(book: Book, sheet: Sheet) -> Iterator[Line]:
    """Every row from the first, whatever the sheet says of its own size."""
    found: Any = book[sheet.name]
    found.reset_dimensions()
    lines: Iterator[Line] = found.iter_rows(max_row=MOST_ROWS + 1)
    return lines


def _filled(lines: Iterable[tuple[Line, Line]], book: Book) -> Iterator[Row]:
    for line, (cells, behind) in enumerate(lines, start=1):
        if line > MOST_ROWS:
            message = f"the sheet goes beyond row {MOST_ROWS:,}"
            raise InputError(message, hint="delete what stands below the table")
        formulas = [cell.data_type == "f" for cell in behind] or repeat(False)
        pairs = zip(cells, formulas, strict=False)
        row = [value_of(cell, formula=formula, epoch=book.epoch) for cell, formula in pairs]
        while row and row[-1] == "":
            row.pop()
        if len(row) > MOST_COLUMNS:
            message = f"row {line} has a value beyond column {MOST_COLUMNS}"
            raise InputError(message, hint="delete what stands to the right of the table")
        if any(not isinstance(value, str) or value.strip() for value in row):
            yield Row(line, row)


def _apart(rows: Iterable[Row], merged: Iterable[CellRange]) -> Iterator[Row]:
    """With every cell that is part of merged ones unreadable."""
    waiting = sorted(merged, key=lambda area: area.min_row, reverse=True)
    over: list[CellRange] = []
    for row in rows:
        while waiting and waiting[-1].min_row <= row.line:
            over.append(waiting.pop())
        over = [area for area in over if area.max_row >= row.line]
        for area in over:
            message = f"the cells {area.coord} are merged"
            part = Unreadable(message, "unmerge them and write the value into each")
            for column in range(area.min_col - 1, min(area.max_col, len(row.cells))):
                row.cells[column] = part
        yield row


@contextmanager
def opened_workbook(path: Path) -> Iterator[Workbook]:
    """Raise `InputError` for what is no workbook, is damaged or is beyond bounds."""
    with path.open("rb") as file:
        with _plainly():
            workbook = Workbook(file, bounded_archive(file))
        yield workbook


@contextmanager
def _plainly() -> Iterator[None]:
    """One plain sentence for whatever damage makes openpyxl stumble: it raises of every kind."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        forbidden = import_module("defusedxml").DefusedXmlException
        if isinstance(error, forbidden) or isinstance(error.__cause__, forbidden):
            raise InputError(
                "the workbook declares XML entities, which no spreadsheet writes",
                hint="do not open it; ask for the file again",
            ) from error
        raise InputError("this is no Excel workbook that can be read", hint=SAVE_AGAIN) from error
