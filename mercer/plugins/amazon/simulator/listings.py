"""Listings Items 2021-08-01: get, search, patch."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from mercer.core.money import Money
from mercer.plugins.amazon.marketplaces import MARKETPLACES
from mercer.plugins.amazon.simulator.notices import quantity_changed
from mercer.plugins.amazon.simulator.patching import (
    AVAILABILITY,
    Issue,
    bound,
    our_price,
    patched,
    sale,
)
from mercer.plugins.amazon.simulator.protocol import Answer, Call, Operation, Refused, here, iso
from mercer.plugins.amazon.simulator.seller import Level
from mercer.plugins.amazon.simulator.shop import Item, Sale, Shop, Version

_REACH: Final = 1000
_LARGEST_PAGE: Final = 20
_SORTS: Final[dict[str, Callable[[Item], Any]]] = {
    "sku": lambda item: item.sku,
    "createdDate": lambda item: (item.created, item.sku),
    "lastUpdatedDate": lambda item: (item.updated, item.sku),
}


def submit(
    shop: Shop, sku: str, body: Any, call: Call, *, preview: bool = False
) -> list[Issue] | None:
    """Take a patch in; the issues, or `None` where there is no such SKU."""
    item = shop.items.get(sku)
    if item is None:
        return None
    currency = MARKETPLACES[shop.marketplace].currency
    stock = shop.stock(sku)
    whole = {**item.newest.attributes, AVAILABILITY: stock.newest.entries}
    attributes, issues = patched(whole, body, item.product_type, currency)
    if issues or preview or call.lost:
        return issues
    availability = attributes.pop(AVAILABILITY, [])
    version = item.submit(call.now)
    version.attributes = attributes
    judge(version, currency)
    if availability != stock.newest.entries:
        before = stock.newest.quantity
        stock.submit(availability, call.now)
        if stock.newest.quantity != before:
            quantity_changed(shop, sku, stock.newest.quantity, call.now)
    return []


def judge(version: Version, currency: str) -> None:
    """What Amazon finds once it has taken a submission in: a price out of bounds does not hold."""
    price = our_price(version.attributes)
    low = bound(version.attributes, "minimum_seller_allowed_price")
    high = bound(version.attributes, "maximum_seller_allowed_price")
    version.issues = []
    if price is None:
        return
    if low is not None and price < low:
        words = "The 'minimum price' is greater than the selling price."
        version.issues = [_price_issue("18155", words)]
    elif high is not None and price > high:
        words = "The selling price is greater than the 'maximum price'."
        version.issues = [_price_issue("18155", words)]
    else:
        version.price = Money.of(price, currency)
        version.sale = _sale(version, low, currency)


def _sale(version: Version, low: Decimal | None, currency: str) -> Sale | None:
    """The sale price that holds. A seller's own without dates, as tests plant it, is kept as it is."""
    step = sale(version.attributes)
    if step is None or not {"start_at", "end_at"} <= step.keys():
        return None
    price = Decimal(step["value_with_tax"])
    if low is not None and price < low:
        words = "The 'minimum price' is greater than the sale price."
        version.issues = [_price_issue("18155", words)]
        return None
    starts_at, ends_at = (datetime.fromisoformat(step[name]) for name in ("start_at", "end_at"))
    return Sale(Money.of(price, currency), starts_at, ends_at)


def _price_issue(code: str, message: str) -> Issue:
    return {
        "code": code,
        "message": message,
        "severity": "ERROR",
        "categories": ["INVALID_PRICE"],
        "enforcements": {
            "actions": [{"action": "LISTING_SUPPRESSED"}],
            "exemption": {"status": "NOT_EXEMPT"},
        },
    }


# ---------------------------------------------------------------- operations


def _get(shop: Shop, call: Call) -> Answer:
    _own(shop, call)
    sku = call.parts[1]
    if sku not in shop.items:
        words = f"SKU '{sku}' not found in marketplace {shop.marketplace}"
        raise Refused(404, "NOT_FOUND", words)
    return 200, _node(shop, shop.items[sku], call)


def _search(shop: Shop, call: Call) -> Answer:
    _own(shop, call)
    size = call.whole("pageSize", usual=10, most=_LARGEST_PAGE)
    if len(call.values("identifiers")) > _LARGEST_PAGE:
        raise _bad("identifiers are limited to 20.")
    found = _matching(shop, call)
    start = _start(call)
    page = found[start : min(start + size, _REACH)]
    answer: dict[str, Any] = {
        "numberOfResults": len(found),
        "items": [_node(shop, item, call) for item in page],
    }
    pagination = {}
    if start + size < min(len(found), _REACH):
        pagination["nextToken"] = _token(start + size)
    if start:
        pagination["previousToken"] = _token(max(start - size, 0))
    return 200, answer | ({"pagination": pagination} if pagination else {})


