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

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from mercer.core.cell import Lane
from mercer.core.declared import Batch, Calls, Declared, GroupBy, OrderReads, Quota, Way
from mercer.core.exchange import (
    CasePage,
    ContentWrite,
    Delivery,
    DraftOffer,
    Event,
    EventKind,
    Glimpse,
    Health,
    ItemOutcome,
    ListingDraft,
    ListingPage,
    OfferPrice,
    OrderPage,
    PriceWrite,
    ScheduleWrite,
    StatusWrite,
    StockWrite,
    Unreadable,
)
from mercer.core.listing import Listing
from mercer.core.order import Order
from mercer.core.shipping import Shipment

__all__ = [
    "Adapter",
    "Batch",
    "Calls",
    "CancelsOrders",
    "CasePage",
    "Checks",
    "ChoosesWays",
    "ContentWrite",
    "CreatesListings",
    "Declared",
    "Delivery",
    "DraftOffer",
    "Event",
    "EventKind",
    "Glimpse",
    "GlimpsesOrders",
    "GroupBy",
    "Health",
    "IsKnown",
    "ItemOutcome",
    "ListingDraft",
    "ListingPage",
    "OfferPrice",
    "OrderPage",
    "OrderReads",
    "PollsMessages",
    "PriceWrite",
    "Quota",
    "ReadsAfterSales",
    "ReadsBack",
    "ReadsListings",
    "ReadsOrder",
    "ReadsOrders",
    "ReadsStock",
    "Rehearses",
    "ScheduleWrite",
    "SchedulesPrices",
    "Ships",
    "SkipsKnownOrders",
    "StatusWrite",
    "StockWrite",
    "Unreadable",
    "VerifiesWebhooks",
    "Way",
    "WritesContent",
    "WritesPrices",
    "WritesStatus",
    "WritesStock",
]


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
class ReadsStock(Protocol):
    """Platforms where stock alone comes for fewer requests than whole listings do."""

    async def read_stock(self, listings: Sequence[Listing]) -> Sequence[Listing]:
        """These listings, as many as one `read_back` takes, with their stock as it is now; the rest
        as it was. Those whose offers came or went since are left out.
        """


@runtime_checkable
class WritesPrices(Protocol):
    async def write_prices(self, writes: Sequence[PriceWrite]) -> Sequence[ItemOutcome]:
        """One outcome per offer. At most one batch as declared."""


@runtime_checkable
class SchedulesPrices(Protocol):
    """Platforms that begin and end a price by their own clock; what holds is read with the offer."""

    async def schedule_prices(self, writes: Sequence[ScheduleWrite]) -> Sequence[ItemOutcome]:
        """One outcome per offer. At most one batch as declared. The price beside it stays.

        Doing so twice is doing it once. `REJECTED` where the platform does not take such a price.
        """


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
class ChoosesWays(Protocol):
    """Platforms with more than one way to write."""

    def ways(self, lane: Lane, offers: int) -> Sequence[Way]:
        """How one batch of so many offers can be written; the adapter takes the first."""


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


IsKnown = Callable[[str, datetime], bool]
"""Whether an order's version of this time is taken in, so that reading it would tell nothing."""


@runtime_checkable
class SkipsKnownOrders(Protocol):
    """Platforms that list which orders changed, and read each of them by a request of its own."""

    def read_unknown_orders(
        self, since: datetime, until: datetime, known: IsKnown
    ) -> AsyncIterator[OrderPage]:
        """As `read_orders`, without the orders that are `known` as they are listed."""


@runtime_checkable
class GlimpsesOrders(Protocol):
    """Platforms that tell their very latest orders in a request or two."""

    async def glimpse_orders(self, since: datetime, known: IsKnown) -> Glimpse:
        """Orders changed since, without the `known` ones. No claim that none is missing."""


@runtime_checkable
class ReadsOrder(Protocol):
    async def read_order(self, order: str) -> Order | None:
        """`None` where the platform has no such order (any more)."""


@runtime_checkable
class VerifiesWebhooks(Protocol):
    def verify(self, headers: Mapping[str, str], body: bytes) -> Sequence[Event]:
        """Check the signature in constant time before parsing; raise `AuthExpired` if it fails."""


@runtime_checkable
class PollsMessages(Protocol):
    """Platforms that keep messages for us instead of calling us."""

    async def poll(self) -> Sequence[Delivery]:
        """Some messages that wait, oldest first where there is an order; none if none waits."""

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        """These are dealt with. One that is not acknowledged comes again."""


@runtime_checkable
class Ships(Protocol):
    async def ship(self, shipment: Shipment) -> ItemOutcome:
        """Tell the platform of a parcel; `listing` of the outcome is the order, `offer` is empty.

        `STALE` where the platform says that the order, or these lines, have shipped already: the
        engine reads the order and decides. Raise `Transient(in_doubt=True)` rather than send again.
        """


@runtime_checkable
class CancelsOrders(Protocol):
    async def cancel_order(self, order: str, reason: str) -> ItemOutcome:
        """The seller cancels an order that has not shipped. `REJECTED` where it is too late."""


@runtime_checkable
class ReadsAfterSales(Protocol):
    def read_after_sales(self, since: datetime, until: datetime) -> AsyncIterator[CasePage]:
        """Every case changed in [since, until], within `Declared.after_sales`; repeats are allowed."""


@runtime_checkable
class Rehearses(Protocol):
    """Platforms that say what they would make of a write without doing it."""

    async def rehearse(
        self, writes: Sequence[PriceWrite | StockWrite | ContentWrite]
    ) -> Sequence[ItemOutcome]:
        """`ACCEPTED` or `REJECTED` for each offer; nothing is changed."""
