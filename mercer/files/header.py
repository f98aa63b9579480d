"""The header of a table: where it stands, which columns it names, and what it seems to mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from mercer.files.columns import MOST_COLUMNS, Kind, plain_header
from mercer.files.faults import Findings
from mercer.files.numbers import PLAIN
from mercer.files.records import Layout
from mercer.files.values import Row, Unreadable, Value, text_of

WITHIN: Final = 30
"""Rows: titles and notes may stand above a header, but not more of them."""

_LONGEST: Final = 60
"""Characters of a header that is compared with those that are known."""

_BRACKETS: Final = re.compile(r"[(\[].*")

_ALIKE: Final = 0.6
_MISSPELT: Final = 0.85
"""How alike a header must be to one that is known to be named beside it, or taken for a mistake."""


@dataclass(frozen=True, slots=True)
class Header:
    """`texts` as the file writes them, `columns` what each stands for, `None` for what is not read."""

    line: int
    texts: list[str]
    layout: Layout
    columns: list[str | None]

    @property
    def fits(self) -> bool:
        return all(name in self.columns for name in self.layout.required)

    @property
    def known(self) -> int:
        return sum(column is not None for column in self.columns)

    @property
    def sure(self) -> bool:
        """Of a table, and not of a note about one column."""
        return self.fits and self.known > 1


def found_header(rows: Iterator[Row], layouts: Sequence[Layout]) -> Header | None:
    """The first row that fits a layout, else the one that comes closest, as far as rows were read."""
    closest: Header | None = None
    for row in _first(rows):
        texts = [_text(cell) for cell in row.cells]
        for layout in layouts:
            header = Header(row.line, texts, layout, layout.recognise(texts))
            if header.sure:
                return header
            if closest is None or header.known > closest.known:
                closest = header
    return closest


def _first(rows: Iterator[Row]) -> Iterator[Row]:
    for _ in range(WITHIN):
        row = next(rows, None)
        if row is None:
            return
        yield row


def _text(value: Value) -> str:
    return "" if isinstance(value, Unreadable) else text_of(value, Kind.TEXT, PLAIN)


def accepted(header: Header, findings: Findings) -> bool:
    """Whether rows can be read under it; what is wrong or not read is kept."""
    before = findings.count
    if len(header.texts) > MOST_COLUMNS:
        message = f"the header has {len(header.texts):,} columns; {MOST_COLUMNS} is the most"
        findings.fault(header.line, "", "", message, "leave out what Mercer does not read")
        return False
    if not header.fits:
        _missing(header, findings)
        return False
    _repeated(header, findings)
    _unread(header, findings)
    return findings.count == before


def _missing(header: Header, findings: Findings) -> None:
    names = ", ".join(filter(None, header.texts))
    for name in header.layout.required:
        if name not in header.columns:
            fix = f"add it to the header, which has: {names}"
            likest = _likest(header, name)
            if likest:
                fix = f"rename {likest!r} if it is meant, or {fix}"
            findings.fault(header.line, name, "", f"the column {name!r} is missing", fix)


def _likest(header: Header, name: str) -> str | None:
    """The header, of those not read, that is most like one of the column's own."""
    alike = [
        (likeness, text)
        for text, column in zip(header.texts, header.columns, strict=True)
        if text and not column
        for own in header.layout.columns[name].headers
        if (likeness := _likeness(text, own)) >= _ALIKE
    ]
    return max(alike)[1] if alike else None


def _repeated(header: Header, findings: Findings) -> None:
    found = [column for column in header.columns if column]
    for column in [column for column, times in Counter(found).items() if times > 1]:
        pairs = zip(header.texts, header.columns, strict=True)
        named = [text for text, each in pairs if each == column]
        message = f"{' and '.join(repr(text) for text in named)} are the same column"
        findings.fault(header.line, named[0], "", message, "keep one of them")


def _unread(header: Header, findings: Findings) -> None:
    """A header that all but is one which is not there is a mistake: a floor must not go unread."""
    unread = []
    for text, column in zip(header.texts, header.columns, strict=True):
        if not text or column:
            continue
        likeness, own = max((_likeness(text, own), own) for own in header.layout.names())
        missing = header.layout.names()[own] not in header.columns
        if missing and likeness >= _MISSPELT and header.layout.quoted:
            message = f"there is no column {text!r}; {own!r} is like it"
            fix = f"call it {own!r}, or take it out"
            findings.fault(header.line, text, "", message, fix)
        else:
            hint = f" (like {own!r})" if missing and likeness >= _ALIKE else ""
            unread.append(text + hint)
    if unread:
        findings.note(header.line, f"these columns are not read: {', '.join(unread)}")


def _likeness(text: str, own: str) -> float:
    """Of a header to one that is known. A unit in brackets is told, not taken: 价格(元), Price (USD)."""
    bare = _BRACKETS.sub("", plain_header(text[:_LONGEST])).strip()
    return SequenceMatcher(None, bare, own).ratio()