def _patch(shop: Shop, call: Call) -> Answer:
    _own(shop, call)
    sku = call.parts[1]
    preview = call.query.get("mode") == "VALIDATION_PREVIEW"
    issues = submit(shop, sku, call.body, call, preview=preview)
    if issues is None:
        words = f"SKU '{sku}' not found in marketplace {shop.marketplace}"
        raise _bad(words)
    valid = "VALID" if preview else "ACCEPTED"
    return 200, {
        "sku": sku,
        "status": "INVALID" if issues else valid,
        "submissionId": f"{shop.new_id():032x}",
        "issues": issues,
    }


def _own(shop: Shop, call: Call) -> None:
    here(shop, call)
    if call.parts[0] != shop.seller.id:
        raise Refused(403, "Unauthorized", "Access to requested resource is denied.")


def _matching(shop: Shop, call: Call) -> list[Item]:
    items = list(shop.items.values())
    if wanted := call.values("identifiers"):
        if call.query.get("identifiersType") != "SKU":
            raise _bad("identifiersType is required; this simulator knows SKU only.")
        items = [shop.items[sku] for sku in dict.fromkeys(wanted) if sku in shop.items]
    if (after := call.moment("createdAfter")) is not None:
        items = [item for item in items if item.created >= after]
    if (after := call.moment("lastUpdatedAfter")) is not None:
        items = [item for item in items if item.updated >= after]
    key = _SORTS.get(call.query.get("sortBy", "lastUpdatedDate"))
    if key is None:
        raise _bad("sortBy is not valid.")
    items.sort(key=key, reverse=call.query.get("sortOrder", "DESC") == "DESC")
    return items


def _start(call: Call) -> int:
    token = call.query.get("pageToken")
    if token is None:
        return 0
    try:
        return int(json.loads(base64.b64decode(token, validate=True)))
    except ValueError:
        raise _bad("pageToken is not valid.") from None


def _token(start: int) -> str:
    """Padded, so that it holds characters that a query must encode."""
    return base64.b64encode(f" {start}".encode()).decode()


def _bad(message: str) -> Refused:
    return Refused(400, "BAD_REQUEST", message)


# ---------------------------------------------------------------- an item on the wire


def _node(shop: Shop, item: Item, call: Call) -> dict[str, Any]:
    shown, echoed, stock = item.shown(call.now), item.echoed(call.now), shop.stock(item.sku)
    buyable = shop.buyable(item, call.now)
    parts: dict[str, Callable[[], Any]] = {
        "summaries": lambda: [_summary(shop, item, shown, buyable=buyable)],
        "attributes": lambda: {
            **echoed.attributes,
            AVAILABILITY: stock.echoed(call.now).entries,
        },
        "issues": lambda: shown.issues,
        "offers": lambda: [_offer(shop, shown.asked(call.now))] if buyable else [],
        "fulfillmentAvailability": lambda: _availability(stock.shown(call.now)),
        "productTypes": lambda: [
            {"marketplaceId": shop.marketplace, "productType": item.product_type}
        ],
    }
    wanted = call.values("includedData") or ["summaries"]
    if unknown := set(wanted) - parts.keys() - {"procurement", "relationships"}:
        raise _bad(f"includedData {sorted(unknown)} is not valid.")
    return {"sku": item.sku} | {name: parts[name]() for name in parts if name in wanted}


def _summary(shop: Shop, item: Item, shown: Version, *, buyable: bool) -> dict[str, Any]:
    live = ["BUYABLE", "DISCOVERABLE"] if buyable else []
    return {
        "marketplaceId": shop.marketplace,
        "asin": item.asin,
        "productType": item.product_type,
        "conditionType": "new_new",
        "status": live if live or shown.closed else ["DISCOVERABLE"],
        "itemName": shown.text("item_name"),
        "createdDate": iso(item.created),
        "lastUpdatedDate": iso(item.updated),
    }


def _offer(shop: Shop, price: Money) -> dict[str, Any]:
    """That it follows a sale is UNVERIFIED."""
    return {
        "marketplaceId": shop.marketplace,
        "offerType": "B2C",
        "price": {"currencyCode": price.currency, "amount": price.plain},
        "audience": {"value": "ALL", "displayName": "Sell on Amazon"},
    }


def _availability(shown: Level) -> list[dict[str, Any]]:
    found = []
    for each in shown.entries:
        entry = {"fulfillmentChannelCode": each["fulfillment_channel_code"]}
        quantity = each.get("quantity")
        found.append(entry if quantity is None else {**entry, "quantity": quantity})
    return found


_PATH: Final = "/listings/2021-08-01/items/([^/]+)"

OPERATIONS: Final = (
    Operation("getListingsItem", "GET", f"{_PATH}/([^/]+)", _get),
    Operation("searchListingsItems", "GET", _PATH, _search),
    Operation("patchListingsItem", "PATCH", f"{_PATH}/([^/]+)", _patch, writes=True),
)
