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
    Calls,
    CasePage,
    ContentWrite,
    Declared,
    Glimpse,
    GroupBy,
    Health,
    IsKnown,
    ItemOutcome,
    OrderPage,
    PriceWrite,
    StatusWrite,
    StockWrite,
)
from mercer.core.order import Order
from mercer.core.shipping import Shipment
from mercer.plugins.jd import (
    after_sales,
    content,
    orders,
    prices,
    reads,
    shipping,
    stock,
    wares,
)
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
    "cancel": "At JD only a buyer asks to cancel; the seller agrees or refuses in 京麦.",
    "messages": "JD publishes no contract for its message push, so orders and cases are polled for.",
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
    look=(
        Calls(CALLS.name, listings=reads.WARES_A_CALL),
        Calls(CALLS.name, offers=reads.PAGE),
    ),
    polls=(Calls(CALLS.name), Calls(CALLS.name)),
    after_sales=after_sales.CASE_READS,
    notes={
        **LACKS,
        "partial_shipments": "The classic gateway ships an order whole; gateway sp-api ships parts.",
    },
)


class JdAdapter(reads.ReadsWares):
    def __init__(
        self, channel: Channel, settings: JdSettings, transport: Transport, clock: Clock
    ) -> None:
        self._channel = channel
        self._store_id = settings.store_id
        self._jos = Jos(settings, transport, clock)
        super().__init__(wares.shelf(self._jos), clock)

    @property
    def declared(self) -> Declared:
        return DECLARED

    async def check(self) -> Sequence[Health]:
        return await checked(self._jos, self._channel, self._store_id, self._clock)

    async def write_prices(self, writes: Sequence[PriceWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(prices.write_prices, self._jos))

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Sequence[ItemOutcome]:
        return await stock.write_stock(self._jos, self._store_id, key, writes)

    async def write_content(self, writes: Sequence[ContentWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(content.write_content, self._jos))

    async def write_status(self, writes: Sequence[StatusWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(stock.write_status, self._jos))

    def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        return orders.changed(self._jos, since, until)

    def read_unknown_orders(
        self, since: datetime, until: datetime, known: IsKnown
    ) -> AsyncIterator[OrderPage]:
        return orders.changed(self._jos, since, until, known)

    async def glimpse_orders(self, since: datetime, known: IsKnown) -> Glimpse:
        return await orders.latest(self._jos, since, self._clock.now(), known)

    async def read_order(self, order: str) -> Order | None:
        return await orders.one(self._jos, order)

    async def ship(self, shipment: Shipment) -> ItemOutcome:
        return await shipping.ship(self._jos, shipment)

    def read_after_sales(self, since: datetime, until: datetime) -> AsyncIterator[CasePage]:
        return after_sales.changed(self._jos, since, until)
