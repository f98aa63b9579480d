"""Orders: none missed, none twice, told in the domain's own words."""

from __future__ import annotations

from datetime import timedelta

from mercer.core.contract import ReadsOrder, ReadsOrders
from mercer.core.order import Order, OrderStatus
from mercer.testkit.bench import Bench, on_bench
from mercer.testkit.suite.base import Contract


class OrderContract(Contract):
    @on_bench
    async def test_an_order_is_read_with_the_offers_that_it_took(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders)
        listing, offer = await bench.first()
        id = _sell(bench, offer.merchant_code)
        order = (await _changed(bench))[id]
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
        order = (await _changed(bench))[id]
        assert (order.status, order.paid_at) == (OrderStatus.AWAITING_PAYMENT, None)

    @on_bench
    async def test_a_cancelled_order_is_read_again_with_a_newer_version(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders)
        _, offer = await bench.first()
        id = _sell(bench, offer.merchant_code)
        before = (await _changed(bench))[id]
        bench.world.clock.advance(60)
        bench.simulator.cancel(id)
        after = (await _changed(bench))[id]
        assert after.status is OrderStatus.CANCELLED
        assert after.updated_at > before.updated_at

    @on_bench
    async def test_both_ends_of_a_window_are_inside_it(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders)
        _, offer = await bench.first()
        id = _sell(bench, offer.merchant_code)
        moment = (await _changed(bench))[id].updated_at
        minute = timedelta(minutes=1)
        for since, until in ((moment, moment + minute), (moment - minute, moment)):
            assert id in await _window(bench, since, until)

    @on_bench
    async def test_many_orders_are_read_each_once_over_many_pages(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders)
        wanted = set()
        for each in bench.simulator.offers():
            for _ in range(min(each.quantity, 12)):
                wanted.add(_sell(bench, each.merchant_code))
        assert len(wanted) > 120
        assert wanted == (await _changed(bench)).keys()

    @on_bench
    async def test_one_order_read_by_id_is_the_same_order(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrders, ReadsOrder)
        _, offer = await bench.first()
        id = _sell(bench, offer.merchant_code)
        assert await bench.adapter.read_order(id) == (await _changed(bench))[id]

    @on_bench
    async def test_an_order_that_does_not_exist_is_none(self, bench: Bench) -> None:
        self.needs(bench, ReadsOrder)
        assert await bench.adapter.read_order("1") is None


def _sell(bench: Bench, code: str | None) -> str:
    bench.world.clock.advance(1)
    return bench.simulator.order([(code or "", 1)])


async def _changed(bench: Bench) -> dict[str, Order]:
    """Everything of the last half hour, once the platform surely lists it."""
    until = bench.world.clock.now()
    await bench.world.clock.sleep(bench.adapter.declared.orders.lag.total_seconds())
    return await _window(bench, until - timedelta(minutes=29), until)


async def _window(bench: Bench, since: object, until: object) -> dict[str, Order]:
    orders: dict[str, Order] = {}
    async for page in bench.adapter.read_orders(since, until):
        assert page.unreadable == ()
        orders |= {order.order: order for order in page.orders}
    return orders
