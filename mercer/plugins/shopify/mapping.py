"""Shopify's dicts <-> listings and drafts. Pure.

Ids are the numeric tails of gids, as text: a product's for a listing, a variant's for an offer, a
location's for a stock reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from mercer.core.cell import NOTHING
from mercer.core.contract import DraftOffer, ListingDraft
from mercer.core.errors import ProtocolBroken
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.money import Money
from mercer.core.stock import StockReading
from mercer.plugins.aside import UNREADABLE

Node = Mapping[str, Any]

ITEM: Final = "inventory_item"
TRACKED: Final = "tracked"
LEVEL: Final = "level"
DORMANT: Final = "dormant"
"""Keys of `Offer.refs`. `level` is `active`, `inactive` or `absent`; `dormant` is the quantity that
an inactive level keeps: buyers see none of it, but compare-and-set compares with it.
"""

_ACTIVE_STATUSES: Final = frozenset({"ACTIVE", "UNLISTED"})
_NO_OPTIONS: Final = (("Title", "Default Title"),)
_NOT_IN_A_HANDLE: Final = re.compile(r"[\W_]+")


def gid(kind: str, id: str) -> str:
    return f"gid://shopify/{kind}/{id}"


def tail(gid: str) -> str:
    """The number in a gid; some carry a query string behind it. Raise `ValueError` if it has none."""
    number = gid.rpartition("/")[2].partition("?")[0]
    if not number.isdecimal():
        raise ValueError("an id is not as Shopify writes them")
    return number


def named(node: Node, what: str) -> str:
    """The node's number. Raise `ProtocolBroken` where it cannot even be named."""
    try:
        return tail(node["id"])
    except UNREADABLE:
        raise ProtocolBroken(f"{what} comes without an id") from None


def moment(text: str) -> datetime:
    """GraphQL times are UTC, in whole seconds."""
    return datetime.fromisoformat(text)


def listing(node: Node, variants: Iterable[Node], currency: str, location: str) -> Listing:
    """`UNLISTED` products are on sale to whoever has the link, so they count as listed."""
    active = node["status"] in _ACTIVE_STATUSES
    return Listing(
        listing=tail(node["id"]),
        title=node["title"],
        status=ListingStatus.LISTED if active else ListingStatus.DELISTED,
        offers=tuple(offer(variant, currency, location) for variant in variants),
        description=node["descriptionHtml"],
        code=node["handle"],
        updated_at=moment(node["updatedAt"]),
    )


def offer(node: Node, currency: str, location: str) -> Offer:
    item = node["inventoryItem"]
    compare_at = node["compareAtPrice"]
    options = tuple((each["name"], each["value"]) for each in node["selectedOptions"])
    stock, refs = _level(item["inventoryLevel"], location)
    return Offer(
        offer=tail(node["id"]),
        merchant_code=node["sku"] or None,
        price=Money.of(node["price"], currency),
        compare_at=NOTHING if compare_at is None else Money.of(compare_at, currency),
        stock=(stock,),
        barcode=node["barcode"] or None,
        options=() if options == _NO_OPTIONS else options,
        refs={ITEM: tail(item["id"]), TRACKED: "yes" if item["tracked"] else "no", **refs},
    )


def _level(level: Node | None, location: str) -> tuple[StockReading, dict[str, str]]:
    """Where nothing is stocked, or the level is inactive, buyers see none: a known zero."""
    if level is None:
        return StockReading(location, 0), {LEVEL: "absent"}
    available = int(
        next(each["quantity"] for each in level["quantities"] if each["name"] == "available")
    )
    if not level["isActive"]:
        return StockReading(location, 0), {LEVEL: "inactive", DORMANT: str(available)}
    return StockReading(location, available), {LEVEL: "active"}


# ---------------------------------------------------------------- drafts


def handle(code: str) -> str:
    """The handle a product's code stands for: `TEE 01/b` is `tee-01-b`."""
    return _NOT_IN_A_HANDLE.sub("-", code.lower()).strip("-")


def product_set_input(draft: ListingDraft, location: str) -> dict[str, Any]:
    """`ProductSetInput` of a new product. Parts that the draft does not know are left out."""
    optional = {
        "descriptionHtml": draft.description,
        "vendor": draft.vendor,
        "productType": draft.kind,
        "tags": list(draft.tags) or None,
        "files": [{"originalSource": url, "contentType": "IMAGE"} for url in draft.images] or None,
    }
    return {
        "handle": handle(draft.code),
        "title": draft.title,
        "status": status_input(draft.status),
        "productOptions": _options(draft.offers),
        "variants": [_variant_input(offer, location) for offer in draft.offers],
        **{name: value for name, value in optional.items() if value is not None},
    }


def status_input(status: ListingStatus) -> str:
    return "ACTIVE" if status is ListingStatus.LISTED else "DRAFT"


def _options(offers: Iterable[DraftOffer]) -> list[dict[str, Any]]:
    values: dict[str, dict[str, None]] = {}
    for offer in offers:
        for name, value in offer.options or _NO_OPTIONS:
            values.setdefault(name, {})[value] = None
    return [
        {"name": name, "position": position, "values": [{"name": value} for value in names]}
        for position, (name, names) in enumerate(values.items(), 1)
    ]


def _variant_input(offer: DraftOffer, location: str) -> dict[str, Any]:
    variant: dict[str, Any] = {
        "optionValues": [
            {"optionName": name, "name": value} for name, value in offer.options or _NO_OPTIONS
        ],
        "sku": offer.sku,
        "price": offer.price.plain,
        "inventoryPolicy": "DENY",
        "inventoryItem": {"tracked": True},
    }
    if offer.barcode:
        variant["barcode"] = offer.barcode
    if isinstance(offer.compare_at, Money):
        variant["compareAtPrice"] = offer.compare_at.plain
    if offer.quantity is not None:
        variant["inventoryQuantities"] = [
            {
                "locationId": gid("Location", location),
                "name": "available",
                "quantity": offer.quantity,
            }
        ]
    return variant
