"""Long work at Amazon: polling until it is done, and fetching what it left."""

from __future__ import annotations

import gzip
import io
from datetime import timedelta
from typing import Any, Final

from mercer.core.clock import Clock
from mercer.core.errors import ProtocolBroken, Transient
from mercer.core.waiting import wait as waited
from mercer.plugins.amazon.wire import Call, Wire

FIRST_WAIT: Final = 5.0
LONGEST_WAIT: Final = 30.0
PATIENCE: Final = timedelta(minutes=45)
"""Feeds and reports have been seen to take hours; those are given up and read back."""

_RUNNING: Final = frozenset({"IN_QUEUE", "IN_PROGRESS"})
_MAGIC: Final = b"\x1f\x8b"
_LARGEST: Final = 256 * 1024 * 1024


def polls(seconds: float) -> tuple[int, float]:
    """How many polls find out that work of so many seconds is done, and after how many seconds."""
    count, passed, wait = 1, FIRST_WAIT, FIRST_WAIT
    while passed < seconds:
        wait = min(wait * 1.5, LONGEST_WAIT)
        count, passed = count + 1, passed + wait
    return count, passed


async def ended(wire: Wire, clock: Clock, operation: str, path: str) -> dict[str, Any]:
    """The feed or report once it runs no more. Raise `Transient` where patience runs out first."""
    until, wait = clock.now() + PATIENCE, FIRST_WAIT
    while clock.now() < until:
        await waited(clock, wait, f"{operation} to be done")
        answers = ("processingStatus", "createdTime")
        found = await wire.run(Call(operation, "GET", path, answers=answers))
        if found["processingStatus"] not in _RUNNING:
            return found
        wait = min(wait * 1.5, LONGEST_WAIT)
    raise Transient(f"{operation}: not done after {PATIENCE}", in_doubt=False)


async def fetched(wire: Wire, operation: str, path: str) -> tuple[bytes, str]:
    """A document's content, unpacked, and the charset that its storage names, if any."""
    document = await wire.run(Call(operation, "GET", path, answers=("url",)))
    reply = await wire.download(document["url"])
    content = reply.content
    # Storage may say `Content-Encoding: gzip` too; then it has been unpacked on the way.
    if document.get("compressionAlgorithm") == "GZIP" and content.startswith(_MAGIC):
        content = _unpacked(content)
    return content, _charset(reply.headers.get("content-type", ""))


def _unpacked(content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as file:
            plain = file.read(_LARGEST + 1)
    except (OSError, EOFError):
        raise ProtocolBroken("a document of Amazon's cannot be unpacked") from None
    if len(plain) > _LARGEST:
        raise ProtocolBroken(f"a document of more than {_LARGEST >> 20} MiB")
    return plain


def _charset(content_type: str) -> str:
    for each in content_type.split(";")[1:]:
        name, _, value = each.strip().partition("=")
        if name.lower() == "charset":
            return value.strip().strip('"')
    return ""
