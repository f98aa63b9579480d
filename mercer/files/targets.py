"""Where files go, and rows written there as CSV or as a workbook."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TextIO

from mercer.core.errors import InputError
from mercer.files.cells import disarmed
from mercer.files.columns import Kind
from mercer.files.records import Cells, Layout
from mercer.files.sheet_writing import NUMBER, NUMBERS, Notes, write_sheet

Format = Literal["csv", "json", "xlsx"]
Language = Literal["en", "zh"]

Target = Path | TextIO
"""A file, or an open text stream; a stream for CSV leaves line ends alone (`newline=""`).

A workbook needs a file.
"""


def format_of(path: Path) -> Format:
    """By the name's ending: JSON, a workbook, else CSV. Raise `InputError` for other workbooks."""
    ending = path.suffix.casefold()
    if ending == ".json":
        return "json"
    if ending == ".xlsx":
        return "xlsx"
    if ending.startswith((".xl", ".ods", ".numbers")):
        raise InputError(f"{path.name}: {ending} is not written", hint="call it .xlsx or .csv")
    return "csv"


def write_rows(
    layout: Layout,
    rows: Iterable[Cells],
    target: Target,
    format: Format,
    language: Language = "en",
    notes: Notes | None = None,
) -> None:
    """Cells that a spreadsheet would run are disarmed in both: a workbook is saved as CSV one day."""
    headers = [(_header(layout, name, language), column) for name, column in layout.columns.items()]
    kinds = {name: column.kind for name, column in layout.columns.items()}
    ordered = ([_harmless(row.get(name, ""), kind) for name, kind in kinds.items()] for row in rows)
    if format == "xlsx":
        assert isinstance(target, Path)
        columns = [(text, column.kind) for text, column in headers]
        write_sheet(target, layout.name, columns, ordered, notes)
        return
    # Excel takes a CSV file for one in the machine's own code page unless it starts with the mark.
    with opened(target, "utf-8-sig") as stream:
        writer = csv.writer(stream)
        writer.writerow(text for text, _ in headers)
        writer.writerows(ordered)


def _harmless(text: str, kind: Kind) -> str:
    """A number is a number in a spreadsheet, whatever its sign."""
    return text if kind in NUMBERS and NUMBER.fullmatch(text) else disarmed(text)


def _header(layout: Layout, name: str, language: Language) -> str:
    return layout.columns[name].chinese if language == "zh" else name


@contextmanager
def opened(target: Target, encoding: str) -> Iterator[TextIO]:
    if not isinstance(target, Path):
        yield target
        return
    try:
        with target.open("w", encoding=encoding, newline="") as stream:
            yield stream
    except OSError as error:
        raise InputError(
            f"{target} cannot be written: {error.strerror}", hint="choose another place"
        ) from None
