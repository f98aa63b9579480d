"""The stock lane by itself: sales on one channel are taken off the others, write after write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mercer.core.account import Channel
from mercer.core.cell import Field, Lane
from mercer.core.contract import Event, EventKind, Glimpse, IsKnown, OrderPage, OrderReads, Quota
from mercer.core.errors import AuthExpired, Transient
from mercer.core.listing import Listing
from mercer.core.stock_rule import StockRule
from mercer.sandbox.laboratory.virtual_time import LoopClock, run
from mercer.store.database import open_database
from mercer.store.runs import OVERTAKEN
from mercer.store.tables import journal, orders
from mercer.sync.fanout import FanOut
from mercer.sync.intake import pull_orders
from tests.sync import hostile
from tests.sync.conftest import Seller
from tests.sync.hostile import Hostile, WithoutCompareAndSet

Work = Callable[[Seller], Awaitable[None]]


class Glimpsing(WithoutCompareAndSet):
    """Its list tells what orders took; each of them is read by a request of its own."""

    async def glimpse_orders(self, since: datetime, known: IsKnown) -> Glimpse:
        self._note("glimpse_orders")
        named = [
            Event(
                f"{order.order}/{order.updated_at}",
                EventKind.ORDER,
                order.order,
                "list",
                tuple((line.merchant_code or "", line.quantity) for line in order.lines),
                order.created_at,
            )
            for order in self._shop.orders.values()
            if order.updated_at >= since and not known(order.order, order.updated_at)
        ]
        return Glimpse(OrderPage(()), tuple(named))


class SlowToRead(WithoutCompareAndSet):
    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        await asyncio.sleep(20)
        return await super().read_back(listings)


class SlowToList(WithoutCompareAndSet):
    slow = False

    async def read_orders(self, since: datetime, until: datetime) -> AsyncIterator[OrderPage]:
        if self.slow:
            await asyncio.sleep(20)
        async for page in super().read_orders(since, until):
            yield page


class TellingStock(WithoutCompareAndSet):
    """Stock is told by a call of its own, and whole pages cannot be read one by one."""

    async def read_back(self, listings: Sequence[str]) -> Sequence[Listing]:
        self._note("read_back")
        raise Transient("away", in_doubt=False)

    async def read_stock(self, listings: Sequence[Listing]) -> Sequence[Listing]:
        self._note("read_stock")
        fresh = await super().read_back([each.listing for each in listings])
        offers = {each.listing: each.offers for each in fresh}
        return [replace(each, offers=offers[each.listing]) for each in listings]


def two_shops(
    *,
    settle: float = 0.0,
    adapter: type[Hostile] = WithoutCompareAndSet,
    apart: bool = False,
    deal_out: bool = False,
) -> Seller:
    """Each shows all that there is, unless the last units are dealt out."""
    seller = Seller(open_database(None), LoopClock())
    rule = StockRule("all", deal_out=deal_out)
    for name in ("north", "south"):
        seller.add_channel(Channel(name, "memory", name, "CNY", stock_rule=rule), adapter)
        seller.declare(
            name,
            settle=timedelta(seconds=settle),
            deadline=timedelta(minutes=30),
            orders=OrderReads(timedelta(seconds=5), every=timedelta(seconds=15), apart=apart),
        )
        seller.at(name).write_lag = timedelta(seconds=settle)
    return seller


@asynccontextmanager
async def kept(seller: Seller) -> AsyncIterator[None]:
    """A process keeps the shops' stock right, and ends."""
    task = asyncio.create_task(FanOut(seller.session).run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def watched(
    work: Work,
    *,
    skus: Sequence[str] = ("S",),
    quantity: int = 10,
    before: Work | None = None,
    **shops: Any,
) -> Seller:
    """Two shops whose stock is kept while `work` goes on, and not `before`, in virtual time."""
    seller = two_shops(**shops)

    async def all_of_it() -> None:
        await seller.agree("p", *skus, quantity=quantity)
        await seller.clock.sleep(5)
        if before is not None:
            await before(seller)
        async with kept(seller):
            await work(seller)

    assert isinstance(seller.clock, LoopClock)
    run(seller.clock, all_of_it())
    return seller


def test_a_sale_is_taken_off_the_other_shop_within_seconds() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 3)
        await seller.clock.sleep(5)
        assert seller.quantity("south", "S") == 7

    watched(work)


def test_many_sales_make_few_writes() -> None:
    async def work(seller: Seller) -> None:
        for _ in range(6):
            seller.sell("north", "S")
            await seller.clock.sleep(0.1)
        await seller.clock.sleep(6)
        assert seller.quantity("south", "S") == 4
        assert len(seller.at("south").writes) <= 3

    watched(work)


