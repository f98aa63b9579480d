"""Whose token it is, a public call, and OAuth's renewal of the token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from mercer.plugins.jd.simulator.protocol import Api, Call, milliseconds
from mercer.plugins.jd.simulator.shop import Shop

_RENEWABLE: Final = timedelta(hours=24)
_YEAR: Final = timedelta(days=365)


def _shop(shop: Shop, call: Call) -> dict[str, Any]:
    del call
    row = {"vender_id": shop.vender_id, "shop_id": shop.shop_id, "shop_name": shop.name}
    return {"shop_jos_result": row}


def _provinces(shop: Shop, call: Call) -> dict[str, Any]:
    del shop, call
    return {"success": True, "data": [{"areaId": 19, "areaName": "广东"}]}


APIS: Final = {
    "jingdong.vender.shop.query": Api(_shop),
    "jingdong.areas.province.get": Api(_provinces, token=False),
}


def renewed(shop: Shop, params: Mapping[str, str], now: datetime, rng: Random) -> dict[str, Any]:
    """Both tokens anew. Only within the last day before the end, and never after it (UNVERIFIED)."""
    if params.get("app_key") != shop.app_key or params.get("app_secret") != shop.app_secret:
        return _refused(101, "app_key或app_secret错误", rng)
    if params.get("grant_type") != "refresh_token":
        return _refused(400, "grant_type错误", rng)
    if params.get("refresh_token") != shop.refresh_token:
        return _refused(402, "refresh_token无效", rng)
    ends = shop.token_ends
    if ends is None or not timedelta(0) < ends - now <= _RENEWABLE:
        return _refused(403, "仅可在到期前24小时内刷新", rng)
    shop.access_token, shop.refresh_token = _token(rng), _token(rng)
    shop.token_ends = now + _YEAR
    return {
        "access_token": shop.access_token,
        "expires_in": int(_YEAR.total_seconds()) - 1,
        "refresh_token": shop.refresh_token,
        "scope": "snsapi_base",
        "time": milliseconds(now),
        "token_type": "bearer",
        "code": 0,
    }


def _refused(code: int, words: str, rng: Random) -> dict[str, Any]:
    """Another envelope than the gateway's. The codes are partly made up."""
    return {"code": code, "msg": words, "requestId": f"{rng.getrandbits(64):016x}"}


def _token(rng: Random) -> str:
    return f"{rng.getrandbits(140):035x}lmd"
