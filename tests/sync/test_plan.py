"""A plan is a contract: what apply is held to, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from mercer.core.cell import Field, Lane
from mercer.core.contract import GroupBy
from mercer.core.errors import InputError, RefusedError, Transient
from mercer.core.guard import GuardSettings
from mercer.core.listing import ListingStatus
from mercer.core.merge import Cause, State
from mercer.core.outcome import Outcome
from mercer.core.policy import ASK
from mercer.core.price import PriceEntry
from mercer.core.product import Product, Sku
from mercer.core.stock_rule import StockRule
from mercer.store import tables
from mercer.sync.catalogue import save_products, set_prices
from mercer.sync.planning import LIFETIME
from mercer.sync.stocktake import Count, take_stock
from tests.sync.conftest import Seller, yuan


async def test_a_stored_change_that_was_tampered_with_is_refused(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    with seller.database.write() as tx:
        tx.execute(update(tables.changes).values(after="0.01 CNY"))
    with pytest.raises(RefusedError, match="not what was reviewed"):
        await seller.apply(plan)
    assert seller.price("north", "TEE-S") == "10.00 CNY"


async def test_a_guard_lifted_behind_the_plans_back_is_refused(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "1.00")
    plan = seller.plan()
    assert plan.totals.blocked == 2
    with seller.database.write() as tx:
        tx.execute(update(tables.changes).values(guard=""))
    with pytest.raises(RefusedError):
        await seller.apply(plan)


async def test_a_plan_holds_until_its_last_moment_and_not_beyond(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    seller.clock.advance(LIFETIME.total_seconds() - 1)
    assert (await seller.apply(plan)).count(Outcome.CONFIRMED) == 2
    seller.later(1)
    with pytest.raises(RefusedError, match="expired"):
        await seller.apply(plan)


async def test_a_plan_that_does_not_exist_is_an_error_that_says_so(seller: Seller) -> None:
    plan = seller.plan()
    with pytest.raises(InputError, match="no plan 'p99'"):
        await seller.apply(replace(plan, header=replace(plan.header, id="p99")))


async def test_applying_a_plan_twice_changes_nothing_and_writes_nothing(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    seller.set_price("TEE-S", "9.00")
    seller.count("TEE-M", 7)
    plan = seller.plan()
    await seller.apply(plan)
    written = len(seller.at("north").writes)
    again = await seller.apply(plan)
    assert {item.outcome for item in again.items} == {Outcome.CONFIRMED}
    assert len(seller.at("north").writes) == written
    assert seller.journal(again.run) == []


async def test_a_fresh_plan_after_a_clean_apply_is_empty(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    seller.set_price("TEE-S", "9.00")
    seller.count("TEE-M", 7)
    await seller.apply(seller.plan())
    assert seller.plan().totals.changes == 0


async def test_what_is_in_flight_is_not_planned_before_its_deadline(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.declare("north", deadline=timedelta(minutes=5))
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan(channels=("north",))
    north = seller.at("north")
    north.read_faults = [None, *[Transient("not reachable", in_doubt=False)] * 9]
    # The write is taken; the connection then breaks before anything could be read back.
    applied = await seller.apply(plan)
    assert applied.count(Outcome.UNCONVERGED) == 1
    assert seller.plan(channels=("north",)).totals.changes == 0
    seller.later(301)
    assert seller.plan(channels=("north",)).totals.changes == 1
    # Once it can be read, it is seen that the first write was taken, and nothing is sent again.
    north.read_faults.clear()
    cycle = await seller.sync()
    assert cycle.plan.totals.changes == 1
    assert len(north.writes) == 1


async def test_a_price_set_anew_since_the_plan_makes_its_change_stale(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    seller.set_price("TEE-S", "9.50")
    applied = await seller.apply(plan)
    assert {item.outcome for item in applied.items} == {Outcome.STALE}
    assert "9.50 CNY" in applied.items[0].reason
    assert seller.price("north", "TEE-S") == "10.00 CNY"


async def test_a_rule_changed_since_the_plan_makes_its_changes_stale(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.count("TEE-S", 8)
    plan = seller.plan()
    seller.rule("north", stock_rule=StockRule("half", percent=50))
    applied = await seller.apply(plan)
    outcomes = {item.change.cell.channel: item.outcome for item in applied.items}
    assert outcomes == {"north": Outcome.STALE, "south": Outcome.CONFIRMED}
    assert seller.quantity("north", "TEE-S") == 10


async def test_an_edit_between_plan_and_apply_is_not_overwritten_and_shows_as_a_conflict(
    seller: Seller,
) -> None:
    seller.rule("north", policies={Field.PRICE: ASK})
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan(channels=("north",))
    seller.later()
    seller.shops["north"].change("tee", "tee/TEE-S", price=yuan("8.80"))
    applied = await seller.apply(plan)
    (item,) = applied.items
    assert item.outcome is Outcome.STALE
    assert "8.80 CNY" in item.reason
    assert seller.price("north", "TEE-S") == "8.80 CNY"
    cell = seller.cell("north", "TEE-S", Field.PRICE)
    assert (cell.state, cell.observed, cell.desired) == (State.CONFLICT, "8.80 CNY", "9.00 CNY")


async def test_an_edit_between_plan_and_apply_is_a_conflict_of_the_next_plan(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan(channels=("north",))
    seller.shops["north"].change("tee", "tee/TEE-S", price=yuan("8.80"))
    seller.later()
    await seller.apply(plan)
    (change,) = seller.changes(seller.plan(channels=("north",)))
    assert (change.before, change.after) == ("8.80 CNY", "9.00 CNY")
    assert Cause.CONFLICT.value in change.why


async def test_an_unknown_price_and_an_uncounted_stock_are_blocked_and_never_nothing(
    seller: Seller,
) -> None:
    save_products(seller.session, [Product("tee", "Tee", skus=(Sku("TEE-S"),))])
    seller.show("north", "tee", "TEE-S", price="5.00", quantity=3)
    await seller.pull()
    plan = seller.plan(channels=("north",), fields=(Field.PRICE, Field.STOCK))
    guards = {change.cell.field: change.guard for change in seller.changes(plan)}
    assert guards[Field.PRICE].startswith("missing-price")
    assert guards[Field.STOCK].startswith("missing-stock")
    assert {change.after for change in seller.changes(plan)} == {None}
    applied = await seller.apply(plan)
    assert {item.outcome for item in applied.items} == {Outcome.BLOCKED}
    assert (seller.price("north", "TEE-S"), seller.quantity("north", "TEE-S")) == ("5.00 CNY", 3)


async def test_no_one_can_allow_an_unknown_price(seller: Seller) -> None:
    save_products(seller.session, [Product("tee", "Tee", skus=(Sku("TEE-S"),))])
    seller.show("north", "tee", "TEE-S")
    await seller.pull()
    plan = seller.plan(allowed=("missing-price", "missing-stock"), reason="try")
    assert plan.totals.changes == plan.totals.blocked > 0


async def test_a_guard_let_pass_by_name_lets_that_sku_pass_and_no_other(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    seller.set_price("TEE-S", "5.00")
    seller.set_price("TEE-M", "5.00")
    plan = seller.plan(channels=("north",), allowed=("big-move:TEE-S",), reason="a sale")
    assert plan.header.allowed == ("big-move:TEE-S (tester: a sale)",)
    await seller.apply(plan)
    assert seller.price("north", "TEE-S") == "5.00 CNY"
    assert seller.price("north", "TEE-M") == "10.00 CNY"


async def test_a_guard_tightened_by_a_floor_since_the_plan_stops_the_change(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan(channels=("north",))
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("9.00"), floor=yuan("9.50"))])
    (item,) = (await seller.apply(plan)).items
    assert item.outcome is Outcome.BLOCKED
    assert "below-floor" in item.reason
    assert seller.price("north", "TEE-S") == "10.00 CNY"


@pytest.mark.parametrize("by", [GroupBy.OFFER, GroupBy.LISTING])
async def test_a_guarded_member_holds_back_its_group_and_no_other(
    seller: Seller, by: GroupBy
) -> None:
    seller.declare("north", groups={Lane.PRICE: by})
    await seller.agree("tee", "TEE-S", "TEE-M")
    await seller.agree("cap", "CAP")
    seller.set_price("TEE-S", "1.00")
    seller.set_price("TEE-M", "9.00")
    seller.set_price("CAP", "9.00")
    await seller.apply(seller.plan(channels=("north",)))
    assert seller.price("north", "TEE-S") == "10.00 CNY"
    together = by is GroupBy.LISTING
    assert seller.price("north", "TEE-M") == ("10.00 CNY" if together else "9.00 CNY")
    assert seller.price("north", "CAP") == "9.00 CNY"


async def test_a_stale_member_leaves_its_group_whole(seller: Seller) -> None:
    seller.declare("north", groups={Lane.PRICE: GroupBy.LISTING})
    await seller.agree("tee", "TEE-S", "TEE-M")
    seller.set_price("TEE-S", "9.00")
    seller.set_price("TEE-M", "9.00")
    plan = seller.plan(channels=("north",))
    seller.later()
    seller.shops["north"].change("tee", "tee/TEE-S", price=yuan("8.80"))
    applied = await seller.apply(plan)
    assert {item.outcome for item in applied.items} == {Outcome.STALE}
    assert seller.price("north", "TEE-M") == "10.00 CNY"


async def test_a_price_and_its_strike_through_are_judged_together(seller: Seller) -> None:
    seller.own("tee", "TEE-S")
    seller.show("north", "tee", "TEE-S")
    seller.shops["north"].change("tee", "tee/TEE-S", compare_at=yuan("12.00"))
    await seller.pull()
    entry = PriceEntry("TEE-S", yuan("12.50"), compare_at=yuan("15.00"))
    set_prices(seller.session, [entry])
    await seller.apply(seller.plan(channels=("north",)))
    assert seller.price("north", "TEE-S") == "10.00 CNY", "compare-at was never agreed on"


async def test_a_plan_can_be_narrowed_to_skus(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S", "TEE-M")
    seller.set_price("TEE-S", "9.00")
    seller.set_price("TEE-M", "9.00")
    plan = seller.plan(skus=frozenset({"TEE-M"}))
    assert {change.sku for change in seller.changes(plan)} == {"TEE-M"}
    await seller.apply(plan)
    assert seller.price("south", "TEE-S") == "10.00 CNY"
    assert seller.price("south", "TEE-M") == "9.00 CNY"


async def test_a_plan_can_be_narrowed_to_fields(seller: Seller) -> None:
    await seller.agree("tee", "TEE-S")
    seller.set_price("TEE-S", "9.00")
    seller.count("TEE-S", 4)
    plan = seller.plan(fields=(Field.STOCK,))
    assert {change.cell.field for change in seller.changes(plan)} == {Field.STOCK}


def _skus(count: int) -> tuple[str, ...]:
    return tuple(f"S{number:02}" for number in range(count))


async def test_too_wide_a_change_of_a_channel_is_blocked_until_it_is_allowed(
    seller: Seller,
) -> None:
    seller.rule("north", guards=GuardSettings(share_from=3))
    skus = _skus(10)
    await seller.agree("big", *skus)
    for sku in skus[:4]:
        seller.set_price(sku, "9.00")
    plan = seller.plan()
    blocked = {(c.cell.channel, c.guard.partition(":")[0]) for c in seller.changes(plan)}
    assert blocked == {("north", "wide-change"), ("south", "")}
    allowed = seller.plan(channels=("north",), allowed=("wide-change",), reason="new season")
    assert allowed.totals.blocked == 0


async def test_a_share_of_a_channel_is_no_alarm_up_to_its_limit(seller: Seller) -> None:
    seller.rule("north", guards=GuardSettings(share_from=2))
    skus = _skus(10)
    await seller.agree("big", *skus)
    for sku in skus[:3]:
        seller.set_price(sku, "9.00")
    assert seller.plan().totals.blocked == 0


async def test_a_narrowed_plan_is_judged_by_what_is_in_it(seller: Seller) -> None:
    seller.rule("north", guards=GuardSettings(share_from=3))
    skus = _skus(10)
    await seller.agree("big", *skus)
    for sku in skus[:8]:
        seller.set_price(sku, "9.00")
    plan = seller.plan(channels=("north",), skus=frozenset(skus[:2]))
    assert (plan.totals.changes, plan.totals.blocked) == (2, 0)


async def test_a_mass_sell_out_is_blocked_while_prices_go_on(seller: Seller) -> None:
    seller.rule("north", guards=GuardSettings(share_from=3))
    skus = _skus(10)
    await seller.agree("big", *skus)
    for sku in skus[:5]:
        seller.count(sku, 0)
    seller.set_price(skus[9], "9.00")
    plan = seller.plan(channels=("north",))
    guards = {change.cell.field: change.guard for change in seller.changes(plan)}
    assert guards[Field.STOCK].startswith("mass-sell-out")
    assert guards[Field.PRICE] == ""
    await seller.apply(plan)
    assert seller.quantity("north", skus[0]) == 10


async def test_money_at_risk_is_what_the_cuts_come_to_over_the_units_shown(
    seller: Seller,
) -> None:
    await seller.agree("tee", "TEE-S", quantity=8)
    seller.set_price("TEE-S", "9.00")
    assert seller.plan(channels=("north",)).totals.at_risk == ("north: 8.00 CNY",)
    seller.rule("north", guards=GuardSettings(max_risk=yuan("5.00")))
    plan = seller.plan(channels=("north",))
    assert seller.changes(plan)[0].guard.startswith("money-at-risk")


@pytest.mark.parametrize("lane", ["price", "stock", "title", "create"])
async def test_the_estimate_is_the_number_of_calls_that_were_made(
    seller: Seller, lane: str
) -> None:
    skus = _skus(6)
    seller.declare("north", read_back=50)
    for sku in skus:
        await seller.agree(f"P-{sku}", sku)
    if lane == "price":
        for sku in skus:
            seller.set_price(sku, "9.00")
    elif lane == "stock":
        for sku in skus:
            seller.count(sku, 4)
    elif lane == "title":
        products = [Product(f"P-{sku}", "New title", skus=(Sku(sku),)) for sku in skus]
        save_products(seller.session, products)
    else:
        seller.own("new", "NEW-1")
        seller.own("other", "NEW-2")
    plan = seller.plan(channels=("north",))
    assert plan.totals.blocked == 0
    before = len(seller.at("north").calls)
    applied = await seller.apply(plan)
    assert {item.outcome for item in applied.items} == {Outcome.CONFIRMED}
    assert len(seller.at("north").calls) - before == plan.totals.calls


async def test_what_a_platform_lacks_is_said_in_the_plan(seller: Seller) -> None:
    fields = frozenset(Field) - {Field.COMPARE_AT}
    seller.declare("north", fields=fields, notes={"compare_at": "it has no compare-at price"})
    seller.own("tee", "TEE-S")
    assert seller.plan().notes == ()
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("10.00"), compare_at=yuan("12.00"))])
    assert "north: it has no compare-at price" in seller.plan().notes


async def test_a_sold_out_page_goes_back_on_the_shelf_with_the_stock_that_comes_in(
    seller: Seller,
) -> None:
    seller.own("tee", "TEE-S", quantity=0)
    seller.show("north", "tee", "TEE-S", quantity=0)
    shop = seller.shops["north"]
    shop.rewrite("tee", status=ListingStatus.SOLD_OUT)
    await seller.pull()
    take_stock(seller.session, [Count("TEE-S", "", 5)])
    plan = seller.plan(channels=("north",))
    shop.rewrite("tee", status=ListingStatus.DELISTED)  # what the stock written first makes of it
    applied = await seller.apply(plan)
    assert {item.outcome for item in applied.items} == {Outcome.CONFIRMED}
    assert shop.listings["tee"].status is ListingStatus.LISTED
