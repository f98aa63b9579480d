"""The stock lane by itself: sales on one channel are taken off the others, write after write."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from mercer.core.account import Channel
from mercer.core.cell import Field
from mercer.core.contract import OrderReads
from mercer.core.errors import AuthExpired, Transient
from mercer.sandbox.laboratory.virtual_time import LoopClock, run
from mercer.store.database import open_database
from mercer.sync.fanout import FanOut
from tests.sync import hostile
from tests.sync.conftest import Seller
from tests.sync.hostile import WithoutCompareAndSet

Work = Callable[[Seller], Awaitable[None]]


def watched(work: Work, *, settle: float = 0.0) -> Seller:
    """Two shops whose stock is kept while `work` goes on, in virtual time."""
    seller = Seller(open_database(None), LoopClock())
    for name in ("north", "south"):
        seller.add_channel(Channel(name, "memory", name, "CNY"), WithoutCompareAndSet)
        seller.declare(
            name,
            settle=timedelta(seconds=settle),
            deadline=timedelta(minutes=30),
            orders=OrderReads(timedelta(seconds=5), every=timedelta(seconds=15)),
        )
        seller.at(name).write_lag = timedelta(seconds=settle)

    async def all_of_it() -> None:
        await seller.agree("p", "S", quantity=10)
        await seller.clock.sleep(5)
        task = asyncio.create_task(FanOut(seller.session).run())
        await work(seller)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

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
        assert len(seller.at("south").writes) <= 2

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


def test_a_number_is_raised_again_when_an_order_is_cancelled() -> None:
    async def work(seller: Seller) -> None:
        order = seller.sell("north", "S", 4)
        await seller.clock.sleep(5)
        assert seller.quantity("south", "S") == 6
        seller.shops["north"].cancel(order.order, seller.clock.now())
        await seller.clock.sleep(45)
        assert seller.quantity("south", "S") == 10

    watched(work)


def test_a_write_that_is_lost_is_sent_again() -> None:
    async def work(seller: Seller) -> None:
        seller.at("south").faults = [hostile.swallow]
        seller.sell("north", "S", 4)
        await seller.clock.sleep(30)
        assert seller.quantity("south", "S") == 6

    watched(work, settle=5.0)


@pytest.mark.parametrize("error", [Transient("away", in_doubt=False), AuthExpired("expired")])
def test_one_shops_trouble_leaves_the_other_in_step(error: Exception) -> None:
    async def work(seller: Seller) -> None:
        seller.at("north").read_faults = [error] * 3
        seller.sell("north", "S", 4)
        seller.sell("south", "S", 1)
        await seller.clock.sleep(640)
        assert seller.quantity("south", "S") == 5
        assert seller.quantity("north", "S") == 5

    watched(work)


def test_a_shop_that_is_left_alone_is_not_written_to() -> None:
    async def work(seller: Seller) -> None:
        await seller.clock.sleep(120)
        assert seller.at("north").writes == []
        assert seller.at("south").writes == []

    watched(work)
