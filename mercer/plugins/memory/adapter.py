"""The capabilities of the in-memory platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from mercer.core.answered import note_answer
from mercer.core.cell import NOTHING, Field, Lane
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
    ListingDraft,
    ListingPage,
    OrderPage,
    OrderReads,
    PriceWrite,
    Quota,
    StatusWrite,
    StockWrite,
)
from mercer.core.listing import Listing, Offer
from mercer.core.order import Order
from mercer.core.outcome import Result
from mercer.core.shipping import Parcel, Shipment
from mercer.core.stock import StockReading
from mercer.plugins.memory.shop import Shop
from mercer.plugins.outcomes import accepted

_PAGE: Final = 50

DECLARED: Final = Declared(
    fields=frozenset(Field) - {Field.SCHEDULED},
    quotas=(Quota("calls", 100.0, 100.0),),
    batches={
        Lane.PRICE: Batch(50, one_listing=False, quota="calls"),
        Lane.STOCK: Batch(50, one_listing=False, quota="calls"),
        Lane.STATUS: Batch(50, one_listing=False, quota="calls"),
        Lane.CONTENT: Batch(50, one_listing=False, quota="calls"),
    },
    groups={Lane.PRICE: GroupBy.OFFER},
    read_back=50,
    settle=timedelta(0),
    deadline=timedelta(seconds=30),
    orders=OrderReads(overlap=timedelta(seconds=5)),
    look=(Calls("calls", listings=50),),
    polls=(Calls("calls"),),
    creation=(Calls("calls"),),
    compare_and_set_stock=True,
    after_sales=OrderReads(overlap=timedelta(seconds=5)),
    partial_shipments=True,
)


class MemoryAdapter:
    """Implements every capability that needs no wire."""

    def __init__(self, shop: Shop, clock: Clock) -> None:
        self._shop = shop
        self._clock = clock
        self._requests = 0

    @property
    def declared(self) -> Declared:
        return DECLARED

    async def check(self) -> Sequence[Health]:
        return [Health("shop", ok=True, detail=f"{len(self._shop.listings)} listings")]

    async def read_listings(self) -> AsyncIterator[ListingPage]:
        pages = list(self._shop.listings.values())
        for start in range(0, max(len(pages), 1), _PAGE):
            page = tuple(pages[start : start + _PAGE])
            yield ListingPage(page, complete=start + _PAGE >= len(pages))

    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        return [self._shop.listings[id] for id in listings if id in self._shop.listings]

    async def write_prices(self, writes: Sequence[PriceWrite]) -> Sequence[ItemOutcome]:
        self._answer()
        outcomes = []
        for write in writes:
            for each in write.offers:
                self._shop.change(
                    write.listing.listing,
                    each.offer.offer,
                    price=each.price,
                    compare_at=each.compare_at,
                )
                outcomes.append(accepted(write.listing.listing, each.offer.offer))
        return outcomes

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Sequence[ItemOutcome]:
        del key  # nothing is ever sent twice here
        self._answer()
        outcomes = []
        for write in writes:
            listing, offer = write.listing.listing, write.offer.offer
            shown = self._shop.listings[listing].offer(offer)
            if shown is None or shown.stock[0].quantity != write.seen:
                outcomes.append(ItemOutcome(listing, offer, Result.STALE))
                continue
            self._shop.change(listing, offer, quantity=write.quantity)
            outcomes.append(accepted(listing, offer))
        return outcomes

    async def write_content(self, writes: Sequence[ContentWrite]) -> Sequence[ItemOutcome]:
        self._answer()
        for write in writes:
            self._shop.rewrite(
                write.listing.listing, title=write.title, description=write.description
            )
        return [accepted(write.listing.listing, "") for write in writes]

    async def write_status(self, writes: Sequence[StatusWrite]) -> Sequence[ItemOutcome]:
        self._answer()
        for write in writes:
            self._shop.rewrite(write.listing.listing, status=write.status)
        return [accepted(write.listing.listing, "") for write in writes]

    async def create_listing(self, draft: ListingDraft) -> Listing:
        listing = Listing(
            draft.code,
            draft.title,
            draft.status,
            tuple(
                Offer(
                    f"{draft.code}/{offer.sku}",
                    offer.sku,
                    offer.price,
                    offer.compare_at or NOTHING,
                    (StockReading("", offer.quantity or 0),),
                    offer.barcode,
                    offer.options,
                )
                for offer in draft.offers
            ),
            draft.description,
            draft.code,
        )
        self._shop.put(listing)
        return listing

    async def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        yield OrderPage(
            tuple(
                order for order in self._shop.orders.values() if since <= order.updated_at <= until
            )
        )

    async def read_order(self, order: str) -> Order | None:
        return self._shop.orders.get(order)

    async def ship(self, shipment: Shipment) -> ItemOutcome:
        self._answer()
        parcel = Parcel(shipment.tracking, shipment.carrier, shipment.lines)
        try:
            self._shop.ship(shipment.order, parcel, self._clock.now())
        except (KeyError, ValueError) as error:
            return ItemOutcome(shipment.order, "", Result.STALE, "SHIPPED", str(error))
        return accepted(shipment.order, "")

    async def cancel_order(self, order: str, reason: str) -> ItemOutcome:
        del reason  # nobody asks for it here
        self._answer()
        if any(line.shipped for line in self._shop.orders[order].lines):
            return ItemOutcome(order, "", Result.REJECTED, "SHIPPED", "it has shipped")
        self._shop.cancel(order, self._clock.now())
        return accepted(order, "")

    def _answer(self) -> None:
        """As a platform names each request that changes something."""
        self._requests += 1
        note_answer(f"memory-{self._requests}")

    async def read_after_sales(self, since: datetime, until: datetime) -> AsyncIterator[CasePage]:
        yield CasePage(
            tuple(case for case in self._shop.cases.values() if since <= case.updated_at <= until)
        )

    async def poll(self) -> Sequence[Delivery]:
        return [Delivery(event.key, event) for event in self._shop.messages[:_PAGE]]

    async def acknowledge(self, receipts: Sequence[str]) -> None:
        self._shop.messages = [each for each in self._shop.messages if each.key not in receipts]
