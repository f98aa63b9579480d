"""What commands show: tables and sentences for people, one JSON document for programs."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from mercer.commands.invocation import Invocation

LONGEST_CELL = 120
"""Characters of a text in a table: a description may be a whole page."""


class Output:
    """Under `--json` only `document` and `event` show anything."""

    def __init__(self, invocation: Invocation) -> None:
        self._json = invocation.json

    def line(self, text: str = "") -> None:
        if not self._json:
            sys.stdout.write(f"{printable(text)}\n")

    def event(self, text: str, value: Any) -> None:
        """Something that happens while a command goes on: shown at once, under `--json` as a line."""
        line = json.dumps(value, ensure_ascii=False) if self._json else printable(text)
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def warn(self, text: str) -> None:
        if not self._json:
            sys.stderr.write(f"{text}\n")

    def table(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Drawn on a terminal; aligned with spaces, as wide as it needs, anywhere else."""
        if self._json:
            return
        texts = [[_cell(value) for value in row] for row in rows]
        if sys.stdout.isatty():
            from mercer.commands.drawing import draw  # noqa: PLC0415 - only terminals pay for rich

            draw(header, texts)
        else:
            _align(header, texts)

    def document(self, value: Any) -> None:
        if self._json:
            text = json.dumps(value, ensure_ascii=False, indent=2)
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()


def printable(text: str) -> str:
    """Texts come from shops: none of them may steer the terminal."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)


def width(text: str) -> int:
    """Columns of a terminal: Chinese, Japanese and Korean signs take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF")
        for sign in text
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    text = " ".join(printable(str(value)).split())
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _align(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [header, *rows]
    widths = [max(width(line[index]) for line in lines) for index in range(len(header))]
    for line in lines:
        cells = [text + " " * (widths[index] - width(text)) for index, text in enumerate(line)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
