"""Replies -> data, or an error by what can be done about it.

Codes are not uniform over the operations, so the HTTP status decides. An expired access token is a
403 here, and so is an unknown path: a slash in a SKU that was not encoded looks like one.
"""

from __future__ import annotations

import json
from typing import Any, Final

from mercer.core.errors import (
    AuthExpired,
    PlatformError,
    ProtocolBroken,
    Rejected,
    Throttled,
    Transient,
)
from mercer.plugins.answers import Answers
from mercer.plugins.transport import Reply

ANSWERS: Final = Answers("Amazon", "check `address`")

_TOKEN: Final = "access token"  # noqa: S105 (words of an error, not a secret)
_HINTS: Final = {
    401: "let the seller authorise the app again and renew `refresh_token`",
    403: "check the app's roles, and that seller, marketplace and region belong together",
}


def request_id(reply: Reply) -> str:
    return reply.headers.get("x-amzn-requestid", "")


def data(reply: Reply, *, write: bool, delay: float) -> dict[str, Any]:
    """The JSON object of a reply with HTTP 20x, empty for a 204. Numbers with a point are `Decimal`s.

    `delay`: seconds to wait when throttled, since Amazon does not say.
    """
    if not 200 <= reply.status < 300:
        raise _by_recovery(reply, write=write, delay=delay)
    if reply.status == 204:
        return {}
    return ANSWERS.document(reply, write=write)


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
