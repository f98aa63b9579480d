"""A shop in memory whose connection misbehaves as it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from mercer.core.clock import Clock
from mercer.core.contract import (
    CasePage,
    ContentWrite,
    Declared,
    ItemOutcome,
    ListingDraft,
    ListingPage,
    OrderPage,
    PriceWrite,
    StatusWrite,
    StockWrite,
    Unreadable,
)
from mercer.core.errors import (
    AuthExpired,
    ProtocolBroken,
    Rejected,
    Throttled,
    Transient,
)
from mercer.core.listing import Listing
from mercer.core.order import Order
from mercer.core.outcome import Result
from mercer.core.shipping import Shipment
from mercer.plugins.memory.adapter import DECLARED, MemoryAdapter
from mercer.plugins.memory.shop import Shop

Outcomes = Sequence[ItemOutcome]
Send = Callable[[], Awaitable[Outcomes]]
Fault = Callable[[Send, Outcomes], Awaitable[Outcomes]]
"""What becomes of a write: handed the way to do it, and the outcomes that would say it was taken."""


class Crash(Exception):
    """The process dies here: no error of Mercer's."""


async def swallow(send: Send, taken: Outcomes) -> Outcomes:
    """Accepted, and nothing is done."""
    return taken


async def fail_after(send: Send, taken: Outcomes) -> Outcomes:
    """It took effect, and the answer is lost."""
    await send()
    raise Transient("the connection broke", in_doubt=True)


async def fail_before(send: Send, taken: Outcomes) -> Outcomes:
    raise Transient("the shop is not reachable", in_doubt=False)


async def time_out(send: Send, taken: Outcomes) -> Outcomes:
    """No answer, and no effect, which nobody can know."""
    raise Transient("no answer in time", in_doubt=True)


async def hang(send: Send, taken: Outcomes) -> Outcomes:
    """No answer for as long as anybody waits, and no effect."""
    await asyncio.Event().wait()
    raise AssertionError("nobody ends it")


async def hang_after(send: Send, taken: Outcomes) -> Outcomes:
    """It took effect, and there is no answer for as long as anybody waits."""
    await send()
    return await hang(send, taken)


async def garble(send: Send, taken: Outcomes) -> Outcomes:
    await send()
    raise ProtocolBroken("the answer is not JSON")


async def crash_before(send: Send, taken: Outcomes) -> Outcomes:
    raise Crash


async def crash_after(send: Send, taken: Outcomes) -> Outcomes:
    await send()
    raise Crash


async def interrupt_after(send: Send, taken: Outcomes) -> Outcomes:
    await send()
    raise KeyboardInterrupt


async def throttle(send: Send, taken: Outcomes) -> Outcomes:
    raise Throttled("come back in an hour", delay=3600.0)


async def expire(send: Send, taken: Outcomes) -> Outcomes:
    raise AuthExpired("the token has expired")


async def lose_race(send: Send, taken: Outcomes) -> Outcomes:
    return [replace(each, result=Result.STALE) for each in taken]


async def omit_last(send: Send, taken: Outcomes) -> Outcomes:
    """Everything is done; the answer leaves the last item out."""
    return (await send())[:-1]


async def confirm(send: Send, taken: Outcomes) -> Outcomes:
    """The answer carries the authoritative new value."""
    return [replace(each, result=Result.CONFIRMED) for each in await send()]


def refuse(*offers: str) -> Fault:
    """The whole batch is refused as long as one of these offers is in it."""

    async def fault(send: Send, taken: Outcomes) -> Outcomes:
        if any(each.offer in offers for each in taken):
            raise Rejected("invalid batch", code="BAD_ITEM", words="one item is invalid")
        return await send()

    return fault


def refuse_item(offer: str) -> Fault:
    """One item is refused, the others are taken."""

    async def fault(send: Send, taken: Outcomes) -> Outcomes:
        return [
            replace(each, result=Result.REJECTED, code="TOO_LOW", words="below the minimum")
            if each.offer == offer
            else each
            for each in await send()
        ]

    return fault


def _payload(order: Order) -> str:
    """What a platform's answer would tell, its buyer included."""
    buyer = asdict(order.customer) if order.customer else None
    return json.dumps({"order": order.order, "buyer": buyer}, ensure_ascii=False)


def without_codes(page: Listing) -> Listing:
    return replace(page, offers=tuple(replace(each, merchant_code=None) for each in page.offers))


