"""Cheap reads that tell whether a channel will work: app, authorisation, warehouse, orders."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from functools import partial

from mercer.core.account import Channel
from mercer.core.clock import Clock
from mercer.core.contract import Health, OrderPage
from mercer.plugins import yuan
from mercer.plugins.health import Check, tried
from mercer.plugins.jd import orders, stock, wares
from mercer.plugins.jd.wire import Jos, node
from mercer.plugins.values import needed, text

Changed = Callable[[datetime, datetime], AsyncIterator[OrderPage]]


async def checked(jos: Jos, channel: Channel, store_id: int, clock: Clock) -> list[Health]:
    async def shop() -> Health:
        """The first call: a wrong key, secret, token or clock is told here."""
        answer = node(await jos.call("jingdong.vender.shop.query"), "shop_jos_result")
        name, vender = text(answer, "shop_name") or "", needed(answer, "vender_id")
        return Health("shop", True, f"the token belongs to {name} (vender {vender})")

    async def warehouse() -> Health:
        sku = await wares.some_sku(jos)
        return warehouse_of(await stock.stores_of(jos, sku) if sku else None, store_id)

    return await told(channel, clock, shop, warehouse, partial(orders.changed, jos))


async def told(
    channel: Channel, clock: Clock, shop: Check, warehouse: Check, changed: Changed
) -> list[Health]:
    """What both gateways are checked for, each in its own way."""

    async def sales() -> Health:
        now = clock.now()
        async for _ in changed(now - timedelta(minutes=1), now):
            break
        return Health("orders", True, "order APIs answer")

    return [
        await tried("shop", shop),
        await tried("warehouse", warehouse),
        await tried("orders", sales),
        yuan.checked(channel),
    ]


def warehouse_of(stores: list[str] | None, store_id: int) -> Health:
    """`stores` hold some SKU; `None` where the shop has none to ask for."""
    if stores is None:
        return Health("warehouse", True, "no SKU to ask for yet")
    return Health(
        "warehouse",
        stores == [str(store_id)],
        f"JD keeps stock in warehouse {', '.join(stores) or 'none'}, set is {store_id}",
        "set store_id to the shop's warehouse; a shop with several (分仓) is not supported",
    )