def test_a_lower_number_does_not_wait_until_the_first_shows() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 2)
        await seller.clock.sleep(4)
        seller.sell("north", "S", 5)
        await seller.clock.sleep(4)
        assert seller.quantity("south", "S") == 3
        assert len(seller.at("south").writes) == 2
        await seller.clock.sleep(700)
        assert seller.cell("south", "S", Field.STOCK).in_flight is None
        assert seller.open_rows("south") == 0

    watched(work, settle=300.0)


@pytest.mark.parametrize("fault", [hostile.fail_after, hostile.time_out])
def test_a_number_of_which_nobody_heard_is_sent_again_once_its_request_is_over(
    fault: hostile.Fault,
) -> None:
    async def work(seller: Seller) -> None:
        seller.at("south").faults = [fault]
        seller.sell("north", "S", 2)
        await seller.clock.sleep(6)
        assert seller.quantity("south", "S") == 8
        assert len(seller.at("south").writes) == 2
        seller.sell("north", "S", 5)
        await seller.clock.sleep(4)
        assert seller.quantity("south", "S") == 3
        await seller.clock.sleep(700)
        assert len(seller.at("south").writes) == 3
        assert seller.cell("south", "S", Field.STOCK).in_flight is None
        assert seller.open_rows("south") == 0

    watched(work, settle=300.0)


async def cut_off(seller: Seller, fault: hostile.Fault) -> None:
    """A number is on its way to the south when its process ends."""
    seller.at("south").faults = [fault]
    async with kept(seller):
        seller.sell("north", "S", 2)
        await seller.clock.sleep(3)


@pytest.mark.parametrize(("adapter", "settle"), [(WithoutCompareAndSet, 300.0), (SlowToRead, 1.0)])
def test_what_was_cut_off_as_it_was_sent_is_sent_again_by_who_goes_on(
    adapter: type[Hostile], settle: float
) -> None:
    async def before(seller: Seller) -> None:
        await cut_off(seller, hostile.hang)

    async def work(seller: Seller) -> None:
        assert len(seller.at("south").writes) == 1
        await seller.clock.sleep(3)
        assert seller.quantity("south", "S") == 8

    watched(work, settle=settle, adapter=adapter, before=before)


def test_what_is_sent_again_gives_no_unit_back_that_was_sold_while_no_process_lived() -> None:
    async def before(seller: Seller) -> None:
        await cut_off(seller, hostile.hang_after)
        seller.sell("south", "S", 1)
        assert seller.quantity("south", "S") == 7

    async def work(seller: Seller) -> None:
        await seller.clock.sleep(4)
        assert len(seller.at("south").writes) == 2
        assert seller.quantity("south", "S") == seller.quantity("north", "S") == 7

    watched(work, settle=300.0, adapter=Glimpsing, before=before)


def test_a_number_that_was_lost_is_not_confirmed_by_the_lower_one_that_overtook_it() -> None:
    async def work(seller: Seller) -> None:
        seller.at("south").faults = [hostile.swallow]
        seller.sell("north", "S", 2)
        await seller.clock.sleep(4)
        seller.sell("north", "S", 5)
        await seller.clock.sleep(700)
        told = [row["settled"] for row in seller.rows(journal) if row["channel"] == "south"]
        assert told == [OVERTAKEN, "confirmed"]

    watched(work, settle=300.0)


def test_a_number_is_raised_again_when_an_order_is_cancelled() -> None:
    async def work(seller: Seller) -> None:
        order = seller.sell("north", "S", 4)
        await seller.clock.sleep(5)
        assert seller.quantity("south", "S") == 6
        seller.shops["north"].cancel(order.order, seller.clock.now())
        await seller.clock.sleep(45)
        assert seller.quantity("south", "S") == 10

    watched(work)


def test_a_number_that_waits_for_its_shops_orders_holds_up_none_that_falls() -> None:
    async def work(seller: Seller) -> None:
        order = seller.sell("north", "S", 4)
        await seller.clock.sleep(20)
        south = seller.at("south")
        assert isinstance(south, SlowToList)
        south.slow = True
        seller.shops["north"].cancel(order.order, seller.clock.now())
        await seller.clock.sleep(16)
        seller.sell("north", "T", 2)
        await seller.clock.sleep(4)
        assert seller.quantity("south", "T") == 8
        assert seller.quantity("south", "S") == 6
        await seller.clock.sleep(40)
        assert seller.quantity("south", "S") == 10

    watched(work, skus=("S", "T"), adapter=SlowToList)


