"""The workspace's log: JSON lines in UTC, without secrets, in `mercer.log`.

Loggers are `logging.getLogger("mercer...")`; fields come from `extra`. Imported only once there is a
workspace to log into.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_plus

FILE: Final = "mercer.log"
LARGEST: Final = 5 * 1024 * 1024
KEPT: Final = 3
"""Bytes of one file, and how many full ones are kept beside it."""

HIDDEN: Final = "[hidden]"
SHORTEST_SECRET: Final = 4
"""Characters. Hiding anything shorter would make holes in every line and hide nothing."""

_SUSPICIOUS: Final = (
    r"tokens?|secrets?|session|sign|signature|authorization|passwords?|cookies?|credentials?|hmac"
    r"|(?:api|access|private)[_-]?key"
)
_KEY: Final = re.compile(rf"(?:^|[^a-z])(?:{_SUSPICIOUS})(?:$|[^a-z])")
_PAIR: Final = re.compile(
    rf"""((?:^|[^A-Za-z])(?:{_SUSPICIOUS})["']?\s*[=:]\s*["']?(?:(?:Bearer|Basic)\s+)?)"""
    r"""[^\s"'&,;}\])]+""",
    re.IGNORECASE,
)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class Redactor:
    """Takes known secrets out of anything, and whatever stands under a name that means a secret."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def add(self, value: str) -> None:
        """From now on `value` is never shown, nor its forms in addresses and in JSON."""
        if len(value) >= SHORTEST_SECRET:
            self._secrets |= {
                value,
                quote(value, safe=""),
                quote_plus(value),
                json.dumps(value)[1:-1],
            }

    def text(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return _PAIR.sub(rf"\1{HIDDEN}", text)

    def value(self, value: Any) -> Any:
        """A copy, ready for JSON, in which no secret is left."""
        match value:
            case None | bool() | int() | float():
                return value
            case Mapping():
                return {
                    self.text(str(key)): self._under(str(key), each) for key, each in value.items()
                }
            case Sequence() | set() | frozenset() if not isinstance(value, (str, bytes)):
                return [self.value(each) for each in value]
            case _:
                return self.text(str(value))

    def _under(self, key: str, value: Any) -> Any:
        if value is not None and _KEY.search(_HUMP.sub("_", key).lower()):
            return HIDDEN
        return self.value(value)


class JsonLines(logging.Formatter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {key: each for key, each in vars(record).items() if key not in _OWN}
        if record.exc_info and record.exc_info[0]:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(self._redactor.value(line), ensure_ascii=False)


class OwnerOnlyFile(logging.handlers.RotatingFileHandler):
    """Readable by nobody else from the moment it exists."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(os.fdopen(handle, "ab"), encoding="utf-8")


def configure(folder: Path, *, verbose: bool = False) -> Redactor:
    """Log into `folder`; `verbose` logs more, and to standard error too.

    Calling it again changes over to the new place. Returns the redactor that must be told of every
    secret.
    """
    redactor = Redactor()
    log = logging.getLogger("mercer")
    for handler in list(log.handlers):
        if isinstance(handler.formatter, JsonLines):
            log.removeHandler(handler)
            handler.close()
    handlers: list[logging.Handler] = [
        OwnerOnlyFile(folder / FILE, maxBytes=LARGEST, backupCount=KEPT, delay=True)
    ]
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(JsonLines(redactor))
        log.addHandler(handler)
    log.setLevel(logging.DEBUG if verbose else logging.INFO)
    return redactor


@contextmanager
def at_level(level: int) -> Iterator[None]:
    """What is of this level or above is logged, and afterwards what was before."""
    log = logging.getLogger("mercer")
    before = log.level
    log.setLevel(level)
    try:
        yield
    finally:
        log.setLevel(before)
