"""Shipping: the platform learns of each parcel once. Cancelling: before that, and never after."""

from __future__ import annotations

from dataclasses import replace

from mercer.core.contract import CancelsOrders, ItemOutcome, ReadsOrders, Ships
from mercer.core.errors import Transient
from mercer.core.order import Order, OrderStatus
from mercer.core.outcome import Result
from mercer.plugins.simulation import FaultKind
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract, skip
from mercer.testkit.suite.trade import TAKEN, parcel, recent_orders, sell, stranger, truth


class ShippingContract(Contract):
    @on_bench
    async def test_a_shipped_order_reads_as_shipped_with_its_tracking(self, bench: Bench) -> None:
        order = await self._paid(bench)
        shipment = parcel(order, self.carrier)
        outcome = await bench.adapter.ship(shipment)
        assert (outcome.listing, outcome.offer) == (order.order, "")
        assert outcome.result in TAKEN, outcome.words
        shipped = (await recent_orders(bench))[order.order]
        assert shipped.status is OrderStatus.SHIPPED
        assert shipped.updated_at > order.updated_at
        assert [(line.line, line.shipped) for line in shipped.lines] == [
            (line.line, line.quantity) for line in order.lines
        ]
        assert [each.tracking for each in shipped.parcels] == [shipment.tracking]
        assert truth(bench, order.order).parcels == (shipment.tracking,)

    @on_bench
    async def test_an_order_that_shipped_already_is_not_shipped_again(self, bench: Bench) -> None:
        order = await self._paid(bench)
        shipment = parcel(order, self.carrier)
        assert (await bench.adapter.ship(shipment)).result in TAKEN
        again = await bench.adapter.ship(shipment)
        assert again.result is Result.STALE or again.result in TAKEN, again.words
        seen = truth(bench, order.order)
        assert again.result is Result.STALE or seen.parcels == (shipment.tracking,)
        assert sum(seen.shipped.values()) == sum(line.quantity for line in order.lines)

    @on_bench
    async def test_an_order_may_leave_in_several_parcels(self, bench: Bench) -> None:
        self.needs(bench, Ships)
        if not bench.adapter.declared.partial_shipments:
            skip(bench, "partial shipments")
        order = await self._of_two_lines(bench)
        one, other = order.lines
        first = parcel(order, self.carrier, [one.line])
        assert not first.whole
        assert (await bench.adapter.ship(first)).result in TAKEN
        half = (await recent_orders(bench))[order.order]
        assert half.status is OrderStatus.PARTLY_SHIPPED
        assert {line.line: line.shipped for line in half.lines} == {
            one.line: one.quantity,
            other.line: 0,
        }
        rest = parcel(half, self.carrier)
        assert rest.whole
        assert (await bench.adapter.ship(rest)).result in TAKEN
        whole = (await recent_orders(bench))[order.order]
        assert whole.status is OrderStatus.SHIPPED
        assert {each.tracking for each in whole.parcels} == {first.tracking, rest.tracking}

    @on_bench
    async def test_an_order_that_does_not_exist_is_not_shipped(self, bench: Bench) -> None:
        order = await self._paid(bench)
        shipment = replace(parcel(order, self.carrier), order=stranger(order.order))
        outcome = await bench.adapter.ship(shipment)
        assert outcome.result is Result.REJECTED
        assert outcome.code or outcome.words

    @on_bench
    async def test_an_order_that_was_cancelled_is_not_shipped(self, bench: Bench) -> None:
        order = await self._paid(bench)
        bench.simulator.cancel(order.order)
        outcome = await bench.adapter.ship(parcel(order, self.carrier))
        assert outcome.result in (Result.REJECTED, Result.STALE)
        assert truth(bench, order.order).parcels == ()

    @on_bench
    async def test_a_parcel_that_may_have_been_told_is_in_doubt_and_not_told_twice(
        self, bench: Bench
    ) -> None:
        for kind in (FaultKind.ERROR_AFTER, FaultKind.TIMEOUT):
            order = await self._paid(bench)
            shipment = parcel(order, self.carrier)
            bench.strike(kind)
            doubt: Transient | None = None
            try:
                outcome = await bench.adapter.ship(shipment)
            except Transient as error:
                doubt = error
            bench.calm()
            # Without a doubt it has a key that makes sending it again safe.
            assert doubt.in_doubt if doubt else outcome.result in TAKEN
            assert truth(bench, order.order).parcels.count(shipment.tracking) <= 1

    @on_bench
    async def test_a_parcel_that_was_taken_and_not_kept_is_never_confirmed(
        self, bench: Bench
    ) -> None:
        order = await self._paid(bench)
        bench.strike(FaultKind.LOST_WRITE, count=None)
        outcome = await bench.adapter.ship(parcel(order, self.carrier))
        bench.calm()
        assert outcome.result is Result.ACCEPTED
        assert truth(bench, order.order).parcels == ()

    @on_bench
    async def test_shipping_that_is_throttled_waits_and_goes_on(self, bench: Bench) -> None:
        order = await self._paid(bench)
        bench.strike(FaultKind.THROTTLE)
        assert (await bench.adapter.ship(parcel(order, self.carrier))).result in TAKEN

    # ---------------------------------------------------------------- cancelling

    @on_bench
    async def test_a_cancelled_order_reads_as_cancelled_and_a_refusal_changes_nothing(
        self, bench: Bench
    ) -> None:
        """Which orders a seller may still cancel differs; the answer is true for each of them."""
        self.needs(bench, CancelsOrders, ReadsOrders)
        _, offer = await bench.first()
        results = []
        for paid in (False, True):
            id = sell(bench, offer.merchant_code, paid=paid)
            bench.world.clock.advance(60)
            outcome: ItemOutcome = await bench.adapter.cancel_order(id, "out of stock")
            assert outcome.listing == id
            results.append(outcome.result in TAKEN)
            read = (await recent_orders(bench))[id]
            assert (read.status is OrderStatus.CANCELLED) == results[-1], outcome.words
            assert truth(bench, id).cancelled == results[-1]
            assert results[-1] or outcome.code or outcome.words
        assert any(results)

    @on_bench
    async def test_an_order_that_has_shipped_or_does_not_exist_is_not_cancelled(
        self, bench: Bench
    ) -> None:
        self.needs(bench, CancelsOrders)
        order = await self._paid(bench)
        assert (await bench.adapter.ship(parcel(order, self.carrier))).result in TAKEN
        for id in (order.order, stranger(order.order)):
            outcome = await bench.adapter.cancel_order(id, "out of stock")
            assert outcome.result is Result.REJECTED
        assert not truth(bench, order.order).cancelled

    async def _paid(self, bench: Bench) -> Order:
        """A new order of one line, as the adapter reads it."""
        self.needs(bench, Ships, ReadsOrders)
        _, offer = await bench.first()
        id = sell(bench, offer.merchant_code, 2)
        order = (await recent_orders(bench))[id]
        bench.world.clock.advance(60)
        return order

    async def _of_two_lines(self, bench: Bench) -> Order:
        listed = [each for each in bench.simulator.offers() if each.quantity > 3]
        codes = {each.merchant_code: None for each in listed}
        bench.world.clock.advance(1)
        id = bench.simulator.order([(code, 1) for code in list(codes)[:2]])
        order = (await recent_orders(bench))[id]
        bench.world.clock.advance(60)
        return order
