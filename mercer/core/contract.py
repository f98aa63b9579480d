"""What a platform adapter is: what it declares, and the small capabilities it may have.

An adapter implements the Protocols that its platform has; the engine asks with `isinstance` and says
plainly what is missing. All methods are coroutines or async iterators. Rules for every method:

- Go out only through the transport that was handed in; never open a client.
- Ids are `str`. Times are aware UTC. Money is exact and in the channel's currency.
- Raise the errors of `mercer.core.errors`, each by what can be done about it. An error of one item
  is an `ItemOutcome`, never an exception: a bad item never sinks a batch.
- A write must not send anything again by itself once its effect is in doubt: it raises
  `Transient(in_doubt=True)` and the engine reads before it goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from mercer.core.cell import Field, Lane, Nothing
from mercer.core.listing import Listing, ListingStatus, Offer
from mercer.core.money import Money
from mercer.core.order import Order
from mercer.core.outcome import Result

# ---------------------------------------------------------------- what is declared


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit of an account: `rate` units per second, at most `burst` at once.

    A unit is a request, or a cost point where the platform counts those. The platform's own report
    moves the shared state, and `rate` and `burst` with it.
    """

    name: str
    rate: float
    burst: float


@dataclass(frozen=True, slots=True)
class Batch:
    """How one lane's writes are cut into calls.

    `offers`: at most so many per call. `one_listing`: all of one call belong to one listing.
    `calls_per_offer`: the adapter needs a request for each offer of the batch, plus `extra_calls`.
    `cost` is in units of `quota`, per request.
    """

    offers: int
    one_listing: bool
    quota: str
    cost: float = 1.0
    calls_per_offer: bool = False
    extra_calls: int = 0


class GroupBy(StrEnum):
    """Which cells the platform takes only together: nothing but the cell, one offer's, a listing's."""

    CELL = "cell"
    OFFER = "offer"
    LISTING = "listing"


@dataclass(frozen=True, slots=True)
class OrderReads:
    """`span`: the longest window one read may cover, `None` for any. `overlap`: how far each read

    reaches back behind the watermark. `lag`: how old a change must be to be surely listed; the
    watermark never passes now - `lag`. `horizon`: orders older than this cannot be read.
    """

    overlap: timedelta
    lag: timedelta = timedelta(0)
    span: timedelta | None = None
    horizon: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """Data about a platform that the engine plans with.

    `fields`: the cells that its listings and offers have. `settle`: how long after a write a read
    may still show the old value. `deadline`: how long after a write a cell may take to show it
    before it is unconverged. `read_back`: how many listings one `read_back` takes.
    """

    fields: frozenset[Field]
    quotas: tuple[Quota, ...]
    batches: Mapping[Lane, Batch]
    groups: Mapping[Lane, GroupBy]
    read_back: int
    settle: timedelta
    deadline: timedelta
    orders: OrderReads
    compare_and_set_stock: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)
    """Field or capability -> one sentence on what the platform lacks, for plans and docs."""


# ---------------------------------------------------------------- what is written and read


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
    """`offer` is empty for a listing's own fields. `code` and `words` are the platform's own."""

    listing: str
    offer: str
    result: Result
    code: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that could not be understood; kept aside, and read again on request."""

    id: str
    reason: str


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
class Health:
    """One line of `mercer doctor`: what was tried, whether it went well, what to try if not."""

    check: str
    ok: bool
    detail: str
    fix: str = ""


class EventKind(StrEnum):
    LISTING = "listing"
    ORDER = "order"
    STOCK = "stock"
    AUTHORISATION = "authorisation"


@dataclass(frozen=True, slots=True)
class Event:
    """What a verified webhook or message names. The handler re-reads the truth by `id`."""

    key: str
    kind: EventKind
    id: str
    topic: str


# ---------------------------------------------------------------- capabilities


@runtime_checkable
class Adapter(Protocol):
    """One channel's connection. `declared` may differ between channels of one platform."""

    @property
    def declared(self) -> Declared: ...


@runtime_checkable
class Checks(Protocol):
    async def check(self) -> Sequence[Health]:
        """Credentials, permissions, clock: cheap reads only. Never raises a `PlatformError`."""


@runtime_checkable
class ReadsListings(Protocol):
    def read_listings(self) -> AsyncIterator[ListingPage]:
        """The whole shop, off the shelf too. Only the last page may say `complete`."""


@runtime_checkable
class ReadsBack(Protocol):
    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        """Fresh from the source of truth, not from a search index. Ids that are gone are left out."""


@runtime_checkable
class WritesPrices(Protocol):
    async def write_prices(self, writes: Sequence[PriceWrite]) -> Sequence[ItemOutcome]:
        """One outcome per offer. At most one batch as declared."""


@runtime_checkable
class WritesStock(Protocol):
    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Sequence[ItemOutcome]:
        """One outcome per offer. `key` is unique to this attempt, for platforms that take one."""


@runtime_checkable
class WritesContent(Protocol):
    async def write_content(self, writes: Sequence[ContentWrite]) -> Sequence[ItemOutcome]: ...


@runtime_checkable
class WritesStatus(Protocol):
    async def write_status(self, writes: Sequence[StatusWrite]) -> Sequence[ItemOutcome]: ...


@runtime_checkable
class CreatesListings(Protocol):
    async def create_listing(self, draft: ListingDraft) -> Listing:
        """The listing as the platform returned it. Raise `Rejected` with its words if it refuses."""


@runtime_checkable
class ReadsOrders(Protocol):
    def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        """Every order changed in [since, until], both ends included; repeats are allowed, gaps not.

        The engine keeps the window within `Declared.orders`.
        """


@runtime_checkable
class ReadsOrder(Protocol):
    async def read_order(self, order: str) -> Order | None:
        """`None` where the platform has no such order (any more)."""


@runtime_checkable
class VerifiesWebhooks(Protocol):
    def verify(self, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        """Check the signature in constant time before parsing; raise `AuthExpired` if it fails."""
