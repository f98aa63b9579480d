"""The last units of what sells fast are dealt out: no shop can sell what another has sold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mercer.core.cell import Field
from mercer.core.stock_rule import StockRule
from mercer.sandbox.laboratory.virtual_time import LoopClock, run
from mercer.store.tables import deals
from mercer.sync.dealing import deal_out
from mercer.sync.planning import Request, make_plan
from tests.sync.conftest import Seller
from tests.sync.test_fanout import Work, two_shops, watched


def dealing(work: Work, *, quantity: int = 10, **rules: StockRule) -> Seller:
    """Two shops that sell one SKU, whose stock is kept while `work` goes on."""

    async def ruled(seller: Seller) -> None:
        for channel, rule in rules.items():
            seller.rule(channel, stock_rule=rule)

    return watched(work, quantity=quantity, before=ruled, deal_out=True)


def shown(seller: Seller) -> tuple[int, int]:
    return seller.quantity("north", "S"), seller.quantity("south", "S")


def test_the_last_units_of_what_sells_fast_are_shown_on_one_channel_each() -> None:
    async def work(seller: Seller) -> None:
        for _ in range(3):
            seller.sell("north", "S", 2)
            await seller.clock.sleep(2)
        await seller.clock.sleep(30)
        assert sum(shown(seller)) == 4
        why = seller.cell("south", "S", Field.STOCK).why
        assert why.endswith("it sells fast: 2 of the last units dealt to this channel")

    dealing(work)


def test_one_buyer_is_enough_where_the_next_one_may_be_the_last() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 1)
        await seller.clock.sleep(5)
        assert shown(seller) == (1, 1)

    dealing(work, quantity=3)


def test_a_sale_of_a_share_needs_no_other_number() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 6)
        seller.sell("south", "S", 6)
        await seller.clock.sleep(20)
        assert shown(seller) == (4, 4)
        writes = len(seller.at("south").writes)
        for _ in range(3):
            seller.sell("north", "S", 1)
            await seller.clock.sleep(5)
        assert shown(seller) == (1, 4)
        assert len(seller.at("south").writes) == writes

    dealing(work, quantity=20)


def test_a_channel_that_sold_its_share_is_dealt_of_what_others_have_left() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 6)
        seller.sell("south", "S", 6)
        await seller.clock.sleep(20)
        seller.sell("north", "S", 4)
        await seller.clock.sleep(60)
        north, south = shown(seller)
        assert (north + south, north > 0, south > 0) == (4, True, True)

    dealing(work, quantity=20)


def test_where_a_number_acts_late_its_share_is_not_dealt_to_others() -> None:
    seller = two_shops(deal_out=True)
    seller.declare("south", settle=timedelta(minutes=5))

    async def work() -> None:
        await seller.agree("p", "S", quantity=20)
        seller.sell("north", "S", 6)
        seller.sell("south", "S", 6)
        await seller.pull()
        deal_out(seller.session)
        seller.sell("north", "S", 4)
        await seller.clock.sleep(60)
        await seller.pull()
        deal_out(seller.session)
        assert desired(seller) == ("0", "4")

    assert isinstance(seller.clock, LoopClock)
    run(seller.clock, work())


def test_when_the_rush_is_over_each_channel_shows_what_is_left() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 6)
        await seller.clock.sleep(30)
        assert sum(shown(seller)) == 4
        await seller.clock.sleep(330)
        assert shown(seller) == (4, 4)
        assert seller.rows(deals) == []

    dealing(work)


def test_a_unit_that_is_given_back_after_the_rush_is_shown_on_one_channel() -> None:
    async def work(seller: Seller) -> None:
        order = seller.sell("north", "S", 10)
        await seller.clock.sleep(600)
        assert shown(seller) == (0, 0)
        seller.shops["north"].cancel(order.number, seller.clock.now())
        await seller.clock.sleep(60)
        assert sum(shown(seller)) == 10
        await seller.clock.sleep(330)
        assert shown(seller) == (10, 10)

    dealing(work)


def test_what_sold_out_is_forgotten_in_the_end() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 10)
        await seller.clock.sleep(1000)
        assert shown(seller) == (0, 0)
        assert seller.rows(deals) == []

    dealing(work)


@pytest.mark.parametrize("sold", [6, 10])
def test_new_goods_end_the_dealing(sold: int) -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", sold)
        await seller.clock.sleep(30)
        seller.count("S", 100 + sold)
        await seller.clock.sleep(60)
        assert shown(seller) == (100, 100)

    dealing(work)


def test_a_channel_may_stay_out_of_it() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 6)
        await seller.clock.sleep(30)
        assert shown(seller) == (4, 4)

    dealing(work, south=StockRule("south", deal_out=False))


def test_what_a_rule_holds_back_on_one_channel_is_dealt_to_the_other() -> None:
    async def work(seller: Seller) -> None:
        seller.sell("north", "S", 6)
        await seller.clock.sleep(30)
        assert shown(seller) == (4, 0)

    dealing(work, south=StockRule("south", buffer=4))


async def test_a_plan_ends_the_deals_that_nobody_keeps(seller: Seller) -> None:
    await seller.agree("p", "S", quantity=10)
    seller.sell("north", "S", 6)
    await seller.pull()
    deal_out(seller.session)
    assert desired(seller) == ("3", "1")
    seller.clock.advance(360)
    make_plan(seller.session, Request())
    assert desired(seller) == ("4", "4")


def desired(seller: Seller) -> tuple[str | None, ...]:
    return tuple(seller.cell(name, "S", Field.STOCK).desired for name in ("north", "south"))
