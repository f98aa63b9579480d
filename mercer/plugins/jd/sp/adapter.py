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
    Calls,
    Declared,
    Glimpse,
    Health,
    IsKnown,
    ItemOutcome,
    OrderPage,
    StatusWrite,
    StockWrite,
)
from mercer.core.order import Order
from mercer.core.shipping import Shipment
from mercer.plugins.jd import adapter, reads
from mercer.plugins.jd.settings import JdSettings
from mercer.plugins.jd.sp import orders, products, shipping, stock
from mercer.plugins.jd.sp.checks import checked
from mercer.plugins.jd.sp.wire import SpApi
from mercer.plugins.jd.wire import CALLS
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
    polls=(Calls(CALLS.name),),
    after_sales=None,
    partial_shipments=True,
    notes={
        **adapter.LACKS,
        "after_sales": "SP-API's after-sales statuses are not documented; routerjson reads them.",
        Field.PRICE: _BY_APPLICATION.format("prices"),
        Field.TITLE: _BY_APPLICATION.format("titles"),
        Field.DESCRIPTION: _BY_APPLICATION.format("descriptions"),
    },
)


class SpAdapter(reads.ReadsWares):
    def __init__(
        self, channel: Channel, settings: JdSettings, transport: Transport, clock: Clock
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._store_id = settings.store_id
        self._sp = SpApi(settings, transport, clock)
        super().__init__(products.shelf(self._sp), clock)

    @property
    def declared(self) -> Declared:
        return DECLARED

    async def check(self) -> Sequence[Health]:
        return await checked(self._sp, self._channel, self._store_id, self._clock)

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Sequence[ItemOutcome]:
        return await stock.write_stock(self._sp, self._store_id, key, writes)

    async def write_status(self, writes: Sequence[StatusWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(stock.write_status, self._sp))

    def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        return orders.changed(self._sp, since, until)

    async def glimpse_orders(self, since: datetime, known: IsKnown) -> Glimpse:
        del known  # all of them come in one call anyway
        return await orders.latest(self._sp, since, self._clock.now())

    async def read_order(self, order: str) -> Order | None:
        return await orders.one(self._sp, order)

    async def ship(self, shipment: Shipment) -> ItemOutcome:
        return await shipping.ship(self._sp, shipment)
