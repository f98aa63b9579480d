"""What Mercer can do at Amazon."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import Field, Lane
from mercer.core.clock import Clock
from mercer.core.contract import (
    Batch,
    ContentWrite,
    Declared,
    GroupBy,
    Health,
    ItemOutcome,
    ListingPage,
    OrderPage,
    PriceWrite,
    StockWrite,
)
from mercer.core.listing import Listing
from mercer.core.order import Order
from mercer.plugins.amazon import feeds, orders, prices, products, reads, stock
from mercer.plugins.amazon.checks import checked
from mercer.plugins.amazon.quotas import QUOTAS
from mercer.plugins.amazon.settings import AmazonSettings
from mercer.plugins.amazon.submissions import Submission, patch_each
from mercer.plugins.amazon.wire import Wire
from mercer.plugins.transport import Transport

_EACH: Final = Batch(
    reads.READ_BACK, one_listing=False, quota="patchListingsItem", calls_per_offer=True
)

DECLARED: Final = Declared(
    fields=frozenset({Field.PRICE, Field.STOCK, Field.TITLE, Field.DESCRIPTION}),
    quotas=tuple(QUOTAS.values()),
    batches={Lane.STOCK: _EACH, Lane.PRICE: _EACH, Lane.CONTENT: _EACH},
    groups={
        Lane.STOCK: GroupBy.CELL,
        Lane.PRICE: GroupBy.OFFER,
        Lane.CONTENT: GroupBy.CELL,
    },
    read_back=reads.READ_BACK,
    settle=timedelta(minutes=5),
    deadline=timedelta(minutes=30),
    orders=orders.ORDER_READS,
    notes={
        "create": "A new listing needs its product type's own attributes, or an ASIN that a person "
        "has matched; it is made in Seller Central.",
        "status": "Amazon has no switch to take a listing off sale and put it back as it was; what "
        "is buyable is shown, and a stock of 0 ends sales.",
        "compare_at": "List prices and sale prices are Amazon's and the seller's own; writing a "
        "price leaves them as they are.",
        "description": "Of the seller's own submission: Amazon may show another contributor's text.",
        "orders": "searchOrders lets one call through in three minutes after the first twenty.",
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

    async def write_prices(self, writes: Sequence[PriceWrite]) -> Sequence[ItemOutcome]:
        wanted, ended = prices.submissions(writes, self._market)
        return [*ended, *await self._submitted(wanted, repeatable=True)]

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Sequence[ItemOutcome]:  # noqa: ARG002 (Amazon takes no key)
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

    async def _submitted(
        self, submissions: Sequence[Submission], *, repeatable: bool
    ) -> list[ItemOutcome]:
        """By patches or by a feed, whichever is done sooner under the declared quotas."""
        if feeds.is_sooner(len(submissions)):
            return await feeds.feed_all(self._wire, self._clock, submissions)
        return await patch_each(self._wire, submissions, repeatable=repeatable)