def test_a_number_that_rises_late_is_not_overtaken_on_its_way() -> None:
    async def late(send: hostile.Send, taken: hostile.Outcomes) -> hostile.Outcomes:
        await asyncio.sleep(6)
        return await send()

    async def work(seller: Seller) -> None:
        order = seller.sell("north", "S", 4)
        await seller.clock.sleep(20)
        seller.at("south").faults = [late]
        seller.shops["north"].cancel(order.order, seller.clock.now())
        while seller.cell("south", "S", Field.STOCK).in_flight != "10":
            await seller.clock.sleep(0.1)
        seller.sell("north", "S", 7)
        await seller.clock.sleep(10)
        assert seller.quantity("south", "S") == 3

    watched(work, settle=12.0)


def test_a_write_that_is_lost_is_sent_again() -> None:
    async def work(seller: Seller) -> None:
        seller.at("south").faults = [hostile.swallow]
        seller.sell("north", "S", 4)
        await seller.clock.sleep(30)
        assert seller.quantity("south", "S") == 6

    watched(work, settle=5.0)


def test_a_number_to_none_that_never_arrived_is_sent_again_as_soon_as_a_reading_shows_more() -> (
    None
):
    async def work(seller: Seller) -> None:
        seller.at("south").faults = [hostile.time_out]
        seller.sell("north", "S", 10)
        await seller.clock.sleep(12)
        assert seller.quantity("south", "S") == 0

    watched(work, settle=5.0, apart=True)


@pytest.mark.parametrize(
    "faults", [[Transient("away", in_doubt=False)] * 3, [AuthExpired("expired")]]
)
def test_one_shops_trouble_leaves_the_other_in_step(faults: list[Exception]) -> None:
    async def work(seller: Seller) -> None:
        seller.at("north").read_faults = list(faults)
        seller.sell("north", "S", 4)
        seller.sell("south", "S", 1)
        await seller.clock.sleep(640)
        assert seller.quantity("south", "S") == 5
        assert seller.quantity("north", "S") == 5

    watched(work)


@pytest.mark.parametrize(
    "faults", [[AuthExpired("expired")], [Transient("away", in_doubt=False)] * 2]
)
def test_a_shop_that_cannot_be_worked_with_is_told_of(faults: list[Exception]) -> None:
    seller = two_shops()
    seller.at("north").read_faults = list(faults)
    session = seller.session
    assert isinstance(seller.clock, LoopClock)
    with pytest.raises(type(faults[0])):
        run(seller.clock, FanOut(session).keep(session.connection("north")))
    assert seller.at("north").read_faults == []


def test_a_shop_that_is_left_alone_is_not_written_to() -> None:
    async def work(seller: Seller) -> None:
        await seller.clock.sleep(120)
        assert seller.at("north").writes == []
        assert seller.at("south").writes == []

    watched(work)


def test_what_a_list_tells_is_taken_off_before_the_order_itself_can_be_read() -> None:
    async def work(seller: Seller) -> None:
        await seller.clock.sleep(1)
        seller.at("north").read_faults = [Transient("away", in_doubt=False)] * 50
        seller.sell("north", "S", 3)
        await seller.clock.sleep(6)
        assert seller.quantity("south", "S") == 7
        assert seller.rows(orders) == []
        seller.at("north").read_faults = []
        await seller.clock.sleep(60)
        assert len(seller.rows(orders)) == 1
        balance = seller.balance("S")
        assert balance is not None
        assert balance.available == 7

    watched(work, adapter=Glimpsing, apart=True)


def test_a_number_far_from_zero_or_at_zero_leaves_without_a_fresh_reading() -> None:
    async def work(seller: Seller) -> None:
        seller.at("south").read_faults = [Transient("away", in_doubt=False)] * 1000
        seller.sell("north", "S", 2)
        await seller.clock.sleep(40)
        assert seller.quantity("south", "S") == 58

    watched(work, quantity=60)


def test_sales_of_its_own_before_a_number_left_do_not_keep_a_lower_one_from_going_after_it() -> (
    None
):
    async def work(seller: Seller) -> None:
        seller.sell("south", "S", 9)
        await seller.clock.sleep(40)
        seller.sell("north", "S", 2)
        await seller.clock.sleep(40)
        seller.sell("north", "S", 3)
        await seller.clock.sleep(10)
        assert seller.cell("south", "S", Field.STOCK).in_flight == "46"

    watched(work, quantity=60, settle=300.0)


