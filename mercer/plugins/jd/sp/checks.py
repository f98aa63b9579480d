"""Cheap reads that tell whether a channel will work through SP-API."""

from __future__ import annotations

from functools import partial

from mercer.core.account import Channel
from mercer.core.clock import Clock
from mercer.core.contract import Health
from mercer.plugins.jd.checks import told, warehouse_of
from mercer.plugins.jd.sp import orders, products, stock
from mercer.plugins.jd.sp.wire import Call, SpApi
from mercer.plugins.values import needed


async def checked(sp: SpApi, channel: Channel, store_id: int, clock: Clock) -> list[Health]:
    async def shop() -> Health:
        (vender,) = (await sp.call(Call("GET", "/sp-seller/v0/venderinfo"))).rows()
        return Health("shop", True, f"the token belongs to vender {needed(vender, 'venderId')}")

    async def warehouse() -> Health:
        sku = await products.some_sku(sp)
        return warehouse_of(await stock.stores_of(sp, sku) if sku else None, store_id)

    return await told(channel, clock, shop, warehouse, partial(orders.changed, sp))
