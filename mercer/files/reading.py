"""Files to records: size, encoding, delimiter, header, and rows that are as long as the header."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mercer.core.errors import InputError
from mercer.files.cells import armed
from mercer.files.documents import document_records
from mercer.files.encoding import Undecodable, encoding_of
from mercer.files.faults import Findings
from mercer.files.records import Layout, Record

LARGEST_FILE: Final = 200 * 1024 * 1024
"""Bytes."""

_DELIMITERS: Final = ",;\t"
_EXCEL: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Table:
    """`layout` is the shape the file turned out to have; `records` reads on as it is walked."""

    layout: Layout
    records: Iterator[Record]


def open_table(path: Path, layouts: Sequence[Layout], findings: Findings) -> Table | None:
    """The file in the first of `layouts` whose required columns it has; the first takes JSON.

    `None`, with the fault kept, where the file as a whole cannot be read. Raise `InputError` where
    there is no such file.
    """
    try:
        _refuse_unreadable(path)
        encoding = encoding_of(path)
        if _first_sign(path, encoding) in "{[":
            documents = document_records(path, encoding, layouts[0], findings)
            return Table(layouts[0], _of_text(documents, findings))
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}", hint="check the path and its permissions"
        ) from None
    except Undecodable as error:
        findings.fault(error.line, "", "", error.message, error.hint)
        return None
    except InputError as error:
        findings.fault(1, "", "", error.message, error.hint)
        return None
    if encoding == "gb18030":
        findings.note(1, "read as GB18030 (GBK); save as UTF-8 to be sure of every character")
    rows = _rows(path, encoding, findings)
    header = next(rows, None)
    if header is None and not findings.count:
        findings.fault(1, "", "", "the file has no header", "put the column names in line 1")
    if header is None or findings.count:
        return None
    return _table(header[1], rows, layouts, findings)


def _refuse_unreadable(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(4)
    size = path.stat().st_size
    if size == 0:
        raise InputError("the file is empty", hint="export it again")
    if size > LARGEST_FILE:
        raise InputError(
            f"the file has {size:,} bytes; {LARGEST_FILE:,} is the most", hint="split it up"
        )
    if head.startswith(_EXCEL):
        raise InputError(
            "this is an Excel workbook, not a CSV file",
            hint="in Excel, Save As, `CSV UTF-8 (comma delimited)`",
        )


def _first_sign(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding) as file:
        return file.read(4096).lstrip()[:1] or "-"


def _rows(path: Path, encoding: str, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Each row with the physical line it starts on; rows without any text are passed over."""
    with path.open(encoding=encoding, newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                findings.fault(line, "", "", _broken(error), _UNBROKEN)
                continue
            if any(cell.strip() for cell in row):
                yield line, row


_UNBROKEN: Final = 'put cells with quotes in quotes and double those inside: "12"" ruler"'


def _broken(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "a quote opens here and is never closed"
    if "field limit" in str(error):
        return f"a cell has over {csv.field_size_limit():,} characters, or its quote is not closed"
    return "a quote stands in the middle of a cell"


def _delimiter(header: str) -> str:
    """The one that the header has most of, outside quotes."""
    bare = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=bare.count)


def _table(
    header: list[str],
    rows: Iterator[tuple[int, list[str]]],
    layouts: Sequence[Layout],
    findings: Findings,
) -> Table | None:
    for layout in layouts:
        columns = layout.recognise(header)
        if all(name in columns for name in layout.required):
            break
    else:
        columns = layouts[0].recognise(header)
        missing = [name for name in layouts[0].required if name not in columns]
        fix = f"add it to the header, which has: {', '.join(filter(None, header))}"
        for name in missing:
            findings.fault(1, name, "", f"the column {name!r} is missing", fix)
        return None
    if _repeated(header, columns, findings):
        return None
    unread = [text for text, column in zip(header, columns, strict=True) if text and not column]
    if unread:
        findings.note(1, f"these columns are not read: {', '.join(unread)}")
    return Table(layout, _of_text(_records(header, columns, layout, rows, findings), findings))


def _of_text(records: Iterable[Record], findings: Findings) -> Iterator[Record]:
    """A zero byte is no text: databases refuse it, and only a broken export has one."""
    for record in records:
        broken = next((name for name, text in record.cells.items() if "\0" in text), None)
        if broken is None:
            yield record
        else:
            findings.at(record, broken, "the cell has a zero byte", "export the file again")


def _repeated(header: list[str], columns: Iterable[str | None], findings: Findings) -> bool:
    found = [column for column in columns if column]
    repeated = [column for column, times in Counter(found).items() if times > 1]
    for column in repeated:
        named = [text for text, each in zip(header, columns, strict=True) if each == column]
        message = f"{' and '.join(repr(text) for text in named)} are the same column"
        findings.fault(1, named[0], "", message, "keep one of them")
    return bool(repeated)


def _records(
    header: list[str],
    columns: list[str | None],
    layout: Layout,
    rows: Iterator[tuple[int, list[str]]],
    findings: Findings,
) -> Iterator[Record]:
    read = [(index, column) for index, column in enumerate(columns) if column]
    headers = {column: header[index] for index, column in read}
    before, line = findings.count, 1
    empty = True
    for line, row in rows:
        empty = False
        if len(row) != len(header):
            message = f"the row has {len(row)} cells, the header {len(header)}"
            fix = "look for a cell with a delimiter or a line break that lacks its quotes"
            findings.fault(line, "", "", message, fix)
            continue
        cells = {column: armed(row[i]) if layout.quoted else row[i] for i, column in read if row[i]}
        yield Record(line, cells, headers)
    if empty and findings.count == before:
        findings.fault(line, "", "", "the file has a header and no rows", "export it again")
