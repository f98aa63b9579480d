"""Errors as they travel between processes: what a program reads, and back to what code catches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mercer.core.errors import MercerError, PlatformError, Throttled, Transient

_OF_PLATFORMS: Final = ("operation", "code", "words", "request_id")


def error_to_json(error: MercerError) -> dict[str, Any]:
    document: dict[str, Any] = {
        "kind": error.kind,
        "message": error.message,
        "hint": error.hint,
        "channel": error.channel,
    }
    if isinstance(error, PlatformError):
        document |= {name: getattr(error, name) for name in _OF_PLATFORMS}
    if isinstance(error, Throttled):
        document |= {"delay": error.delay, "shared": error.shared}
    if isinstance(error, Transient):
        document["in_doubt"] = error.in_doubt
    return document


def error_from_json(document: Mapping[str, Any]) -> MercerError:
    """What is of no kind that is known is an error all the same."""
    said = dict(document)
    kind = _KINDS.get(said.pop("kind", ""), MercerError)
    return kind(said.pop("message", ""), **said)


def _kinds(kind: type[MercerError]) -> Iterator[type[MercerError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


_KINDS: Final = {kind.kind: kind for kind in _kinds(MercerError)}
