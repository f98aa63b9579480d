"""Replies -> data, or an error by what can be done about it: HTTP status, then top-level `errors`.

The third layer, `userErrors`, belongs to single items and is read by who wrote them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from mercer.core.errors import (
    AuthExpired,
    PlatformError,
    ProtocolBroken,
    Rejected,
    Throttled,
    Transient,
)
from mercer.plugins.transport import Reply

REFUSED: Final = "401"
"""The code of the error that a new token may mend."""
LONG_BACK_OFF: Final = 300.0
"""Seconds to stay away after HTTP 430, a security rejection. The number is ours."""

_STOPS: Final = {
    401: (
        "the shop does not accept the access token",
        "put a valid token into `access_token`, or check `client_id` and `client_secret`",
    ),
    402: ("the shop is frozen for unpaid bills", "the shop's owner must settle them"),
    403: ("the app may not do this", "grant the app its scopes and release a new version"),
    404: ("no shop answers at this address", "check `shop` and `address` in the settings"),
    423: ("Shopify locked the shop", "the shop's owner must ask Shopify's support"),
}
_DENIED: Final = "ACCESS_DENIED"
_NO_ACCESS: Final = frozenset({_DENIED, "SHOP_INACTIVE"})
_PROTECTED: Final = frozenset({"customer", "email", "phone", "shippingAddress"})
"""Fields of an order that are null for an app that is not approved for customers' data."""
_WRONG_ITEM: Final = frozenset({"RESOURCE_NOT_FOUND", "INVALID_VARIABLE"})


def request_id(reply: Reply) -> str:
    return reply.headers.get("x-request-id", "")


def check_status(reply: Reply) -> None:
    """Raise for anything but HTTP 200."""
    status = reply.status
    if status == 200:
        return
    place = {"code": str(status), "words": _words(reply), "request_id": request_id(reply)}
    if status in _STOPS:
        message, hint = _STOPS[status]
        raise AuthExpired(message, hint=hint, **place)
    if status == 429:
        raise Throttled("Shopify asks to wait", delay=_seconds(reply), shared=True, **place)
    if status == 430:
        raise Throttled(
            "Shopify rejects requests for security reasons",
            hint="check what else uses this app or address before trying again",
            delay=LONG_BACK_OFF,
            shared=True,
            **place,
        )
    if status >= 500:
        raise Transient(f"Shopify failed with HTTP {status}", in_doubt=True, **place)
    raise ProtocolBroken(f"Shopify answered HTTP {status}", **place)


def body(reply: Reply) -> dict[str, Any]:
    """The JSON object of a reply with HTTP 200.

    Of a reply that is none nothing is repeated: a part of an order may be in it.
    """
    place = {"request_id": request_id(reply)}
    try:
        parsed = json.loads(reply.content)
    except ValueError:
        raise ProtocolBroken("the answer is not JSON", **place) from None
    if not isinstance(parsed, dict):
        raise ProtocolBroken("the answer is not a JSON object", **place)
    return parsed


def data(parsed: Mapping[str, Any], identity: str) -> dict[str, Any]:
    """The `data` of a GraphQL answer without errors and without search warnings.

    Customers' data that is withheld is not an error: orders are read without it.
    """
    place = {"request_id": identity}
    errors = parsed.get("errors")
    if errors and not (parsed.get("data") and _only_withheld(errors)):
        _raise(errors, parsed, place)
    for search in (parsed.get("extensions") or {}).get("search") or ():
        if warnings := search.get("warnings"):
            raise ProtocolBroken(
                f"Shopify did not understand the search {search.get('query')!r}",
                code=str(warnings[0].get("code", "")),
                words=str(warnings[0].get("message", "")),
                **place,
            )
    found = parsed.get("data")
    if not isinstance(found, dict):
        raise ProtocolBroken("the answer has neither data nor errors", **place)
    return found


def _only_withheld(errors: Any) -> bool:
    """Shopify sends such fields as null, beside an error that names their path."""
    return isinstance(errors, list) and all(
        isinstance(error, dict)
        and (error.get("extensions") or {}).get("code") == _DENIED
        and any(part in _PROTECTED for part in error.get("path") or ())
        for error in errors
    )


def _raise(errors: Any, parsed: Mapping[str, Any], place: dict[str, str]) -> NoReturn:
    first = errors[0] if isinstance(errors, list) else errors
    detail: dict[str, Any] = first if isinstance(first, dict) else {"message": str(first)}
    extensions = detail.get("extensions") or {}
    code = str(extensions.get("code", ""))
    place = {**place, "code": code, "words": str(detail.get("message", ""))}
    raise _by_recovery(code, extensions, parsed, place)


def _by_recovery(
    code: str, extensions: Mapping[str, Any], parsed: Mapping[str, Any], place: dict[str, str]
) -> PlatformError:
    if code == "THROTTLED":
        delay = points_wait(parsed)
        return Throttled("the shop's query points are used up", delay=delay, shared=False, **place)
    if code == "INTERNAL_SERVER_ERROR":
        return Transient("Shopify failed inside", in_doubt=True, **place)
    if code in _NO_ACCESS:
        needed = extensions.get("requiredAccess") or "what the message names"
        return AuthExpired("the app has no access to this", hint=f"grant {needed}", **place)
    if code in _WRONG_ITEM:
        return Rejected("Shopify does not accept this", **place)
    if code == "MAX_COST_EXCEEDED":
        return ProtocolBroken("one request asks for too many points", **place)
    return ProtocolBroken("Shopify does not accept the request", **place)


def points_wait(parsed: Mapping[str, Any]) -> float | None:
    """Seconds until as many points are restored as the request asked for."""
    cost = (parsed.get("extensions") or {}).get("cost") or {}
    status = cost.get("throttleStatus") or {}
    try:
        missing = float(cost["requestedQueryCost"]) - float(status["currentlyAvailable"])
        return max(0.0, missing / float(status["restoreRate"]))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None


def _seconds(reply: Reply) -> float | None:
    """`retry-after` is a decimal here."""
    try:
        return float(reply.headers["retry-after"])
    except (KeyError, ValueError):
        return None


def _words(reply: Reply) -> str:
    return reply.content[:300].decode("utf-8", "replace")
