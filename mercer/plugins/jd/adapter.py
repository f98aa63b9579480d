"""What Mercer can do at JD through the classic gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
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
    StatusWrite,
    StockWrite,
)
from mercer.core.listing import Listing
from mercer.core.order import Order
from mercer.plugins.jd import edits, orders, prices, reads, stock, wares
from mercer.plugins.jd.checks import checked
from mercer.plugins.jd.settings import JdSettings
from mercer.plugins.jd.wire import CALLS, Jos
from mercer.plugins.outcomes import in_turn
from mercer.plugins.transport import Transport

SETTLE: Final = timedelta(seconds=5)
DEADLINE: Final = timedelta(minutes=5)
"""Wares may pass an audit before they show what was written. How long both take is UNVERIFIED."""

LACKS: Final = {
    "create": "Listings are made by hand in 京麦 for now.",
    "compare_at": "JD's strike-through price (市场价) is one for a whole ware, not for a SKU.",
}

DECLARED: Final = Declared(
    fields=frozenset({Field.PRICE, Field.STOCK, Field.STATUS, Field.TITLE, Field.DESCRIPTION}),
    quotas=(CALLS,),
    batches={
        Lane.PRICE: Batch(prices.OFFERS_A_BATCH, False, CALLS.name, calls_per_offer=True),
        Lane.STOCK: Batch(stock.SKUS_A_CALL, False, CALLS.name),
        Lane.STATUS: Batch(1, True, CALLS.name),
        Lane.CONTENT: Batch(1, True, CALLS.name),
    },
    groups=dict.fromkeys((Lane.PRICE, Lane.STOCK, Lane.STATUS, Lane.CONTENT), GroupBy.CELL),
    read_back=reads.WARES_A_CALL,
    settle=SETTLE,
    deadline=DEADLINE,
    orders=orders.ORDER_READS,
    notes=LACKS,
)


class JdAdapter:
    def __init__(
        self, channel: Channel, settings: JdSettings, transport: Transport, clock: Clock
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._store_id = settings.store_id
        self._jos = Jos(settings, transport, clock)

    @property
    def declared(self) -> Declared:
        return DECLARED

    async def check(self) -> Sequence[Health]:
        return await checked(self._jos, self._channel, self._store_id, self._clock)

    def read_listings(self) -> AsyncIterator[ListingPage]:
        return reads.whole_shop(wares.shelf(self._jos), self._clock.now())

    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        return await reads.by_id(wares.shelf(self._jos), listings)

    async def write_prices(self, writes: Sequence[PriceWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(prices.write_prices, self._jos))

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Sequence[ItemOutcome]:
        return await stock.write_stock(self._jos, self._store_id, key, writes)

    async def write_content(self, writes: Sequence[ContentWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(edits.write_content, self._jos))

    async def write_status(self, writes: Sequence[StatusWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(stock.write_status, self._jos))

    def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        return orders.changed(self._jos, since, until)

    async def read_order(self, order: str) -> Order | None:
        return await orders.one(self._jos, order)
