"""What a request passes before its API sees it, in the order of the checks.

The real order is UNVERIFIED; this one is the project's own.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Final, cast, get_args

from mercer.plugins.beijing import GMT8, utc
from mercer.plugins.flow import Bucket
from mercer.plugins.taobao.settings import SignMethod
from mercer.plugins.taobao.simulator.protocol import Api, TopError
from mercer.plugins.taobao.simulator.shop import Flow, Shop
from mercer.plugins.taobao.wire import signature

TOLERANCE: Final = timedelta(minutes=10)
_BURST_SECONDS: Final = 2.0


def identified(shop: Shop, params: Mapping[str, str], now: datetime) -> None:
    """App, time, version, format and signature."""
    if not (app_key := params.get("app_key")):
        raise TopError(28, "Missing app key")
    if app_key != shop.app_key:
        raise TopError(29, "Invalid app Key")
    _timely(params.get("timestamp", ""), now)
    if not (version := params.get("v")):
        raise TopError(32, "Missing version")
    if version != "2.0":
        raise TopError(33, "Invalid version")
    if params.get("format", "xml") not in ("xml", "json"):
        raise TopError(23, "Invalid format")
    _signed(shop, params)


def permitted(shop: Shop, api: str, params: Mapping[str, str], spec: Api, now: datetime) -> None:
    """Permission package, session, required parameters."""
    if api in shop.denied:
        raise TopError(
            11,
            "Insufficient ISV permissions",
            "isv.permission-api-package-empty",
            "app has no permission package for this API",
        )
    if spec.session:
        _authorised(shop, params.get("session", ""), now)
    for name in spec.required:
        if not params.get(name):
            raise TopError(40, f"Missing required arguments:{name}")


def admitted(flow: Flow, api: str, now: datetime, rng: random.Random) -> None:
    """Take one call out of every bucket, or start a ban; during a ban every call is refused."""
    for scope, sub_code, _ in _scopes(flow, api):
        if (until := flow.bans.get(scope, now)) > now:
            raise _banned(sub_code, until - now)
    _counted(flow, now)
    for scope, sub_code, rate in _scopes(flow, api):
        if not _taken(flow, scope, rate, now):
            raise banned(flow, scope, sub_code, now, rng.randint(1, 2))


def throttled(flow: Flow, api: str, now: datetime, rng: random.Random) -> TopError:
    """A ban of this API for this app, out of the blue."""
    scope, sub_code, _ = _scopes(flow, api)[1]
    return banned(flow, scope, sub_code, now, rng.randint(1, 2))


def banned(flow: Flow, scope: str, sub_code: str, now: datetime, seconds: float) -> TopError:
    span = timedelta(seconds=seconds)
    flow.bans[scope] = now + span
    return _banned(sub_code, span)


def _banned(sub_code: str, span: timedelta) -> TopError:
    left = math.ceil(span.total_seconds())
    words = f"This ban will last for {left} more seconds"
    return TopError(7, "App Call Limited", sub_code, words)


def _scopes(flow: Flow, api: str) -> tuple[tuple[str, str, float], ...]:
    return (
        (f"api {api}", "accesscontrol.limited-by-api-access-count", flow.api_rate),
        (f"app {api}", "accesscontrol.limited-by-app-api-access-count", flow.app_api_rate),
    )


def _taken(flow: Flow, scope: str, rate: float, now: datetime) -> bool:
    bucket = flow.buckets.setdefault(scope, Bucket())
    bucket.fill(rate, rate * _BURST_SECONDS, now)
    if not bucket.has_one:
        return False
    bucket.tokens -= 1
    return True


def _counted(flow: Flow, now: datetime) -> None:
    """The app's calls of the day."""
    flow.today.begin(now)
    if flow.today.calls >= flow.daily:
        moment = now.astimezone(GMT8)
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        raise _banned("accesscontrol.limited-by-app-access-count", midnight - moment)
    flow.today.calls += 1


def _timely(text: str, now: datetime) -> None:
    """Beijing time as text, or epoch milliseconds, which an official SDK sends."""
    if not text:
        raise TopError(30, "Missing timestamp")
    try:
        sent = _epoch(text) if text.isdecimal() else utc(text)
    except (ValueError, OverflowError):
        raise TopError(31, "Invalid timestamp") from None
    if abs(sent - now) > TOLERANCE:
        raise TopError(31, "Invalid timestamp")


def _epoch(milliseconds: str) -> datetime:
    if len(milliseconds) > 15:
        raise ValueError(milliseconds)
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def _signed(shop: Shop, params: Mapping[str, str]) -> None:
    """How an empty parameter is signed is UNVERIFIED: with its bare name and without are taken."""
    sign, method = params.get("sign"), params.get("sign_method")
    if not sign or not method:
        raise TopError(24, "Missing signature")
    if method not in get_args(SignMethod):
        raise TopError(25, "Invalid signature")
    bare = {name: value for name, value in params.items() if name != "sign"}
    full = {name: value for name, value in bare.items() if value}
    known = cast("SignMethod", method)
    right = (signature(each, shop.app_secret, known) for each in (bare, full))
    if not any(compare_digest(sign.encode(), each.encode()) for each in right):
        raise TopError(25, "Invalid signature")


def _authorised(shop: Shop, session: str, now: datetime) -> None:
    if not session:
        raise TopError(26, "Missing session")
    if not compare_digest(session.encode(), shop.session.encode()):
        raise TopError(27, "Invalid session", "session-not-exist", "session-not-exist")
    if shop.session_ends is not None and now >= shop.session_ends:
        raise expired()


def expired() -> TopError:
    return TopError(27, "Invalid session", "session-expired", "session-expired")
