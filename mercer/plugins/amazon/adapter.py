"""What Mercer can do at Amazon."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import Field, Lane
from mercer.core.clock import Clock
from mercer.core.contract import (
    Batch,
    Calls,
    CasePage,
    ContentWrite,
    Declared,
    Delivery,
    GroupBy,
    Health,
    ItemOutcome,
    ListingPage,
    OrderPage,
    PriceWrite,
    ScheduleWrite,
    StockWrite,
    Way,
)
from mercer.core.listing import Listing
from mercer.core.order import Order
from mercer.core.shipping import Shipment
from mercer.plugins.amazon import (
    after_sales,
    feeds,
    messages,
    orders,
    prices,
    products,
    reads,
    rehearsal,
    scheduled,
    shipping,
    stock,
)
from mercer.plugins.amazon.checks import checked
from mercer.plugins.amazon.quotas import QUOTAS
from mercer.plugins.amazon.settings import AmazonSettings
from mercer.plugins.amazon.submissions import Submission, patch_each
from mercer.plugins.amazon.wire import Wire
from mercer.plugins.transport import Transport

_EACH: Final = Batch(reads.READ_BACK, one_listing=False, quota=feeds.PATCH, calls_per_offer=True)
_MANY: Final = replace(_EACH, offers=prices.TOGETHER, wave=prices.TOGETHER)

DECLARED: Final = Declared(
    fields=frozenset({Field.PRICE, Field.SCHEDULED, Field.STOCK, Field.TITLE, Field.DESCRIPTION}),
    quotas=tuple(QUOTAS.values()),
    batches={
        Lane.STOCK: _EACH,
        Lane.PRICE: _MANY,
        Lane.SCHEDULED: _MANY,
        Lane.CONTENT: _EACH,
    },
    groups={
        Lane.STOCK: GroupBy.CELL,
        Lane.PRICE: GroupBy.OFFER,
        Lane.SCHEDULED: GroupBy.CELL,
        Lane.CONTENT: GroupBy.CELL,
    },
    read_back=reads.READ_BACK,
    settle=timedelta(minutes=5),
    deadline=timedelta(minutes=30),
    orders=orders.ORDER_READS,
    look=(Calls(reads.SEARCH, listings=reads.SKUS_A_SEARCH),),
    polls=(Calls("searchOrders"),),
    after_sales=after_sales.AFTER_SALES,
    partial_shipments=True,
    notes={
        "create": "A new listing needs its product type's own attributes, or an ASIN that a person "
        "has matched; it is made in Seller Central.",
        "status": "Amazon has no switch to take a listing off sale and put it back as it was; what "
        "is buyable is shown, and a stock of 0 ends sales.",
        "compare_at": "List prices are Amazon's and the seller's own; writing a price leaves them as "
        "they are.",
        "description": "Of the seller's own submission: Amazon may show another contributor's text.",
        "orders": "searchOrders lets one call through in three minutes after the first twenty.",
        "cancel": "Whether apps may cancel orders is not settled at Amazon; cancel in Seller Central.",
        "after_sales": "Cancellations come with orders, so a look takes another searchOrders call; "
        "returns come by a report of the last 60 days. No app can answer either.",
        "refund": "Refunds are made in Seller Central.",
    },
)
"""Amazon shows a submission after seconds to many minutes; how long it may take is not promised."""


class AmazonAdapter:
    declared = DECLARED

    def __init__(
        self, channel: Channel, settings: AmazonSettings, transport: Transport, clock: Clock
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._wire = Wire(settings, transport, clock)
        self._market = reads.market(self._wire)

    async def check(self) -> Sequence[Health]:
        return await checked(self._wire, self._channel)

    def read_listings(self) -> AsyncIterator[ListingPage]:
        return reads.whole_shop(self._wire, self._clock)

    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        return await reads.by_sku(self._wire, listings)

    def ways(self, lane: Lane, offers: int) -> Sequence[Way]:
        del lane  # all lanes alike
        return feeds.ways(offers)

    async def write_prices(self, writes: Sequence[PriceWrite]) -> Sequence[ItemOutcome]:
        wanted, ended = prices.submissions(writes, self._market)
        return [*ended, *await self._submitted(wanted, repeatable=True)]

    async def schedule_prices(self, writes: Sequence[ScheduleWrite]) -> Sequence[ItemOutcome]:
        wanted, ended = scheduled.submissions(writes, self._market)
        return [*ended, *await self._submitted(wanted, repeatable=True)]

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Sequence[ItemOutcome]:
        del key  # Amazon takes none
        """A number sent twice could undo a sale in between, so it is never sent again by itself."""
        wanted, ended = stock.submissions(writes)
        return [*ended, *await self._submitted(wanted, repeatable=False)]

    async def write_content(self, writes: Sequence[ContentWrite]) -> Sequence[ItemOutcome]:
        wanted, ended = products.submissions(writes, self._market)
        return [*ended, *await self._submitted(wanted, repeatable=True)]

    def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        return orders.changed(self._wire, self._clock, since, until)

    async def read_order(self, order: str) -> Order | None:
        return await orders.one(self._wire, order)

    async def rehearse(
        self, writes: Sequence[PriceWrite | StockWrite | ContentWrite]
    ) -> Sequence[ItemOutcome]:
        return await rehearsal.rehearsed(self._wire, self._market, writes)

    async def ship(self, shipment: Shipment) -> ItemOutcome:
        return await shipping.ship(self._wire, self._clock, shipment)

    def read_after_sales(self, since: datetime, until: datetime) -> AsyncIterator[CasePage]:
        return after_sales.changed(self._wire, self._clock, since, until)

    async def _submitted(
        self, submissions: Sequence[Submission], *, repeatable: bool
    ) -> list[ItemOutcome]:
        """By patches or by a feed, whichever is done sooner under the declared quotas."""
        if feeds.is_sooner(len(submissions)):
            return await feeds.feed_all(self._wire, self._clock, submissions)
        return await patch_each(self._wire, submissions, repeatable=repeatable)


class ListeningAdapter(AmazonAdapter):
    """With a queue that Amazon puts the seller's notifications into."""

    def __init__(
        self, channel: Channel, settings: AmazonSettings, transport: Transport, clock: Clock
    ) -> None:
        super().__init__(channel, settings, transport, clock)
        self._settings = settings
        self._queue = messages.queue(settings, transport, clock)

    async def check(self) -> Sequence[Health]:
        return [*await super().check(), await messages.checked(self._queue)]

    async def poll(self) -> Sequence[Delivery]:
        return await messages.poll(self._queue, self._settings, self._clock.now())

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        await self._queue.delete(receipts)


def connect(
    channel: Channel, settings: AmazonSettings, transport: Transport, clock: Clock
) -> AmazonAdapter:
    kind = ListeningAdapter if settings.queue_url else AmazonAdapter
    return kind(channel, settings, transport, clock)
