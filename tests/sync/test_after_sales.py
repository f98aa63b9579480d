"""After-sales cases: read once, the newest version kept; goods come back only when a person says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mercer.core.after_sales import Case, CaseKind, CaseStatus
from mercer.core.contract import OrderReads
from mercer.core.errors import InputError, RefusedError, Transient
from mercer.core.order import Order
from mercer.core.product import Product, Sku
from mercer.core.shipping import Packed, Parcel
from mercer.core.stock import MovementKind
from mercer.store import cases, tables
from mercer.sync.after_sales import decide_goods, found_case, pull_after_sales
from mercer.sync.catalogue import save_products
from tests.sync.conftest import Seller


async def asked_back(seller: Seller, quantity: int = 1) -> tuple[Order, Case]:
    """An order of two that has shipped, some of which the buyer wants to send back."""
    await seller.agree("p", "S")
    order = seller.sell("north", "S", 2)
    shop = seller.shops["north"]
    shop.ship(order.order, Parcel("T1", "sf", (Packed("1", 2),)), seller.clock.now())
    seller.later(1)
    await seller.pull()
    case = shop.ask_back(order.order, "1", quantity, seller.clock.now())
    seller.later(1)
    await pull_after_sales(seller.session)
    return order, case


def on_hand(seller: Seller, sku: str = "S") -> int:
    balance = seller.balance(sku)
    assert balance is not None
    return balance.on_hand


async def test_a_case_is_read_with_its_order_and_is_due(seller: Seller) -> None:
    order, case = await asked_back(seller)
    with seller.database.read() as tx:
        (kept,) = cases.listed(tx, only_open=True)
        soon = cases.listed(tx, due_before=seller.clock.now() + timedelta(hours=1))
    assert kept.case == case
    assert (kept.channel, kept.number) == ("north", order.number)
    assert soon == []


async def test_a_second_pull_takes_nothing_in_twice(seller: Seller) -> None:
    await asked_back(seller)
    taken, _ = await pull_after_sales(seller.session)
    assert taken["north"].new == 0
    assert len(seller.rows(tables.cases)) == 1


async def test_a_look_that_is_not_due_yet_is_put_off(seller: Seller) -> None:
    await asked_back(seller)
    seller.declare("north", after_sales=OrderReads(timedelta(0), every=timedelta(minutes=30)))
    before = seller.clock.now()
    seller.later(60)
    taken, _ = await pull_after_sales(seller.session, ["north"], only_due=True)
    assert taken["north"].as_of == before
    assert taken["north"].next_look_at == before + timedelta(minutes=30)
    seller.later(29 * 60)
    taken, _ = await pull_after_sales(seller.session, ["north"], only_due=True)
    assert taken["north"].next_look_at is None


async def test_a_cycle_takes_cases_in_and_one_that_fails_leaves_the_rest_done(
    seller: Seller,
) -> None:
    _, case = await asked_back(seller)
    seller.later(120)
    seller.shops["north"].settle_case(case.case, CaseStatus.DONE, seller.clock.now())
    seller.set_price("S", "11.00")
    seller.at("south").case_faults = [Transient("away", in_doubt=False)]
    seller.later(1)
    cycle = await seller.sync()
    assert cycle.cases["north"].new == 1
    assert list(cycle.failed) == ["south"]
    assert seller.price("south", "S") == "11.00 CNY"


async def test_a_newer_version_counts_and_an_older_one_does_not(seller: Seller) -> None:
    _, case = await asked_back(seller)
    seller.later(60)
    seller.shops["north"].settle_case(case.case, CaseStatus.DONE, seller.clock.now())
    seller.later(1)
    await pull_after_sales(seller.session)
    with seller.database.write() as tx:
        assert not cases.save(tx, "north", case)
    assert found_case(seller.session, case.case).case.status is CaseStatus.DONE


async def test_goods_that_come_back_are_on_hand_only_once_a_person_says_so(seller: Seller) -> None:
    _, case = await asked_back(seller)
    assert on_hand(seller) == 8
    seller.shops["north"].settle_case(case.case, CaseStatus.DONE, seller.clock.now())
    seller.later(1)
    await pull_after_sales(seller.session)
    await seller.pull()
    assert on_hand(seller) == 8
    decided = decide_goods(seller.session, case.case, cases.RESTOCK, "")
    assert decided.units == {"S": 1}
    assert on_hand(seller) == 9
    returned = [row for row in seller.rows(tables.movements) if row["kind"] == MovementKind.RETURN]
    assert [(row["on_hand"], row["who"]) for row in returned] == [(1, "tester")]


async def test_the_goods_of_a_case_are_settled_once(seller: Seller) -> None:
    _, case = await asked_back(seller)
    decide_goods(seller.session, case.case, cases.RESTOCK, "")
    with pytest.raises(RefusedError, match="settled already: restock"):
        decide_goods(seller.session, case.case, cases.WRITE_OFF, "")
    assert on_hand(seller) == 9


async def test_goods_that_are_written_off_stay_away(seller: Seller) -> None:
    _, case = await asked_back(seller)
    decide_goods(seller.session, case.case, cases.WRITE_OFF, "")
    assert on_hand(seller) == 8


async def test_a_refund_without_goods_has_nothing_to_restock(seller: Seller) -> None:
    order, _ = await asked_back(seller)
    now = seller.clock.now()
    money_only = Case("R1", order.order, CaseKind.REFUND, CaseStatus.DONE, now, now)
    with seller.database.write() as tx:
        cases.save(tx, "north", money_only)
    with pytest.raises(RefusedError, match="no goods come back"):
        decide_goods(seller.session, "R1", cases.RESTOCK, "")


async def test_a_bundle_comes_back_as_its_parts(seller: Seller) -> None:
    order, _ = await asked_back(seller)
    bundle = Product("set", "A set", None, skus=(Sku("SET", parts=(("S", 2),)),))
    save_products(seller.session, [bundle])
    with seller.database.write() as tx:
        tx.execute(tables.order_lines.update().values(sku="SET"))
    now = seller.clock.now()
    lines = (Packed("1", 1),)
    case = Case("B1", order.order, CaseKind.RETURN, CaseStatus.DONE, now, now, lines)
    with seller.database.write() as tx:
        cases.save(tx, "north", case)
    assert decide_goods(seller.session, "B1", cases.RESTOCK, "").units == {"S": 2}
    assert on_hand(seller) == 10


async def test_an_unknown_case_is_named_with_the_way_to_read_it(seller: Seller) -> None:
    with pytest.raises(InputError, match="no after-sales case 'X'"):
        found_case(seller.session, "X")
