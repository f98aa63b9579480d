"""Rows under a header to records, whatever sort of file they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mercer.core.errors import InputError
from mercer.files.cells import armed
from mercer.files.columns import Kind
from mercer.files.faults import Findings
from mercer.files.header import Header, accepted, found_header
from mercer.files.numbers import Style
from mercer.files.records import Layout, Record
from mercer.files.values import Number, Row, Value, shown, text_of


@dataclass(frozen=True, slots=True)
class Table:
    """`layout` is the shape the file turned out to have; `records` reads on as it is walked."""

    layout: Layout
    records: Iterator[Record]


def read_table(
    rows: Iterator[Row],
    layouts: Sequence[Layout],
    findings: Findings,
    style: Style,
    *,
    ragged: bool,
) -> Table | None:
    """The rows as a table of the first of `layouts` that has a header there.

    `None`, with the fault kept, where none has. `ragged` rows may be longer or shorter than the
    header; what has no header is not read.
    """
    header = found_header(rows, layouts)
    if header is None and not findings.count:
        findings.fault(1, "", "", "the file has no header", "put the column names in line 1")
    if header is None or findings.count or not accepted(header, findings):
        return None
    return Table(
        header.layout, of_text(_Reader(header, style, findings, ragged).records(rows), findings)
    )


def of_text(records: Iterable[Record], findings: Findings) -> Iterator[Record]:
    """A zero byte is no text: databases refuse it, and only a broken export has one."""
    for record in records:
        broken = next((name for name, text in record.cells.items() if "\0" in text), None)
        if broken is None:
            yield record
        else:
            findings.at(record, broken, "the cell has a zero byte", "export the file again")


class _Reader:
    def __init__(self, header: Header, style: Style, findings: Findings, ragged: bool) -> None:
        self._header = header
        self._style = style
        self._findings = findings
        self._ragged = ragged
        self._read = [(i, column) for i, column in enumerate(header.columns) if column]
        self._names = {column: header.texts[i] for i, column in self._read}
        self._kinds = {key: column.kind for key, column in header.layout.columns.items()}
        self._told: set[str] = set()

    def records(self, rows: Iterator[Row]) -> Iterator[Record]:
        before, line = self._findings.count, self._header.line
        empty = True
        for row in rows:
            empty, line = False, row.line
            if len(row.cells) != len(self._header.texts) and not self._ragged:
                message = (
                    f"the row has {len(row.cells)} cells, the header {len(self._header.texts)}"
                )
                fix = "look for a cell with a delimiter or a line break that lacks its quotes"
                self._findings.fault(line, "", "", message, fix)
                continue
            cells = self._cells(row)
            if cells is not None:
                yield Record(line, cells, self._names, self._style)
        if empty and self._findings.count == before:
            message = "the file has a header and no rows"
            fix = "write rows under it, or export it again"
            self._findings.fault(line, "", "", message, fix)

    def _cells(self, row: Row) -> dict[str, str] | None:
        """`None`, with the fault kept, where a cell says nothing sure."""
        cells = {}
        before = self._findings.count
        for index, column in self._read:
            value = row.cells[index] if index < len(row.cells) else ""
            text = value if isinstance(value, str) else self._text(row.line, column, value)
            if text:
                cells[column] = armed(text) if self._header.layout.quoted else text
        return cells if self._findings.count == before else None

    def _text(self, line: int, column: str, value: Value) -> str:
        kind = self._kinds[column]
        if kind is Kind.CODE and isinstance(value, Number) and column not in self._told:
            self._told.add(column)
            self._findings.note(
                line,
                f"{self._names[column]} is a number here, not text: zeros at its start, if it had any, "
                "are lost; format the column as text",
            )
        try:
            return text_of(value, kind, self._style)
        except InputError as error:
            place = line, self._names[column], shown(value)
            self._findings.fault(*place, error.message, error.hint)
            return ""
