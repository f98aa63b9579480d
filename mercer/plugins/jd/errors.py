"""JD's refusals, read by what can be done about them, on both gateways.

The classic gateway answers with `error_response{code, zh_desc, en_desc}`, the newer one with
`errorList[{code, message, details}]`; businesses refuse inside success with words of their own. Of
the classic table only some codes are known; an unknown one is final unless its words say otherwise.
That the newer gateway uses the same codes is UNVERIFIED.
"""

from __future__ import annotations

import re
from typing import Final

from mercer.core.errors import (
    AuthExpired,
    PlatformError,
    Rejected,
    Throttled,
    Transient,
    Unsupported,
)

_LIMITED: Final = "2"
_NO_SUCH_CALL: Final = frozenset({"4", "5", "14", "15"})
_TIME: Final = frozenset({"7", "8"})
_APP: Final = frozenset({"11", "12", "20", "21"})
_TOKEN: Final = frozenset({"18", "19"})
"""18 and 20 are presumed (UNVERIFIED): no token, no app key."""
_PERMISSION: Final = frozenset({"2001"})
"""Told by one integration only (UNVERIFIED)."""
_ONLY_IN_CLOUD: Final = frozenset({"99904030005"})

_AGAIN: Final = frozenset({"999999", "99999999"})
"""Of businesses: 系统异常."""
_BUSY: Final = re.compile(
    r"超时|繁忙|系统(?:异常|错误|忙|升级|维护)|unavailable|timeout", re.IGNORECASE
)
"""系统 alone also stands in final refusals, such as 系统下架."""

_REAUTHORISE: Final = (
    "let the seller authorise the app again and put the new token into the channel's setting "
    "`access_token`"
)


def error_of(code: str, words: str, *, write: bool) -> PlatformError:
    """The error to raise. A write that JD's side failed on is in doubt: it may have taken effect."""
    message = _message(code, words)
    place = {"code": code, "words": words}
    if code == _LIMITED:
        return Throttled(message, delay=None, shared=True, **place)
    if code in _TOKEN:
        return AuthExpired(message, hint=_REAUTHORISE, **place)
    if code in _APP:
        hint = "check app_key and app_secret in the channel's settings"
        return AuthExpired(message, hint=hint, **place)
    if code in _TIME:
        hint = "set this machine's clock: JD refuses requests that are 6 minutes off"
        return AuthExpired(message, hint=hint, **place)
    if code in _PERMISSION:
        hint = "apply for the permission package (权限包) of this API in JD's console"
        return Unsupported(message, hint=hint, **place)
    if code in _ONLY_IN_CLOUD:
        return Unsupported(message, hint="JD takes this call only from its cloud (云鼎)", **place)
    if code in _NO_SUCH_CALL:
        return Unsupported(message, hint="the API may have been withdrawn", **place)
    return business_error(code, words, write=write)


def business_error(code: str, words: str, *, write: bool) -> PlatformError:
    """For a refusal inside an outer success, whose codes are each business's own."""
    message = _message(code, words)
    place = {"code": code, "words": words}
    if code in _AGAIN or _BUSY.search(words):
        return Transient(message, in_doubt=write, **place)
    return Rejected(message, **place)


def _message(code: str, words: str) -> str:
    return f"JD refused: {words or 'no reason given'} ({code or 'no code'})"
