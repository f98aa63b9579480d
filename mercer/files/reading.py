"""Files to records: size, sort, encoding, and which sheet of a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mercer.core.errors import InputError
from mercer.files.archive import SAVE_AGAIN
from mercer.files.delimited import delimited_rows
from mercer.files.documents import document_records
from mercer.files.encoding import Undecodable, encoding_of
from mercer.files.faults import Findings
from mercer.files.header import found_header
from mercer.files.numbers import PLAIN, Style
from mercer.files.records import Layout
from mercer.files.tables import Table, of_text, read_table
from mercer.files.values import Row
from mercer.files.workbook import Sheet, Workbook, opened_workbook

LARGEST_FILE: Final = 200 * 1024 * 1024
"""Bytes."""

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Manner:
    """What a file itself does not say: the sheet of a workbook, and whose separators numbers have."""

    sheet: str | None = None
    style: Style = PLAIN


AS_IT_IS: Final = Manner()


def open_table(
    path: Path, layouts: Sequence[Layout], findings: Findings, manner: Manner = AS_IT_IS
) -> Table | None:
    """The file in the first of `layouts` whose required columns it has; the first takes JSON.

    `None`, with the fault kept, where the file as a whole cannot be read. Raise `InputError` where
    there is no such file.
    """
    try:
        if _head(path).startswith(_ZIP):
            return _of_workbook(path, layouts, findings, manner)
        return _of_text(path, layouts, findings, manner)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}", hint="check the path and its permissions"
        ) from None
    except Undecodable as error:
        findings.fault(error.line, "", "", error.message, error.hint)
    except InputError as error:
        findings.fault(1, "", "", error.message, error.hint)
    return None


def _head(path: Path) -> bytes:
    """The first bytes of a file that can be read at all."""
    with path.open("rb") as file:
        head = file.read(4)
    size = path.stat().st_size
    if size == 0:
        raise InputError("the file is empty", hint="export it again")
    if size > LARGEST_FILE:
        raise InputError(
            f"the file has {size:,} bytes; {LARGEST_FILE:,} is the most", hint="split it up"
        )
    if head == _OLD_EXCEL:
        raise InputError(
            "this is an old (.xls) or locked Excel workbook",
            hint="in Excel, take the password off and Save As `Excel workbook (.xlsx)`",
        )
    return head


def _of_text(
    path: Path, layouts: Sequence[Layout], findings: Findings, manner: Manner
) -> Table | None:
    encoding = encoding_of(path)
    if manner.sheet is not None:
        raise InputError("only a workbook has sheets", hint="leave out --sheet")
    if _first_sign(path, encoding) in "{[":
        documents = document_records(path, encoding, layouts[0], findings)
        return Table(layouts[0], of_text(documents, findings))
    if encoding == "gb18030":
        findings.note(1, "read as GB18030 (GBK); save as UTF-8 to be sure of every character")
    rows = delimited_rows(path, encoding, findings)
    return read_table(rows, layouts, findings, manner.style, ragged=False)


def _first_sign(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding) as file:
        return file.read(4096).lstrip()[:1] or "-"


def _of_workbook(
    path: Path, layouts: Sequence[Layout], findings: Findings, manner: Manner
) -> Table | None:
    with ExitStack() as opened:
        workbook = opened.enter_context(opened_workbook(path))
        sheet = _meant(workbook, layouts, manner.sheet)
        findings.sheet = sheet.name
        rows = _sheet_rows(workbook, sheet, findings, opened.pop_all())
        return read_table(rows, layouts, findings, manner.style, ragged=True)


def _sheet_rows(
    workbook: Workbook, sheet: Sheet, findings: Findings, opened: ExitStack
) -> Iterator[Row]:
    """Closes what is `opened` once all are read."""
    line = 0
    try:
        with opened:
            for row in workbook.rows(sheet):
                line = row.line
                yield row
    except InputError as error:
        fix = f"{error.hint}; nothing after this place was read"
        findings.fault(line + 1, "", "", error.message, fix)


def _meant(workbook: Workbook, layouts: Sequence[Layout], named: str | None) -> Sheet:
    """The sheet of that name; else the only one that is seen and not empty, or else that fits."""
    names = ", ".join(sheet.name for sheet in workbook.sheets)
    if named is not None:
        for sheet in workbook.sheets:
            if sheet.name == named:
                return sheet
        raise InputError(f"there is no sheet {named!r}", hint=f"the sheets are: {names}")
    filled, fitting = [], []
    for sheet in workbook.sheets:
        header = None if sheet.hidden else found_header(workbook.rows(sheet), layouts)
        if header is not None:
            filled.append(sheet)
            fitting += [sheet] if header.sure else []
    if len(filled) == 1:
        return filled[0]
    if not filled:
        raise InputError(
            "the workbook has no sheet that is seen and not empty",
            hint=f"name one with --sheet: {names}; if there are rows in it, {SAVE_AGAIN}",
        )
    if len(fitting) == 1:
        return fitting[0]
    which = ", ".join(sheet.name for sheet in fitting or filled)
    raise InputError(
        f"the workbook has several sheets to read: {which}", hint="name one with --sheet"
    )
