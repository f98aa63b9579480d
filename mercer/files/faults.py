"""What is wrong with a file, named so that a person finds the place and knows what to write there."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from mercer.core.errors import InputError
from mercer.files.records import Record

T = TypeVar("T")

LONGEST_VALUE: Final = 80
"""Characters of a value that a fault repeats: a mistaken cell can hold a whole page."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` is the physical line where the record starts, or the row of a workbook's `sheet`.

    `column` is the header as the file writes it, or the path inside a JSON product; it is empty
    where the whole record or file is meant.
    """

    file: str
    line: int
    column: str
    value: str
    message: str
    fix: str
    sheet: str = ""

    def __str__(self) -> str:
        place = f"{_source(self.file, self.sheet)}:{self.line}: "
        if self.column:
            place += f"{self.column}: "
        return f"{place}{self.message}; {self.fix}"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was decided for the seller, such as a SKU made up or columns left unread."""

    file: str
    line: int
    message: str
    sheet: str = ""

    def __str__(self) -> str:
        return f"{_source(self.file, self.sheet)}:{self.line}: {self.message}"


def _source(file: str, sheet: str) -> str:
    return f"{file}[{sheet}]" if sheet else file


class Findings:
    """Collects the faults and notes of one file while it is read.

    `sheet` is the one that is read, once that is known.
    """

    def __init__(self, path: Path) -> None:
        self.sheet = ""
        self._file = path.name
        self._faults: list[Fault] = []
        self._notes: list[Note] = []
        self._lines: dict[Hashable, int] = {}

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(sorted(self._faults, key=lambda fault: fault.line))

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(sorted(self._notes, key=lambda note: note.line))

    @property
    def count(self) -> int:
        """Faults so far: a row during which it rose is not a good row."""
        return len(self._faults)

    def fault(self, line: int, column: str, value: str, message: str, fix: str) -> None:
        shown = _shown(column), _shown(value)
        self._faults.append(Fault(self._file, line, *shown, message, fix, self.sheet))

    def at(self, record: Record, column: str, message: str, fix: str) -> None:
        self.fault(record.line, record.header(column), record.text(column), message, fix)

    def repeats(self, record: Record, column: str, key: Hashable, said: str, fix: str) -> bool:
        """Whether an earlier row had this key, which is a fault; `said` goes before its line."""
        line = self._lines.get(key)
        if line is None:
            self._lines[key] = record.line
            return False
        self.at(record, column, f"{said} on line {line}", fix)
        return True

    def note(self, line: int, message: str) -> None:
        self._notes.append(Note(self._file, line, message, self.sheet))

    def tried(self, record: Record, column: str, read: Callable[[str], T]) -> T | None:
        """What `read` makes of the cell; `None`, with a fault kept, where it raises `InputError`."""
        try:
            return read(record.text(column))
        except InputError as error:
            self.at(record, column, error.message, error.hint)
            return None


def _shown(text: str) -> str:
    """Short, and fit for any report: JSON can hold half a surrogate pair, which no report can."""
    short = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    return short.encode("utf-8", "backslashreplace").decode()
