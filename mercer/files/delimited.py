"""Text files with a delimiter, as rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mercer.files.faults import Findings
from mercer.files.values import Row

_DELIMITERS: Final = ",;\t"


def delimited_rows(path: Path, encoding: str, findings: Findings) -> Iterator[Row]:
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
                yield Row(line, list(row))


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
