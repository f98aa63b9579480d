"""TOP's error envelope, read by what can be done about it.

`code` below 100 is the gateway's; business errors come as 15 (or 50, 520, 530, ...) with the reason
in `sub_code`: `isp.*` is the platform's side, `isv.*` the caller's. `msg` differs in case between
documentation and wire, so only `code` and `sub_code` decide, and `sub_msg` where nothing else does.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, Final

from mercer.core.errors import (
    AuthExpired,
    PlatformError,
    Rejected,
    Throttled,
    Transient,
    Unsupported,
)

_LIMITED: Final = frozenset({4, 5, 6, 7, 8})
_SESSION: Final = frozenset({26, 27, 42, 44})
_APP: Final = frozenset({24, 25, 28, 29})
_TIME: Final = frozenset({30, 31})
_PERMISSION: Final = frozenset({11, 12, 13})
_NO_SUCH_CALL: Final = frozenset({9, 21, 22, 32, 33, 34})
_UNAVAILABLE: Final = 10
_REMOTE: Final = frozenset({15, 50, 520, 530, 560, 670})

_BAN: Final = re.compile(r"This ban will last for (\d+) more seconds")
_ONE_API: Final = frozenset(
    {
        "accesscontrol.limited-by-api-access-count",
        "accesscontrol.limited-by-app-api-access-count",
    }
)
"""Bans of one API; the rest of the app goes on."""

_SLOW_QUERIES: Final = "isv.trade-service-rejection"
_SLOW_QUERIES_WAIT: Final = 180.0

_CLOSED_TOO_FAST: Final = "CLOSE_TRADE_TOO_FAST"
_CLOSED_TOO_FAST_WAIT: Final = 10.0
"""A trade younger than ten seconds cannot be closed. The rest of the sub code is UNVERIFIED."""

_SHIPPING: Final = "isv.logistics-"
_SHIPPING_AGAIN: Final = frozenset({"S01", "B150"})
_SHIPPING_SESSION: Final = "isv.logistics-offline-service-error:P03"

_MALFORMED: Final = frozenset({"isp.top-parse-error", "isp.top-mapping-parse-error"})
_ITEM_UPDATE: Final = "isp.item-update-service-error:"
_ITEM_UPDATE_AGAIN: Final = frozenset({"GENERIC_FAILURE", "IC_SYSTEM_NOT_READY_TRY_AGAIN_LATER"})
_BUSY: Final = (
    "库存中心服务正忙",
    "数据存储服务正忙",
    "数据存储服务正在维护",
    "远程服务调用超时",
    "服务不可用",
)
"""Seen on stock writes under sub codes that otherwise blame the caller."""

_REAUTHORISE: Final = (
    "let the seller authorise the app again and put the new session key into the channel's setting "
    "`session`; most apps cannot refresh it"
)


def error_of(payload: Mapping[str, Any], *, write: bool) -> PlatformError:
    """The error to raise for an `error_response`. A write that the platform's side failed on is in
    doubt: it may have taken effect.
    """
    code = _whole(payload.get("code"))
    sub_code = str(payload.get("sub_code") or "").removesuffix("-tmall")
    words = html.unescape(str(payload.get("sub_msg") or payload.get("msg") or ""))
    message = f"TOP refused: {words or 'no reason given'} ({sub_code or code})"
    place = {
        "code": sub_code or str(code),
        "words": words,
        "request_id": str(payload.get("request_id") or ""),
    }
    if code in _LIMITED or sub_code == "isp.call-limited":
        shared = sub_code not in _ONE_API
        return Throttled(message, delay=_ban(words), shared=shared, **place)
    if sub_code == _SLOW_QUERIES:
        return Throttled(message, delay=_SLOW_QUERIES_WAIT, shared=False, **place)
    if _CLOSED_TOO_FAST in sub_code:
        return Throttled(message, delay=_CLOSED_TOO_FAST_WAIT, shared=False, **place)
    if code in _SESSION or sub_code == _SHIPPING_SESSION:
        return AuthExpired(message, hint=_REAUTHORISE, **place)
    if code in _APP:
        hint = "check app_key, app_secret and sign_method in the channel's settings"
        return AuthExpired(message, hint=hint, **place)
    if code in _TIME:
        hint = "set this machine's clock: TOP refuses requests that are 10 minutes off"
        return AuthExpired(message, hint=hint, **place)
    if code in _PERMISSION:
        hint = (
            "apply for the API's permission package in the TOP console, or mend its IP allow-list"
        )
        return Unsupported(message, hint=hint, **place)
    if code in _NO_SUCH_CALL:
        return Unsupported(message, hint="the API may have been withdrawn", **place)
    if code == _UNAVAILABLE or _platforms_side(code, sub_code, words):
        return Transient(message, in_doubt=write, **place)
    return Rejected(message, **place)


def _platforms_side(code: int, sub_code: str, words: str) -> bool:
    if sub_code.startswith(_ITEM_UPDATE):
        return sub_code.removeprefix(_ITEM_UPDATE) in _ITEM_UPDATE_AGAIN
    if sub_code.startswith("isp."):
        return sub_code not in _MALFORMED
    if sub_code.startswith(_SHIPPING) and suffix(sub_code) in _SHIPPING_AGAIN:
        return True
    if not sub_code and code in _REMOTE:
        return True
    return any(phrase in words for phrase in _BUSY)


def suffix(sub_code: str) -> str:
    """`isv.logistics-offline-service-error:B04` ends in `B04`; some come bare."""
    return sub_code.rpartition(":")[2]


def _ban(words: str) -> float | None:
    """Seconds to wait; one more than told, because the platform counts whole seconds."""
    match = _BAN.search(words)
    return float(match[1]) + 1 if match else None


def _whole(value: object) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 10 else 0
