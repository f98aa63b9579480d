"""Who the seller is, and what Amazon has of his goods in its own warehouses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from mercer.plugins.amazon.marketplaces import MARKETPLACES
from mercer.plugins.amazon.simulator.language import language
from mercer.plugins.amazon.simulator.protocol import Answer, Call, Operation, here, invalid, iso
from mercer.plugins.amazon.simulator.shop import Item, Shop

_PAGE: Final = 50
_TOKEN_LIFE: Final = timedelta(seconds=30)


def _participations(shop: Shop, _: Call) -> Answer:
    market = MARKETPLACES[shop.marketplace]
    marketplace = {
        "id": market.id,
        "name": f"Amazon {market.country}",
        "countryCode": market.country,
        "defaultCurrencyCode": market.currency,
        "defaultLanguageCode": language(market),
        "domainName": "www.amazon.test",
    }
    participation = {"isParticipating": True, "hasSuspendedListings": False}
    entry = {
        "marketplace": marketplace,
        "participation": participation,
        "storeName": shop.name,
    }
    return 200, {"payload": [entry]}


def _summaries(shop: Shop, call: Call) -> Answer:
    """A token is the place and the moment until which it holds."""
    here(shop, call)
    wanted = call.values("sellerSkus")
    if len(wanted) > _PAGE:
        raise invalid()
    found = [
        item
        for item in shop.items.values()
        if shop.stock(item.sku).fulfillable is not None and (not wanted or item.sku in wanted)
    ]
    start = _start(call)
    granularity = {"granularityType": "Marketplace", "granularityId": shop.marketplace}
    summaries = [_summary(shop, item) for item in found[start : start + _PAGE]]
    answer: dict[str, Any] = {
        "payload": {"granularity": granularity, "inventorySummaries": summaries}
    }
    if start + _PAGE < len(found):
        until = (call.now + _TOKEN_LIFE).timestamp()
        answer["pagination"] = {"nextToken": f"{start + _PAGE}/{until}"}
    return 200, answer


def _start(call: Call) -> int:
    token = call.query.get("nextToken")
    if token is None:
        return 0
    start, _, until = token.partition("/")
    if not start.isdecimal() or call.now.timestamp() > float(until):
        raise invalid()
    return int(start)


def _summary(shop: Shop, item: Item) -> dict[str, Any]:
    count = shop.stock(item.sku).fulfillable or 0
    return {
        "asin": item.asin,
        "fnSku": f"X{item.asin[1:]}",
        "sellerSku": item.sku,
        "condition": "NewItem",
        "inventoryDetails": {"fulfillableQuantity": count, "inboundShippedQuantity": 0},
        "lastUpdatedTime": iso(item.updated),
        "productName": item.newest.text("item_name"),
        "totalQuantity": count,
    }


OPERATIONS: Final = (
    Operation(
        "getMarketplaceParticipations",
        "GET",
        "/sellers/v1/marketplaceParticipations",
        _participations,
    ),
    Operation("getInventorySummaries", "GET", "/fba/inventory/v1/summaries", _summaries),
)
