"""Cheap reads that tell whether a channel will work: clock, authorisation, seller, permissions."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from mercer.core.account import Channel
from mercer.core.clock import Clock
from mercer.core.contract import Health
from mercer.core.errors import ProtocolBroken
from mercer.plugins import yuan
from mercer.plugins.beijing import beijing, moment
from mercer.plugins.health import tried
from mercer.plugins.taobao.order_mapping import TRADE_TYPES
from mercer.plugins.taobao.settings import SellerType
from mercer.plugins.taobao.wire import Top
from mercer.plugins.values import text

_TOLERANCE: Final = timedelta(minutes=10)
"""What TOP forgives; a warning comes at half of it."""

_SELLERS: Final[dict[SellerType, str]] = {"C": "Taobao", "B": "Tmall"}


async def checked(
    top: Top, channel: Channel, seller_type: SellerType, clock: Clock
) -> list[Health]:
    async def time() -> Health:
        body = await top.call("taobao.time.get")
        theirs = moment(body, "time")
        if theirs is None:
            raise ProtocolBroken("an answer without the time")
        skew = abs(clock.now() - theirs)
        return Health(
            "clock",
            skew < _TOLERANCE / 2,
            f"{skew.total_seconds():.0f} s from TOP's",
            "set this machine's clock: TOP refuses requests that are 10 minutes off",
        )

    async def seller() -> Health:
        body = await top.call("taobao.user.seller.get", {"fields": "nick,type,status"})
        user = body.get("user")
        kind = text(user, "type") if isinstance(user, dict) else None
        return Health(
            "seller",
            kind == seller_type,
            f"the session belongs to a seller of type {kind}, set is {seller_type} "
            f"({_SELLERS[seller_type]})",
            "set seller_type to what TOP says, or authorise the right shop",
        )

    async def orders() -> Health:
        until = clock.now()
        await top.call(
            "taobao.trades.sold.increment.get",
            {
                "fields": "tid",
                "type": TRADE_TYPES,
                "start_modified": beijing(until - timedelta(minutes=1)),
                "end_modified": beijing(until),
                "page_size": "1",
            },
        )
        return Health("orders", True, "order APIs answer")

    return [
        await tried("clock", time),
        await tried("seller", seller),
        await tried("orders", orders),
        yuan.checked(channel),
    ]
