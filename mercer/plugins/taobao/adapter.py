"""What Mercer can do at Taobao and Tmall."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
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
    Glimpse,
    GroupBy,
    Health,
    IsKnown,
    ItemOutcome,
    ListingPage,
    OrderPage,
    PriceWrite,
    StatusWrite,
    StockWrite,
)
from mercer.core.listing import Listing
from mercer.core.order import Order
from mercer.core.shipping import Shipment
from mercer.plugins.outcomes import in_turn
from mercer.plugins.taobao import (
    after_sales,
    cancelling,
    content,
    orders,
    prices,
    reads,
    shipping,
    stock,
)
from mercer.plugins.taobao.carriers import Carriers
from mercer.plugins.taobao.checks import checked
from mercer.plugins.taobao.messages import Messages
from mercer.plugins.taobao.settings import SellerType, TaobaoSettings
from mercer.plugins.taobao.wire import CALLS, Top
from mercer.plugins.transport import Transport

_MOST_SKUS: Final = 2000
"""Of one item, so that its prices are never split over two calls. The real limit is UNVERIFIED."""


class TaobaoAdapter:
    def __init__(
        self, channel: Channel, settings: TaobaoSettings, transport: Transport, clock: Clock
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._seller_type = settings.seller_type
        self._top = Top(settings, transport, clock)
        self._carriers = Carriers(self._top)
        self._messages = Messages(self._top, settings.message_group)
        self._declared = _declared(settings.seller_type)

    @property
    def declared(self) -> Declared:
        return self._declared

    async def check(self) -> Sequence[Health]:
        return await checked(self._top, self._channel, self._seller_type, self._clock)

    def read_listings(self) -> AsyncIterator[ListingPage]:
        return reads.whole_shop(self._top, self._seller_type, self._clock.now())

    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        return await reads.by_id(self._top, self._seller_type, listings)

    async def write_prices(self, writes: Sequence[PriceWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(prices.write_prices, self._top, self._seller_type))

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Sequence[ItemOutcome]:
        del key  # TOP takes none with absolute numbers
        by_item = groupby(writes, key=lambda write: write.listing.listing)
        batches = [list(batch) for _, batch in by_item]
        return await in_turn(batches, partial(stock.write_stock, self._top))

    async def write_content(self, writes: Sequence[ContentWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(content.write_content, self._top, self._seller_type))

    async def write_status(self, writes: Sequence[StatusWrite]) -> Sequence[ItemOutcome]:
        return await in_turn(writes, partial(stock.write_status, self._top))

    def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        return orders.changed(self._top, since, until)

    def read_unknown_orders(
        self, since: datetime, until: datetime, known: IsKnown
    ) -> AsyncIterator[OrderPage]:
        return orders.changed(self._top, since, until, known)

    async def glimpse_orders(self, since: datetime, known: IsKnown) -> Glimpse:
        return await orders.latest(self._top, since, self._clock.now(), known)

    async def read_order(self, order: str) -> Order | None:
        return await orders.one(self._top, order)

    async def ship(self, shipment: Shipment) -> ItemOutcome:
        return await shipping.ship(self._top, self._carriers, shipment)

    async def cancel_order(self, order: str, reason: str) -> ItemOutcome:
        return await cancelling.close(self._top, order, reason)

    def read_after_sales(self, since: datetime, until: datetime) -> AsyncIterator[CasePage]:
        return after_sales.changed(self._top, since, until)

    async def poll(self) -> Sequence[Delivery]:
        return await self._messages.poll()

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        await self._messages.acknowledge(receipts)


def _declared(seller_type: SellerType) -> Declared:
    taobao = seller_type == "C"
    return Declared(
        fields=frozenset({Field.PRICE, Field.STOCK, Field.STATUS, Field.TITLE, Field.DESCRIPTION}),
        quotas=(CALLS,),
        batches={
            Lane.PRICE: Batch(
                _MOST_SKUS,
                True,
                CALLS.name,
                calls_per_offer=taobao,
                lone_extra_calls=1 if taobao else 0,
            ),
            Lane.STOCK: Batch(stock.SKUS_A_CALL, True, CALLS.name),
            Lane.STATUS: Batch(1, True, CALLS.name),
            Lane.CONTENT: Batch(1, True, CALLS.name, extra_calls=1),
        },
        groups={
            Lane.PRICE: GroupBy.LISTING,
            Lane.STOCK: GroupBy.CELL,
            Lane.STATUS: GroupBy.CELL,
            Lane.CONTENT: GroupBy.CELL,
        },
        read_back=reads.DETAILS,
        settle=timedelta(seconds=5),
        deadline=timedelta(seconds=60),
        orders=orders.ORDER_READS,
        look=(Calls(CALLS.name, listings=reads.DETAILS),),
        polls=(Calls(CALLS.name),),
        after_sales=after_sales.CASE_READS,
        partial_shipments=True,
        notes={
            "create": "Listings are made by hand in 千牛 for now.",
            "compare_at": "Taobao has no strike-through price (划线价) on these APIs.",
            "ship": "A sub-order ships whole: its units cannot be told apart over several parcels.",
            "cancel": "Only unpaid trades can be closed here; a paid one is refunded in 千牛.",
            "after_sales": "Cases are read and answered in 千牛. Repairs (维修) and goods sent once "
            "more (补寄) are not read. Units are told where a whole sub-order is refunded.",
        },
    )
