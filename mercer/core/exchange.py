"""What passes between the engine and an adapter: writes, outcomes, pages, events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mercer.core.after_sales import Case
from mercer.core.cell import Nothing
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.money import Money
from mercer.core.order import Order
from mercer.core.outcome import Result
from mercer.core.scheduled import Scheduled


@dataclass(frozen=True, slots=True)
class OfferPrice:
    """The final state of one offer's price group. `None` leaves that part as it is."""

    offer: Offer
    price: Money | None
    compare_at: Money | Nothing | None = None


@dataclass(frozen=True, slots=True)
class PriceWrite:
    """Prices of one listing; `listing` is as it was read moments ago, its other offers too."""

    listing: Listing
    offers: tuple[OfferPrice, ...]


@dataclass(frozen=True, slots=True)
class ScheduleWrite:
    """One offer's scheduled price, in the place of whatever it had; `NOTHING` takes it away."""

    listing: Listing
    offer: Offer
    scheduled: Scheduled | Nothing


@dataclass(frozen=True, slots=True)
class StockWrite:
    """An absolute quantity. `seen` is what the offer showed moments ago, for compare-and-set."""

    listing: Listing
    offer: Offer
    location: str
    quantity: int
    seen: int


@dataclass(frozen=True, slots=True)
class ContentWrite:
    """`None` leaves that part as it is."""

    listing: Listing
    title: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class StatusWrite:
    """`status` is `LISTED` or `DELISTED`."""

    listing: Listing
    status: ListingStatus


@dataclass(frozen=True, slots=True)
class DraftOffer:
    sku: str
    price: Money
    compare_at: Money | Nothing | None = None
    barcode: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class ListingDraft:
    """A listing to be made from a product. `code` is the product's; making it twice makes it once,
    where the platform has a key for that. A `quantity` of `None` is unknown and is not published.
    """

    code: str
    title: str
    description: str | None
    status: ListingStatus
    offers: tuple[DraftOffer, ...]
    vendor: str | None = None
    kind: str | None = None
    tags: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """`offer` is empty for a listing's own fields. `code` and `words` are the platform's own, and so is
    `request_id`: of the request that decided it, where the platform gives one (`core.answered`).
    """

    listing: str
    offer: str
    result: Result
    code: str = ""
    words: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be understood; kept aside, and read again on request.

    `payload` is the platform's own text of it. It may be personal: it is kept encrypted or not at all.
    """

    id: str
    reason: str
    payload: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ListingPage:
    """`complete` is true on the last page of an enumeration that left nothing out."""

    listings: tuple[Listing, ...]
    complete: bool = False
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderPage:
    orders: tuple[Order, ...]
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class CasePage:
    cases: tuple[Case, ...]
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """One line of `mercer doctor`: what was tried, whether it went well, what to try if not."""

    check: str
    ok: bool
    detail: str
    fix: str = ""


class EventKind(StrEnum):
    LISTING = "listing"
    ORDER = "order"
    CASE = "case"
    STOCK = "stock"
    AUTHORISATION = "authorisation"


@dataclass(frozen=True, slots=True)
class Event:
    """What a verified webhook or message names. The handler re-reads the truth by `id`.

    `key` is unique to the delivery's content: the same event twice in is once done. `took` is what
    an order's notification says was bought, as (merchant code, units): a provisional reservation may
    rest on it until the order itself is read. `at` is when the platform says that it happened.
    """

    key: str
    kind: EventKind
    id: str
    topic: str
    took: tuple[tuple[str, int], ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a shop's very latest orders took: told by the orders in full, or by what `named` says."""

    page: OrderPage
    named: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message of a queue, to be acknowledged by its `receipt` once its event is dealt with.

    Without an event it names nothing that Mercer keeps.
    """

    receipt: str
    event: Event | None
