"""Cheap reads that tell whether a channel will work: authorisation, marketplace, seller, roles."""

from __future__ import annotations

from typing import Final

from mercer.core.account import Channel
from mercer.core.contract import Health
from mercer.plugins.amazon import orders, reads
from mercer.plugins.amazon.wire import Call, Wire
from mercer.plugins.health import tried

_NO_ORDER: Final = "000-0000000-0000000"
_NO_SKU: Final = "mercer-doctor"


async def checked(wire: Wire, channel: Channel) -> list[Health]:
    async def credentials() -> Health:
        answer = await wire.run(
            Call(
                "getMarketplaceParticipations",
                "GET",
                "/sellers/v1/marketplaceParticipations",
                answers=("payload",),
            )
        )
        here = wire.settings.marketplace
        for each in answer["payload"]:
            if each["marketplace"]["id"] == here.id:
                name = each["marketplace"]["name"]
                ok = bool(each["participation"]["isParticipating"])
                fix = "" if ok else "register the seller account in this marketplace"
                return Health("credentials", ok, name, fix)
        detail = f"the authorisation does not reach {here.country} ({here.id})"
        return Health("credentials", False, detail, "check `marketplace_id` and `refresh_token`")

    async def listings() -> Health:
        await reads.by_sku(wire, [_NO_SKU])
        return Health("listings", True, f"listings of seller {wire.settings.seller_id} answer")

    async def order_role() -> Health:
        await orders.one(wire, _NO_ORDER)
        return Health("orders", True, "orders answer")

    return [
        await tried("credentials", credentials),
        await tried("listings", listings),
        await tried("orders", order_role),
        _currency(wire, channel),
    ]


def _currency(wire: Wire, channel: Channel) -> Health:
    theirs = wire.settings.marketplace.currency
    ok = channel.currency == theirs
    detail = f"the marketplace sells in {theirs}"
    fix = "" if ok else f'set currency = "{theirs}" for channel {channel.name}'
    return Health("currency", ok, detail, fix)
