"""Listings items -> listings, and values -> patches. Pure.

A listing is one seller SKU in one marketplace, with one offer: both carry the SKU as their id. The
parent of a variation family is not sold itself, so it has no offer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from mercer.core.cell import NOTHING, Nothing
from mercer.core.listing import FulfilledBy, Listing, ListingStatus, Offer
from mercer.core.money import Money
from mercer.core.price import ALWAYS, FOREVER
from mercer.core.scheduled import Scheduled
from mercer.core.stock import StockReading
from mercer.plugins.amazon import wire

Item = Mapping[str, Any]
Patch = dict[str, Any]

OURS: Final = "DEFAULT"
"""The fulfilment channel of what the seller ships. Amazon's own are `AMAZON_NA` and the like."""

ANY_TYPE: Final = "PRODUCT"
"""The product type that fits offers; titles and descriptions need the item's real one."""

PRODUCT_TYPE: Final = "product_type"
LANGUAGE: Final = "language"
"""Keys of `Listing.refs`. `language` is the tag of the seller's own title; without it, none is kept."""

CHANNEL: Final = "channel"
"""Key of `Offer.refs`: the code of the channel that fulfils it."""

_AMAZONS: Final = "AMAZON_"
_EVERYBODY: Final = "ALL"
_PRICE_WORDS: Final = frozenset({"INVALID_PRICE", "MISSING_PRICE"})


@dataclass(frozen=True, slots=True)
class Market:
    """What prices are read and written for."""

    id: str
    currency: str


# ---------------------------------------------------------------- reading


def listing(item: Item, market: Market) -> Listing:
    summary = next(_here(item.get("summaries"), market, "marketplaceId"), {})
    attributes = item.get("attributes") or {}
    title = _instance(attributes, "item_name", market)
    text = _instance(attributes, "product_description", market)
    offers = () if _is_parent(attributes, market) else (_offer(item, attributes, market),)
    updated = summary.get("lastUpdatedDate")
    refs = {PRODUCT_TYPE: summary.get("productType"), LANGUAGE: title.get("language_tag")}
    return Listing(
        listing=item["sku"],
        title=summary.get("itemName") or title.get("value") or item["sku"],
        status=_status(summary, offers),
        offers=offers,
        description=text.get("value"),
        code=summary.get("asin"),
        updated_at=moment(updated) if updated else None,
        refs={name: value for name, value in refs.items() if value},
    )


def moment(text: str) -> datetime:
    """ISO 8601 with or without milliseconds. Raise `ValueError` for a time without a zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return found


def money(value: Mapping[str, Any]) -> Money:
    """`{"amount": "34.99", "currencyCode": "GBP"}`."""
    return Money.of(value["amount"], value["currencyCode"])


def _status(summary: Mapping[str, Any], offers: tuple[Offer, ...]) -> ListingStatus:
    """Buyable or not is all that Amazon says. With nothing left of it, that is why it is not."""
    if "BUYABLE" in summary.get("status", ()):
        return ListingStatus.LISTED
    readings = [reading for offer in offers for reading in offer.stock]
    sold_out = bool(readings) and all(reading.quantity == 0 for reading in readings)
    return ListingStatus.SOLD_OUT if sold_out else ListingStatus.DELISTED


def _offer(item: Item, attributes: Mapping[str, Any], market: Market) -> Offer:
    channels = item.get("fulfillmentAvailability") or ()
    codes = [each["fulfillmentChannelCode"] for each in channels]
    amazons = next((code for code in codes if code.startswith(_AMAZONS)), "")
    return Offer(
        offer=item["sku"],
        merchant_code=item["sku"],
        price=_price(item, attributes, market),
        scheduled=_sale(item, attributes, market),
        stock=tuple(
            StockReading(each["fulfillmentChannelCode"], int(each["quantity"]))
            for each in channels
            if each.get("quantity") is not None
        ),
        refs={CHANNEL: amazons or OURS},
        fulfilled_by=FulfilledBy.PLATFORM if amazons else FulfilledBy.SELLER,
    )


def _price(item: Item, attributes: Mapping[str, Any], market: Market) -> Money | None:
    """What was submitted, where the offer agrees; else what the offer shows.

    Attributes echo the seller's own submission, also one that Amazon took and then refused. A sale
    price is in the attributes too, and an offer that shows it does not disagree. Unknown where a
    price issue is open and there is no offer to tell what holds.
    """
    ours = _our_price(attributes, market)
    shown = _shown_price(item, market)
    if shown is None:
        return None if _price_is_refused(item, market) else ours
    if ours is None or _has_sale(attributes, market):
        return ours or shown
    return ours if ours == shown else shown


def _our_price(attributes: Mapping[str, Any], market: Market) -> Money | None:
    for instance in _purchasable(attributes, market):
        for price in instance.get("our_price") or ():
            for step in price.get("schedule") or ():
                return _exact(step["value_with_tax"], instance.get("currency") or market.currency)
    return None


def _exact(amount: object, currency: str) -> Money:
    if not isinstance(amount, Decimal | int):
        raise TypeError(f"a price of {amount!r}")
    return Money.of(amount, currency)


def _shown_price(item: Item, market: Market) -> Money | None:
    for offer in _here(item.get("offers"), market, "marketplaceId"):
        if offer["offerType"] == "B2C":
            return money(offer["price"])
    return None


def _sale(item: Item, attributes: Mapping[str, Any], market: Market) -> Scheduled | Nothing | None:
    """The sale price with its dates, over or not. None is there of an offer without a price, and none
    holds where Amazon has an issue with a price.
    """
    if _our_price(attributes, market) is None:
        return None
    if _price_is_refused(item, market):
        return NOTHING
    for instance in _purchasable(attributes, market):
        for price in instance.get("discounted_price") or ():
            for step in price.get("schedule") or ():
                currency = instance.get("currency") or market.currency
                starts_at, ends_at = (
                    _bound(step, "start_at", ALWAYS),
                    _bound(step, "end_at", FOREVER),
                )
                return Scheduled(_exact(step["value_with_tax"], currency), starts_at, ends_at)
    return NOTHING


def _bound(step: Mapping[str, Any], name: str, otherwise: datetime) -> datetime:
    """Sellers' own sale prices may have no dates, or days without a time."""
    try:
        return moment(step[name])
    except (KeyError, ValueError, TypeError):
        return otherwise


