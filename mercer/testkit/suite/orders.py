"""Orders: none missed, none twice, told in the domain's own words."""

from __future__ import annotations

from datetime import timedelta

from mercer.core.contract import ReadsOrder, ReadsOrders
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