def test_a_new_process_writes_to_pages_that_another_has_read() -> None:
    async def forget(seller: Seller) -> None:
        seller.session.connections["south"].shown.clear()

    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 2)
        await seller.clock.sleep(5)
        assert seller.quantity("south", "S") == 8
        assert seller.open_rows("south") == 0

    watched(work, before=forget, adapter=TellingStock)


def test_stock_is_looked_at_by_itself_where_a_platform_tells_it_for_less() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 7)
        await seller.clock.sleep(20)
        assert seller.quantity("south", "S") == 3
        assert seller.open_rows("south") == 0

    watched(work, adapter=TellingStock, settle=5.0)


def test_a_number_that_a_lower_one_overtook_is_confirmed_in_its_own_time() -> None:
    async def work(seller: Seller) -> None:
        for _ in range(3):
            seller.sell("north", "S", 2)
            await seller.clock.sleep(100)
        # The first two have settled, one after the other, and the last has not.
        assert seller.open_rows("south") == 1
        assert seller.cell("south", "S", Field.STOCK).in_flight == "4"

    watched(work, settle=150.0)


def test_what_a_shop_is_said_to_have_sold_before_a_number_left_does_not_keep_it_open() -> None:
    async def work(seller: Seller) -> None:
        order = seller.sell("south", "S", 3)
        seller.at("south").unreadable_orders = {order.order}
        await seller.clock.sleep(10)
        for _ in range(3):
            seller.sell("north", "S", 2)
            await seller.clock.sleep(100)
        assert seller.open_rows("south") == 1
        assert seller.cell("south", "S", Field.STOCK).in_flight == "11"

    watched(work, settle=150.0, quantity=20, adapter=Glimpsing, apart=True)


def sent(seller: Seller, channel: str) -> list[str]:
    """The SKUs whose numbers were sent to a channel, in turn."""
    return [row["sku"] for row in seller.rows(journal) if row["channel"] == channel]


def sold_before(*sold: tuple[str, int]) -> Work:
    """Sales that are known, seconds apart, and that nobody has sent anywhere."""

    async def sell(seller: Seller) -> None:
        stock = replace(seller.at("south").says.batches[Lane.STOCK], offers=1)
        seller.declare("south", batches={**seller.at("south").says.batches, Lane.STOCK: stock})
        for sku, units in sold:
            await seller.clock.sleep(3)
            seller.sell("north", sku, units)
            await pull_orders(seller.session)

    return sell


def test_a_process_that_was_just_born_sends_what_has_waited_longest() -> None:
    async def work(seller: Seller) -> None:
        await seller.clock.sleep(10)
        assert sent(seller, "south") == ["T", "S"]

    watched(work, skus=("S", "T"), quantity=60, before=sold_before(("T", 1), ("S", 1)))


def test_what_is_nearly_sold_out_goes_before_what_has_waited_longer() -> None:
    async def work(seller: Seller) -> None:
        await seller.clock.sleep(10)
        assert sent(seller, "south") == ["T", "S"]

    watched(work, skus=("S", "T"), quantity=60, before=sold_before(("S", 1), ("T", 57)))


def test_what_was_sent_and_is_to_be_another_number_by_now_waits_anew() -> None:
    async def work(seller: Seller) -> None:
        for sku in ("S", "T", "S"):
            seller.sell("north", sku, 1)
            await seller.clock.sleep(2.5)
        await seller.clock.sleep(16)
        assert sent(seller, "south") == ["S", "T", "S"]

    async def slow(seller: Seller) -> None:
        await sold_before()(seller)
        a_call_in_two_seconds(seller)

    watched(work, skus=("S", "T"), quantity=60, before=slow)


def a_call_in_two_seconds(seller: Seller) -> None:
    """The south's stock is so slow to be written that numbers wait for each other."""
    batches = seller.at("south").says.batches
    batch = replace(batches[Lane.STOCK], quota="calls")
    calls = Quota("calls", rate=0.5, burst=20)
    seller.declare("south", quotas=(calls,), batches={**batches, Lane.STOCK: batch})


def test_what_sold_out_does_not_wait_until_a_call_carries_many_numbers() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 1)
        await seller.clock.sleep(2)
        seller.sell("north", "S", 1)
        seller.sell("north", "T", 60)
        await seller.clock.sleep(1.5)
        assert seller.quantity("south", "T") == 0
        seller.sell("north", "S", 1)
        await seller.clock.sleep(1.5)
        assert seller.quantity("south", "S") == 58
        await seller.clock.sleep(10)
        assert seller.quantity("south", "S") == 57

    async def slow(seller: Seller) -> None:
        a_call_in_two_seconds(seller)

    watched(work, skus=("S", "T"), quantity=60, before=slow)