class Hostile(MemoryAdapter):
    """Honest until told otherwise.

    `faults` are used up write by write; `always` applies when there are none. `before_each` runs
    before every call, `calls` tells which there were. `write_lag`: reads show the old value for so
    long after a write; `order_lag`: so young orders are not listed yet. `answer`: what a
    creation returns instead of its page.
    """

    def __init__(self, shop: Shop, clock: Clock) -> None:
        super().__init__(shop, clock)
        self.says = DECLARED
        self.faults: list[Fault | None] = []
        self.always: Fault | None = None
        self.read_faults: list[Exception | None] = []
        self.before_each: Callable[[str], None] = lambda call: None
        self.calls: list[str] = []
        self.write_lag = timedelta(0)
        self.order_lag = timedelta(0)
        self.complete = True
        self.answer: Listing | None = None
        self.hidden: set[str] = set()
        self.unreadable: set[str] = set()
        self.unreadable_orders: set[str] = set()
        self.unreadable_cases: set[str] = set()
        self.case_faults: list[Exception] = []
        self._old: dict[str, list[tuple[datetime, Listing]]] = {}

    @property
    def declared(self) -> Declared:
        return self.says

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if call.startswith(("write", "create"))]

    def _note(self, call: str) -> None:
        self.calls.append(call)
        self.before_each(call)

    def _reading(self, call: str) -> None:
        self._note(call)
        error = self.read_faults.pop(0) if self.read_faults else None
        if error is not None:
            raise error

    # ------------------------------------------------------------------ reads

    async def read_listings(self) -> AsyncIterator[ListingPage]:
        self._reading("read_listings")
        async for page in super().read_listings():
            shown = [self._shown(each) for each in page.listings if each.listing not in self.hidden]
            yield ListingPage(
                tuple(each for each in shown if each.listing not in self.unreadable),
                complete=page.complete and self.complete,
                unreadable=tuple(
                    Unreadable(each.listing, "a price of a new kind")
                    for each in shown
                    if each.listing in self.unreadable
                ),
            )

    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        self._reading("read_back")
        return [self._shown(each) for each in await super().read_back(listings)]

    async def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        self._reading("read_orders")
        listed = self._clock.now() - self.order_lag
        async for page in super().read_orders(since, until):
            orders = [order for order in page.orders if order.updated_at <= listed]
            yield OrderPage(
                tuple(order for order in orders if order.order not in self.unreadable_orders),
                tuple(
                    Unreadable(order.order, "a status of a new kind", _payload(order))
                    for order in orders
                    if order.order in self.unreadable_orders
                ),
            )

    async def read_order(self, order: str) -> Order | None:
        self._reading("read_order")
        if order in self.unreadable_orders:
            raise ProtocolBroken(f"order {order} cannot be read")
        return await super().read_order(order)

    async def read_after_sales(self, since: datetime, until: datetime) -> AsyncIterator[CasePage]:
        self._note("read_after_sales")
        if self.case_faults:
            raise self.case_faults.pop(0)
        async for page in super().read_after_sales(since, until):
            bad = [each for each in page.cases if each.case in self.unreadable_cases]
            yield CasePage(
                tuple(each for each in page.cases if each not in bad),
                tuple(Unreadable(each.case, "a kind of a new sort", each.case) for each in bad),
            )

    def _shown(self, listing: Listing) -> Listing:
        """The oldest state that the lag still lets show."""
        old = [
            state
            for until, state in self._old.get(listing.listing, ())
            if until > self._clock.now()
        ]
        return old[0] if old else listing

    # ------------------------------------------------------------------ writes

    async def write_prices(self, writes: Sequence[PriceWrite]) -> Outcomes:
        send = super().write_prices
        touched = [(w.listing.listing, each.offer.offer) for w in writes for each in w.offers]
        return await self._out("write_prices", lambda: send(writes), touched)

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Outcomes:
        send = super().write_stock
        touched = [(w.listing.listing, w.offer.offer) for w in writes]
        return await self._out("write_stock", lambda: send(writes, key), touched)

    async def write_content(self, writes: Sequence[ContentWrite]) -> Outcomes:
        send = super().write_content
        return await self._out(
            "write_content", lambda: send(writes), [(w.listing.listing, "") for w in writes]
        )

    async def write_status(self, writes: Sequence[StatusWrite]) -> Outcomes:
        send = super().write_status
        return await self._out(
            "write_status", lambda: send(writes), [(w.listing.listing, "") for w in writes]
        )

    async def create_listing(self, draft: ListingDraft) -> Listing:
        create = super().create_listing
        made: list[Listing] = []

        async def send() -> Outcomes:
            made.append(await create(draft))
            return []

        await self._out("create_listing", send, [])
        if not made:
            raise Transient("no answer in time", in_doubt=True)
        return self.answer or made[0]

    async def ship(self, shipment: Shipment) -> ItemOutcome:
        send = super().ship
        (outcome,) = await self._alone("ship", lambda: send(shipment))
        return outcome

    async def cancel_order(self, order: str, reason: str) -> ItemOutcome:
        cancel = super().cancel_order
        (outcome,) = await self._alone("cancel_order", lambda: cancel(order, reason))
        return outcome

    async def _alone(self, call: str, send: Callable[[], Awaitable[ItemOutcome]]) -> Outcomes:
        async def one() -> Outcomes:
            return [await send()]

        return await self._out(call, one, [("", "")])

    async def _out(
        self,
        call: str,
        send: Send,
        touched: Sequence[tuple[str, str]],
    ) -> Outcomes:
        self._note(call)
        until = self._clock.now() + self.write_lag
        for listing in {listing for listing, _ in touched if listing} if self.write_lag else ():
            old = (until, self._shop.listings[listing])
            self._old.setdefault(listing, []).append(old)
        fault = self.faults.pop(0) if self.faults else self.always
        if fault is None:
            return await send()
        taken = [ItemOutcome(listing, offer, Result.ACCEPTED) for listing, offer in touched]
        return await fault(send, taken)


class WithoutCompareAndSet(Hostile):
    """Writes a quantity whatever is there, as most platforms do."""

    def __init__(self, shop: Shop, clock: Clock) -> None:
        super().__init__(shop, clock)
        self.says = replace(DECLARED, compare_and_set_stock=False)

    async def write_stock(self, writes: Sequence[StockWrite], key: str) -> Outcomes:
        async def send() -> Outcomes:
            for each in writes:
                self._shop.change(each.listing.listing, each.offer.offer, quantity=each.quantity)
            return [
                ItemOutcome(each.listing.listing, each.offer.offer, Result.ACCEPTED)
                for each in writes
            ]

        touched = [(w.listing.listing, w.offer.offer) for w in writes]
        return await self._out("write_stock", send, touched)
