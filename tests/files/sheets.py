"""Workbooks as people and programs leave them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

Cell = object
Sheets = Mapping[str, Sequence[Sequence[Cell]]]


def workbook(path: Path, sheets: Sheets, also: Callable[[Workbook], None] | None = None) -> Path:
    """Texts stay texts, numbers numbers; `also` does to it what a person would."""
    book = Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                _write(sheet, line, column, cell)
    if also is not None:
        also(book)
    book.close()
    return path


def _write(sheet: Worksheet, line: int, column: int, cell: Cell) -> None:
    if cell is not None:
        sheet.write(line, column, cell)


def with_part(path: Path, part: str, edit: Callable[[str], str]) -> Path:
    """The same workbook with the text of one part changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = edit(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"
