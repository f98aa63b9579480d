"""Where a setting stands in its file, for error texts and for `mercer config`."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

_HEADER: Final = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?")
_ITEM: Final = re.compile(r"\s*\[\[([^\[\]]+)\]\]\s*(?:#.*)?")
_KEY: Final = re.compile(r"\s*([\w.\"'-]+(?:\s*\.\s*[\w\"'-]+)*)\s*=", re.ASCII)


class Places:
    """`tomllib` tells no lines, so the headers and keys are looked up in the text, when asked for."""

    def __init__(self, path: Path, source: str, document: Mapping[str, Any]) -> None:
        self._path = path
        self._source = source
        self._document = document

    def of(self, *keys: str) -> str:
        """`/shop/mercer.toml:12`, or `default` where the file does not say."""
        return self.near(*keys) if self._written(keys) else "default"

    def near(self, *keys: str) -> str:
        """The line of `keys`, or of the closest table around them."""
        for length in range(len(keys), 0, -1):
            if line := self._lines.get(keys[:length]):
                return f"{self._path}:{line}"
        return str(self._path)

    def _written(self, keys: tuple[str, ...]) -> bool:
        table: Any = self._document
        for key in keys:
            if isinstance(table, Sequence) and key.isdecimal() and int(key) < len(table):
                table = table[int(key)]
            elif isinstance(table, Mapping) and key in table:
                table = table[key]
            else:
                return False
        return True

    @cached_property
    def _lines(self) -> dict[tuple[str, ...], int]:
        lines: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        items: Counter[tuple[str, ...]] = Counter()
        for number, line in enumerate(self._source.splitlines(), start=1):
            if item := _ITEM.fullmatch(line):
                table = _keys(f"[{item[1]}]")
                items[table] += 1
                table = (*table, str(items[table] - 1))
                lines.setdefault(table, number)
            elif header := _HEADER.fullmatch(line):
                table = _keys(f"[{header[1]}]")
                lines.setdefault(table, number)
            elif key := _KEY.match(line):
                lines.setdefault((*table, *_keys(f"{key[1]}=0")), number)
        return lines


def _keys(text: str) -> tuple[str, ...]:
    """The dotted key of one line, quotes resolved by the TOML parser itself."""
    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # a line of a long text that only looks like a key
        return ("",)
    keys = []
    while isinstance(table, dict) and table:
        key, table = next(iter(table.items()))
        keys.append(key)
    return tuple(keys)
