"""What a request passes before its API sees it, in the order of the checks.

The real order is UNVERIFIED; this one is the project's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Final

from mercer.plugins.beijing import utc
from mercer.plugins.jd.simulator.protocol import Api, JdError
from mercer.plugins.jd.simulator.shop import Shop
from mercer.plugins.jd.sp.wire import ACCESS_TOKEN, APP_KEY, SIGN, TIMESTAMP, signed
from mercer.plugins.signing import md5_signature

TOLERANCE: Final = timedelta(minutes=6)
_BURST_SECONDS: Final = 2.0


def identified(shop: Shop, params: Mapping[str, str], now: datetime) -> None:
    """Version, time, app and signature of a request to the classic gateway."""
    if not (version := params.get("v")):
        raise JdError("4", "缺少版本参数", "Missing version")
    if version != "2.0":
        raise JdError("5", "不支持的版本", "Unsupported version")
    _timely(_classic_time(params.get("timestamp", "")), now)
    _app(shop, params.get("app_key", ""))
    bare = {name: value for name, value in params.items() if name != "sign"}
    _signed(params.get("sign", ""), md5_signature(bare, shop.app_secret))


def identified_sp(
    shop: Shop,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    named: Mapping[str, str],
    content: str,
    now: datetime,
) -> None:
    """The same of a request to SP-API."""
    _timely(_epoch(headers.get(TIMESTAMP, "")), now)
    _app(shop, headers.get(APP_KEY, ""))
    told = {name: headers[name] for name in (APP_KEY, ACCESS_TOKEN, TIMESTAMP) if name in headers}
    _signed(headers.get(SIGN, ""), signed(told, query, named, content, shop.app_secret))


def permitted(shop: Shop, name: str, api: Api, token: str, now: datetime) -> None:
    """The call exists, the token is right, the app may call it."""
    if name in shop.withdrawn:
        raise JdError("15", "不存在的方法名", "Invalid method")
    if api.token:
        _authorised(shop, token, now)
    if name in shop.denied:
        raise JdError("2001", "没有接口调用权限", "No API permission")


def admitted(shop: Shop, now: datetime) -> None:
    """Take one call out of the app's second and of its day."""
    flow = shop.flow
    flow.today.begin(now)
    flow.bucket.fill(flow.rate, flow.rate * _BURST_SECONDS, now)
    if not flow.bucket.has_one or flow.today.calls >= flow.daily:
        raise limited()
    flow.bucket.tokens -= 1
    flow.today.calls += 1


def limited() -> JdError:
    """JD does not say until when."""
    return JdError("2", "限制时间内调用失败次数", "App Call Limited")


def _classic_time(text: str) -> datetime:
    """Beijing time, or with milliseconds and a zone of its own, as newer SDKs send it."""
    if not text:
        raise JdError("7", "缺少时间戳参数", "Missing timestamp")
    try:
        if "." in text:
            return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f%z").astimezone(UTC)
        return utc(text)
    except (ValueError, OverflowError):
        raise JdError("8", "非法的时间戳参数", "Invalid timestamp") from None


def _epoch(text: str) -> datetime:
    if not text:
        raise JdError("7", "缺少时间戳参数", "Missing timestamp")
    if not (text.isascii() and text.isdecimal() and len(text) == 13):
        raise JdError("8", "非法的时间戳参数", "Invalid timestamp")
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def _timely(sent: datetime, now: datetime) -> None:
    if abs(sent - now) > TOLERANCE:
        raise JdError("8", "非法的时间戳参数", "Invalid timestamp")


def _app(shop: Shop, app_key: str) -> None:
    if not app_key:
        raise JdError("20", "缺少app_key参数", "Missing app_key")
    if app_key != shop.app_key:
        raise JdError("21", "无效app_key", "Invalid app_key")


def _signed(sent: str, right: str) -> None:
    if not sent:
        raise JdError("11", "缺少签名参数", "Missing sign")
    if not compare_digest(sent.encode(), right.encode()):
        raise JdError("12", "无效签名", "Invalid sign")


def _authorised(shop: Shop, token: str, now: datetime) -> None:
    if not token:
        raise JdError("18", "缺少access_token参数", "Missing access_token")
    ended = shop.token_ends is not None and now >= shop.token_ends
    if ended or not compare_digest(token.encode(), shop.access_token.encode()):
        raise expired(token)


def expired(token: str) -> JdError:
    words = f"token已过期或者不存在，请重新授权访问 {token}"
    return JdError("19", words, "Invalid access_token")
