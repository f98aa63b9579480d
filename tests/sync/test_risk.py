"""New orders are looked at once; a held one keeps its stock and waits for a person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from mercer.core.contract import Declared
from mercer.core.errors import RefusedError, Unsupported
from mercer.core.order import OrderStatus
from mercer.core.risk import LargeQuantity, LowPrice, OrderCheck, OrderFacts
from mercer.store import holds
from mercer.store.holds import Hold
from mercer.sync.deciding import cancel, release
from mercer.sync.intake import pull_orders
from mercer.sync.session import Session
from tests.sync.conftest import Seller, yuan


@dataclass(frozen=True)
class Suspicious:
    name: str = "suspicious"

    def reason_to_hold(self, facts: OrderFacts) -> str | None:
        return "it is an order" if facts.order.lines else None


def watched(seller: Seller, *checks: OrderCheck) -> Session:
    return replace(seller.session, checks=lambda: checks)


async def taken_in(seller: Seller, *checks: OrderCheck) -> None:
    seller.later(1)
    await pull_orders(watched(seller, *checks))


def held(seller: Seller) -> list[Hold]:
    with seller.database.read() as tx:
        return holds.open_holds(tx)


async def test_an_order_that_a_check_stops_is_held_with_its_stock_reserved(seller: Seller) -> None:
    await seller.agree("p", "S")
    order = seller.sell("north", "S", 3)
    await taken_in(seller, Suspicious())
    (hold,) = held(seller)
    assert (hold.channel, hold.order, hold.check) == ("north", order.order, "suspicious")
    balance = seller.balance("S")
    assert balance is not None
    assert balance.reserved == 3


async def test_what_a_person_released_is_not_held_again_by_the_same_check(seller: Seller) -> None:
    await seller.agree("p", "S")
    order = seller.sell("north", "S")
    await taken_in(seller, Suspicious())
    release(seller.session, "north", order.order, "known customer")
    seller.later(1)
    shop = seller.shops["north"]
    shop.orders[order.order] = replace(
        order, status=OrderStatus.COMPLETED, updated_at=seller.clock.now()
    )
    await taken_in(seller, Suspicious())
    assert held(seller) == []


async def test_an_order_that_had_shipped_before_it_was_seen_is_not_held(seller: Seller) -> None:
    await seller.agree("p", "S")
    order = seller.sell("north", "S")
    shop = seller.shops["north"]
    shop.orders[order.order] = replace(order, status=OrderStatus.SHIPPED)
    await taken_in(seller, Suspicious())
    assert held(seller) == []


async def test_the_usual_quantity_is_learnt_from_past_orders(seller: Seller) -> None:
    await seller.agree("p", "S", quantity=200)
    for _ in range(12):
        seller.sell("north", "S", 1)
        seller.later(1)
    await taken_in(seller, LargeQuantity(times=5, least=10))
    assert held(seller) == []
    seller.sell("south", "S", 20)
    await taken_in(seller, LargeQuantity(times=5, least=10))
    (hold,) = held(seller)
    assert hold.reason == "20 of S, where 1 is usual"


async def test_a_price_is_held_against_the_book_and_not_against_the_shop(seller: Seller) -> None:
    await seller.agree("p", "S", price="10.00")
    page, offer = seller.shops["north"].find("S")
    seller.shops["north"].change(page.listing, offer.offer, price=yuan("0.10"))
    seller.sell("north", "S")
    await taken_in(seller, LowPrice())
    (hold,) = held(seller)
    assert hold.reason == "S was sold at 0.10 CNY, where the price book says 10.00 CNY"


async def test_only_a_held_order_can_be_released(seller: Seller) -> None:
    await seller.agree("p", "S")
    order = seller.sell("north", "S")
    await taken_in(seller)
    with pytest.raises(RefusedError, match="is not held"):
        release(seller.session, "north", order.order, "")


async def test_a_cancellation_that_the_platform_declines_leaves_the_order_held(
    seller: Seller,
) -> None:
    await seller.agree("p", "S")
    order = seller.sell("north", "S")
    await taken_in(seller, Suspicious())
    shop = seller.shops["north"]
    gone = tuple(replace(line, shipped=1) for line in order.lines)
    shop.orders[order.order] = replace(order, lines=gone)
    with pytest.raises(RefusedError, match="SHIPPED it has shipped"):
        await cancel(seller.session, "north", order.order, "odd")
    assert len(held(seller)) == 1


async def test_where_the_seller_cannot_cancel_the_way_out_is_named(seller: Seller) -> None:
    await seller.agree("p", "S")
    order = seller.sell("north", "S")
    await taken_in(seller)
    seller.connections["north"] = replace(
        seller.connections["north"], adapter=_Reader(seller.at("north").declared)
    )
    with pytest.raises(Unsupported) as caught:
        await cancel(seller.session, "north", order.order, "odd")
    assert "back office" in caught.value.hint


@dataclass(frozen=True)
class _Reader:
    declared: Declared
