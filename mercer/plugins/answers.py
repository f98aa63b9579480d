"""Answers that should be one JSON object."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from mercer.core.errors import PlatformError, ProtocolBroken, Transient
from mercer.plugins.transport import Reply

_REQUEST_ID: Final = re.compile(rb'"request_?[iI]d"\s*:\s*"([^"]{1,80})"')


@dataclass(frozen=True, slots=True)
class Answers:
    """Of one platform. `hint`: what a person may try where they cannot be read."""

    platform: str
    hint: str

    def document(self, reply: Reply, *, write: bool) -> dict[str, Any]:
        """Numbers with a point are `Decimal`s. Raise the `PlatformError` that is left without it."""
        try:
            found = json.loads(reply.content, parse_float=Decimal)
        except (ValueError, RecursionError):
            raise self.broken("an answer that is not JSON", write=write) from None
        if not isinstance(found, dict):
            raise self.broken("an answer that is not a JSON object", write=write)
        return found

    def broken(self, what: str, *, write: bool) -> PlatformError:
        """After a write, an answer that cannot be read leaves its effect in doubt."""
        if write:
            return Transient(f"{self.platform} sent {what}", in_doubt=True)
        return ProtocolBroken(f"{self.platform} sent {what}", hint=self.hint)

    def always_200(self, reply: Reply, *, write: bool) -> dict[str, Any]:
        """Of a gateway that tells of its refusals inside: any other status is its own trouble."""
        if reply.status != 200:
            words = f"{self.platform} answered with HTTP status {reply.status}"
            raise Transient(words, in_doubt=write)
        return self.document(reply, write=write)


def request_id(reply: Reply) -> str:
    """The platform's own id of a request, where its answer carries one in the envelope."""
    match = _REQUEST_ID.search(reply.content)
    return match[1].decode("ascii", "replace") if match else ""
