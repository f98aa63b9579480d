"""What a channel shows: listings and their offers, as last read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mercer.core.cell import NOTHING, Field, Nothing, to_text
from mercer.core.money import Money
from mercer.core.scheduled import Scheduled
from mercer.core.stock import StockReading


class ListingStatus(StrEnum):
    """`sold_out`: the platform itself took it off the shelf because nothing is left."""

    LISTED = "listed"
    DELISTED = "delisted"
    SOLD_OUT = "sold_out"


class DeductAt(StrEnum):
    """When the platform takes a sold unit off its own number."""

    ORDER = "order"
    PAYMENT = "payment"


class FulfilledBy(StrEnum):
    """Only what the seller fulfils moves the seller's stock."""

    SELLER = "seller"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Offer:
    """One sellable line of a listing. `None` is: not read, or the platform has no such field.

    While a `scheduled` price holds, buyers pay that one, and `price` is what they pay outside it.
    `refs` carries the platform's further ids that the adapter needs to write this offer.
    """

    offer: str
    merchant_code: str | None
    price: Money | None
    compare_at: Money | Nothing | None = None
    stock: tuple[StockReading, ...] = ()
    barcode: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    deduct_at: DeductAt = DeductAt.ORDER
    fulfilled_by: FulfilledBy = FulfilledBy.SELLER
    refs: Mapping[str, str] = field(default_factory=dict)
    scheduled: Scheduled | Nothing | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A product's page on a channel. `code` is the platform's own readable key, such as a handle."""

    listing: str
    title: str
    status: ListingStatus
    offers: tuple[Offer, ...]
    description: str | None = None
    code: str | None = None
    updated_at: datetime | None = None
    refs: Mapping[str, str] = field(default_factory=dict)

    def offer(self, offer: str) -> Offer | None:
        return next((each for each in self.offers if each.offer == offer), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """One cell's canonical text as a channel showed it."""

    offer: str
    field: Field
    scope: str
    text: str | None


def readings(listing: Listing) -> Iterator[Reading]:
    """Every cell of a listing, its own fields first. Fields that were not read are left out."""
    yield Reading("", Field.TITLE, "", listing.title)
    yield Reading("", Field.STATUS, "", listing.status.value)
    if listing.description is not None:
        yield Reading("", Field.DESCRIPTION, "", listing.description)
    for offer in listing.offers:
        if offer.price is not None:
            yield Reading(offer.offer, Field.PRICE, "", str(offer.price))
        if offer.compare_at is not None:
            yield Reading(offer.offer, Field.COMPARE_AT, "", to_text(offer.compare_at))
        if offer.scheduled is not None:
            text = "" if offer.scheduled is NOTHING else str(offer.scheduled)
            yield Reading(offer.offer, Field.SCHEDULED, "", text)
        for stock in offer.stock:
            yield Reading(offer.offer, Field.STOCK, stock.location, str(stock.quantity))
