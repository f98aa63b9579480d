"""Replies -> data, or an error by what can be done about it.

Codes are not uniform over the operations, so the HTTP status decides. An expired access token is a
403 here, and so is an unknown path: a slash in a SKU that was not encoded looks like one.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

from mercer.core.errors import (
    AuthExpired,
    PlatformError,
    ProtocolBroken,
    Rejected,
    Throttled,
    Transient,
)
from mercer.plugins.transport import Reply

_TOKEN: Final = "access token"  # noqa: S105 (words of an error, not a secret)
_HINTS: Final = {
    401: "let the seller authorise the app again and renew `refresh_token`",
    403: "check the app's roles, and that seller, marketplace and region belong together",
}


def request_id(reply: Reply) -> str:
    return reply.headers.get("x-amzn-requestid", "")


def data(reply: Reply, *, write: bool, delay: float) -> dict[str, Any]:
    """The JSON object of a reply with HTTP 20x. Numbers with a point come as `Decimal`.

    `delay`: seconds to wait when throttled, since Amazon does not say.
    """
    if not 200 <= reply.status < 300:
        raise _by_recovery(reply, write=write, delay=delay)
    try:
        parsed = json.loads(reply.content, parse_float=Decimal)
    except ValueError:
        parsed = None
    if isinstance(parsed, dict):
        return parsed
    raise unreadable("is not a JSON object", write=write)


def unreadable(what: str, *, write: bool) -> PlatformError:
    """An answer that tells nothing. After a write it leaves the effect in doubt."""
    if write:
        return Transient(f"Amazon's answer {what}", in_doubt=True)
    return ProtocolBroken(f"Amazon's answer {what}", hint="check `address`")


def names_token(error: AuthExpired) -> bool:
    """Whether another access token may mend it."""
    return _TOKEN in error.words.lower()


def _by_recovery(reply: Reply, *, write: bool, delay: float) -> PlatformError:
    code, words = _said(reply)
    place = {"code": code, "words": words, "request_id": request_id(reply)}
    status = reply.status
    if status in _HINTS:
        return AuthExpired(f"Amazon refuses access: {words}", hint=_HINTS[status], **place)
    if status == 429:
        return Throttled("the operation's quota is used up", delay=delay, shared=True, **place)
    if status >= 500:
        return Transient(f"Amazon failed with HTTP {status}", in_doubt=write, **place)
    if 400 <= status < 500:
        return Rejected(f"Amazon does not take this: {words}", **place)
    return ProtocolBroken(f"Amazon answered HTTP {status}", **place)


def _said(reply: Reply) -> tuple[str, str]:
    """Code and words of the first error; the details say more than the message where there are any."""
    try:
        first = json.loads(reply.content)["errors"][0]
        words = " ".join(filter(None, (first["message"], first.get("details"))))
        return str(first["code"]), words
    except (ValueError, KeyError, IndexError, TypeError):
        return str(reply.status), reply.content[:300].decode("utf-8", "replace")
