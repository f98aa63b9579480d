"""The whole flow on two shops in memory."""

from __future__ import annotations

from mercer.core.cell import Field
from mercer.core.merge import Cause, State
from mercer.core.outcome import Outcome
from mercer.sync.adopt import adopt_ours
from tests.sync.conftest import Seller, yuan


async def test_a_first_pull_of_shops_that_agree_leaves_nothing_to_do(seller: Seller) -> None:
    seller.own("tee", "TEE-S", "TEE-M")
    seller.show("north", "tee", "TEE-S", "TEE-M")
    seller.show("south", "tee", "TEE-S", "TEE-M")
    await seller.pull()
    assert seller.plan().totals.changes == 0
    assert seller.cell("north", "TEE-S", Field.PRICE).state is State.AGREED


async def test_a_first_pull_pushes_nothing_before_an_adoption(seller: Seller) -> None:
    seller.own("tee", "TEE-S", price="10.00", quantity=4)
    seller.show("north", "tee", "TEE-S", price="11.00", quantity=9)
    await seller.pull()
    assert seller.cell("north", "TEE-S", Field.PRICE).state is State.UNAGREED
    assert seller.cell("north", "TEE-S", Field.STOCK).state is State.UNAGREED
    plan = seller.plan(channels=("north",))
    assert plan.totals.changes == 0

    assert adopt_ours(seller.session, "north").settled == 2
    plan = seller.plan(channels=("north",))
    assert plan.totals.changes == 2
    applied = await seller.apply(plan)
    assert {item.outcome for item in applied.items} == {Outcome.CONFIRMED}
    assert seller.price("north", "TEE-S") == "10.00 CNY"
    assert seller.quantity("north", "TEE-S") == 4
    assert seller.plan(channels=("north",)).totals.changes == 0


async def test_a_price_set_in_the_book_arrives_on_every_channel(seller: Seller) -> None:
    seller.own("tee", "TEE-S")
    seller.show("north", "tee", "TEE-S")
    seller.show("south", "tee", "TEE-S")
    await seller.pull()
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    assert plan.totals.changes == 2
    await seller.apply(plan)
    assert seller.price("north", "TEE-S") == seller.price("south", "TEE-S") == "9.00 CNY"
    assert seller.plan().totals.changes == 0


async def test_a_back_office_edit_is_drift_with_both_values_and_is_repaired(seller: Seller) -> None:
    seller.own("tee", "TEE-S")
    seller.show("north", "tee", "TEE-S")
    await seller.pull()
    seller.later()
    seller.shops["north"].change("tee", "tee/TEE-S", price=yuan("8.80"))
    await seller.pull()
    cell = seller.cell("north", "TEE-S", Field.PRICE)
    assert (cell.state, cell.cause) == (State.PUSH, Cause.DRIFT)
    assert (cell.observed, cell.desired) == ("8.80 CNY", "10.00 CNY")
    await seller.sync()
    assert seller.price("north", "TEE-S") == "10.00 CNY"
