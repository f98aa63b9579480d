"""Orders: none missed, none twice, told in the domain's own words."""

from __future__ import annotations

from datetime import datetime, timedelta

from mercer.core.contract import (
    Glimpse,
    GlimpsesOrders,
    IsKnown,
    ReadsOrder,
    ReadsOrders,
    SkipsKnownOrders,
)
from mercer.core.order import OrderStatus
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract
from mercer.testkit.suite.trade import orders_in, recent_orders, sell


class OrderContract(Contract):
    @on_bench
    async def test_an_order_is_read_with_the_offers_that_it_took(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders)
        listing, offer = await bench.first()
        id = sell(bench, offer.merchant_code)
        order = (await recent_orders(bench))[id]
        assert order.status is OrderStatus.PAID
        assert [(line.listing, line.offer, line.quantity) for line in order.lines] == [
            (listing.listing, offer.offer, 1)
        ]
        assert order.currency == bench.channel.currency
        assert order.totals.grand is not None
        assert order.totals.grand.minor > 0
        assert order.lines[0].merchant_code == offer.merchant_code

    @on_bench
    async def test_an_unpaid_order_is_told_from_a_paid_one(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders)
        _, offer = await bench.first()
        id = bench.simulator.order([(offer.merchant_code or "", 1)], paid=False)
        order = (await recent_orders(bench))[id]
        assert (order.status, order.paid_at) == (OrderStatus.AWAITING_PAYMENT, None)

    @on_bench
    async def test_a_cancelled_order_is_read_again_with_a_newer_version(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders)
        _, offer = await bench.first()
        id = sell(bench, offer.merchant_code)
        before = (await recent_orders(bench))[id]
        bench.world.clock.advance(60)
        bench.simulator.cancel(id)
        after = (await recent_orders(bench))[id]
        assert after.status is OrderStatus.CANCELLED
        assert after.updated_at > before.updated_at

    @on_bench
    async def test_both_ends_of_a_window_are_inside_it(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders)
        _, offer = await bench.first()
        id = sell(bench, offer.merchant_code)
        moment = (await recent_orders(bench))[id].updated_at
        minute = timedelta(minutes=1)
        for since, until in ((moment, moment + minute), (moment - minute, moment)):
            assert id in await orders_in(bench, since, until)

    @on_bench
    async def test_many_orders_are_read_each_once_over_many_pages(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders)
        wanted = set()
        for each in bench.simulator.offers():
            for _ in range(min(each.quantity, 12)):
                wanted.add(sell(bench, each.merchant_code))
        assert len(wanted) > 120
        assert wanted == (await recent_orders(bench)).keys()

    @on_bench
    async def test_one_order_read_by_id_is_the_same_order(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders, ReadsOrder)
        _, offer = await bench.first()
        id = sell(bench, offer.merchant_code)
        assert await bench.adapter.read_order(id) == (await recent_orders(bench))[id]

    @on_bench
    async def test_an_order_that_does_not_exist_is_none(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrder)
        assert await bench.adapter.read_order("1") is None

    @on_bench
    async def test_a_glimpse_tells_what_the_latest_orders_took(self, bench: Bench) -> None:
        self.needs(bench, GlimpsesOrders)
        _, offer = await bench.first()
        paid = bench.simulator.order([(offer.merchant_code or "", 2)])
        unpaid = bench.simulator.order([(offer.merchant_code or "", 1)], paid=False)
        bench.world.clock.advance(1)
        took = _took(await _glimpse(bench, _nothing))
        assert took[paid] == {offer.merchant_code: 2}
        assert took[unpaid] == {offer.merchant_code: 1}

    @on_bench
    async def test_a_glimpse_says_of_a_cancelled_order_that_nothing_is_taken(
        self, bench: Bench
    ) -> None:
        self.needs(bench, GlimpsesOrders)
        _, offer = await bench.first()
        id = bench.simulator.order([(offer.merchant_code or "", 2)], paid=False)
        bench.simulator.cancel(id)
        bench.world.clock.advance(1)
        assert not _took(await _glimpse(bench, _nothing)).get(id)

    @on_bench
    async def test_known_orders_are_not_read_again(self, bench: Bench) -> None:
        """One that is listed with a change is told whatever else is known."""
        self.needs(bench, SkipsKnownOrders)
        _, offer = await bench.first()
        known = sell(bench, offer.merchant_code)
        fresh = sell(bench, offer.merchant_code)
        now = bench.world.clock.now() + timedelta(seconds=1)

        def is_known(order: str, changed: datetime) -> bool:
            del changed
            return order == known

        pages = bench.adapter.read_unknown_orders(now - timedelta(minutes=5), now, is_known)
        told = {order.order async for page in pages for order in page.orders}
        assert fresh in told


def _nothing(order: str, changed: datetime) -> bool:
    del order, changed
    return False


async def _glimpse(bench: Bench, known: IsKnown) -> Glimpse:
    since = bench.world.clock.now() - timedelta(seconds=10)
    glimpse: Glimpse = await bench.adapter.glimpse_orders(since, known)
    return glimpse


def _took(glimpse: Glimpse) -> dict[str, dict[str | None, int]]:
    """Units by merchant code, of each order."""
    found: dict[str, dict[str | None, int]] = {
        order.order: {line.merchant_code: line.quantity for line in order.lines if line.quantity}
        for order in glimpse.page.orders
    }
    return found | {event.id: dict(event.took) for event in glimpse.named}
