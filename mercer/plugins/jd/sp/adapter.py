"""What Mercer can do at JD through SP-API: everything but prices and content."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from mercer.core.account import Channel
from mercer.core.cell import Field, Lane
from mercer.core.clock import Clock
from mercer.core.contract import (
    Declared,
    Health,
    ItemOutcome,
    ListingPage,
    OrderPage,
    StatusWrite,
    StockWrite,
)
from mercer.core.listing import Listing
from mercer.core.order import Order
from mercer.plugins.jd import adapter, reads
from mercer.plugins.jd.settings import JdSettings
from mercer.plugins.jd.sp import orders, products, stock
from mercer.plugins.jd.sp.checks import checked
from mercer.plugins.jd.sp.wire import SpApi
from mercer.plugins.outcomes import in_turn
from mercer.plugins.transport import Transport

_BY_APPLICATION: Final = (
    "SP-API changes {} by audited applications only; gateway routerjson writes them."
)

_LANES: Final = (Lane.STOCK, Lane.STATUS)

DECLARED: Final = replace(
    adapter.DECLARED,
    fields=frozenset({Field.STOCK, Field.STATUS}),
    batches={lane: adapter.DECLARED.batches[lane] for lane in _LANES},
    groups={lane: adapter.DECLARED.groups[lane] for lane in _LANES},
    notes={
        **adapter.LACKS,
        Field.PRICE: _BY_APPLICATION.format("prices"),
        Field.TITLE: _BY_APPLICATION.format("titles"),
        Field.DESCRIPTION: _BY_APPLICATION.format("descriptions"),
    },
)


class SpAdapter:
    def __init__(
        self, channel: Channel, settings: JdSettings, transport: Transport, clock: Clock
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._store_id = settings.store_id
        self._sp = SpApi(settings, transport, clock)

    @property
    def declared(self) -> Declared:
        return DECLARED

    async def check(self) -> Sequence[Health]:
        return await checked(self._sp, self._channel, self._store_id, self._clock)

    def read_listings(self) -> AsyncIterator[ListingPage]:
        return reads.whole_shop(products.shelf(self._sp), self._clock.now())

    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        return await reads.by_id(products.shelf(self._sp), listings)

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Sequence[ItemOutcome]:
        return await stock.write_stock(self._sp, self._store_id, key, writes)

    async def write_status(self, writes: Sequence[StatusWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(stock.write_status, self._sp))

    def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        return orders.changed(self._sp, since, until)

    async def read_order(self, order: str) -> Order | None:
        return await orders.one(self._sp, order)
