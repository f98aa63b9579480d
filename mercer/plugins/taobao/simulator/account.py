"""The platform's time and who the session belongs to."""

from __future__ import annotations

from typing import Any, Final

from mercer.plugins.beijing import beijing
from mercer.plugins.taobao.simulator.fields import picked
from mercer.plugins.taobao.simulator.protocol import Api, Call
from mercer.plugins.taobao.simulator.shop import Shop


def _time(_: Shop, call: Call) -> dict[str, Any]:
    return {"time": beijing(call.now)}


def _seller(shop: Shop, call: Call) -> dict[str, Any]:
    user = {
        "user_id": shop.seller_id,
        "nick": shop.nick,
        "type": shop.seller_type,
        "status": "normal",
        "has_sub_stock": True,
    }
    return {"user": picked(user, call.text("fields"))}


APIS: Final = {
    "taobao.time.get": Api(_time, session=False),
    "taobao.user.seller.get": Api(_seller, ("fields",)),
}