def _has_sale(attributes: Mapping[str, Any], market: Market) -> bool:
    return any(each.get("discounted_price") for each in _purchasable(attributes, market))


def _price_is_refused(item: Item, market: Market) -> bool:
    return any(
        issue["severity"] == "ERROR"
        and market.id in issue.get("marketplaceIds", (market.id,))
        and (
            not _PRICE_WORDS.isdisjoint(issue["categories"])
            or "purchasable_offer" in issue.get("attributeNames", ())
        )
        for issue in item.get("issues") or ()
    )


def _purchasable(attributes: Mapping[str, Any], market: Market) -> Iterator[Mapping[str, Any]]:
    """The offer to everybody; those to businesses carry another audience."""
    for instance in _here(attributes.get("purchasable_offer"), market, "marketplace_id"):
        if instance.get("audience", _EVERYBODY) == _EVERYBODY:
            yield instance


def _instance(attributes: Mapping[str, Any], name: str, market: Market) -> Mapping[str, Any]:
    return next(_here(attributes.get(name), market, "marketplace_id"), {})


def _is_parent(attributes: Mapping[str, Any], market: Market) -> bool:
    return _instance(attributes, "parentage_level", market).get("value") == "parent"


def _here(instances: Any, market: Market, name: str) -> Iterator[Mapping[str, Any]]:
    """Those of this marketplace. One that names none is of every one."""
    return (each for each in instances or () if each.get(name, market.id) == market.id)


# ---------------------------------------------------------------- writing


def price_patch(price: Money, market: Market) -> Patch:
    """`merge` keeps what it does not name: sale prices, and the bounds of automatic pricing."""
    return _patch(
        "purchasable_offer",
        {
            "marketplace_id": market.id,
            "audience": _EVERYBODY,
            "currency": price.currency,
            "our_price": [{"schedule": [{"value_with_tax": price.amount}]}],
        },
    )


def sale_patch(sale: Scheduled | None, market: Market) -> Patch:
    """`merge` with a null takes the sale price away; the price beside it stays."""
    schedule = sale and {
        "value_with_tax": sale.price.amount,
        "start_at": wire.moment(sale.starts_at),
        "end_at": wire.moment(sale.ends_at),
    }
    return _patch(
        "purchasable_offer",
        {
            "marketplace_id": market.id,
            "audience": _EVERYBODY,
            "currency": market.currency,
            "discounted_price": [{"schedule": [schedule]}] if schedule else None,
        },
    )


def stock_patch(quantity: int) -> Patch:
    """`merge` keeps the handling time, which `replace` would put back to the account's default."""
    return _patch(
        "fulfillment_availability", {"fulfillment_channel_code": OURS, "quantity": quantity}
    )


def text_patch(attribute: str, text: str, language: str, market: Market) -> Patch:
    value = {"value": text, "language_tag": language, "marketplace_id": market.id}
    return _patch(attribute, value, op="replace")


def _patch(attribute: str, value: Mapping[str, Any], op: str = "merge") -> Patch:
    return {"op": op, "path": f"/attributes/{attribute}", "value": [value]}
