"""A plan that risks much is applied only after somebody approved exactly that plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from mercer.core.approval import ApprovalRules
from mercer.core.errors import InputError, MercerError, RefusedError
from mercer.core.outcome import Outcome
from mercer.store import plans, tables
from mercer.store.plans import Plan
from mercer.sync.approval import Standing, standing
from mercer.sync.engine.inline import Inline
from mercer.sync.engine.protocol import done
from mercer.sync.plan_approval import approve, withdraw
from mercer.sync.planning import LIFETIME
from mercer.sync.session import Session
from tests.sync.conftest import Seller, yuan

RULES = ApprovalRules(above=yuan("5.00"))


@pytest.fixture
async def seller(seller: Seller) -> Seller:
    """Whoever plans is `tester`; a cut of TEE-S by 1.00 on two shops with 10 units puts 20.00 at risk."""
    await seller.agree("tee", "TEE-S", "TEE-M")
    seller.reporting_currency = "CNY"
    seller.approval = RULES
    return seller


def named(seller: Seller, who: str) -> Session:
    return replace(seller.session, who=who)


def stands(seller: Seller, plan: Plan) -> Standing:
    with seller.database.read() as tx:
        return standing(tx, seller.session, plan)


def kinds(seller: Seller) -> list[str]:
    told = [row for row in seller.rows(tables.audit) if "appro" in row["kind"]]
    return [f"{row['kind']} {row['plan']} by {row['who']}" for row in told]


async def test_what_risks_little_needs_nobody(seller: Seller) -> None:
    seller.set_price("TEE-S", "10.50")
    plan = seller.plan()
    assert stands(seller, plan) == Standing((), (), "")
    assert (await seller.apply(plan)).count(Outcome.CONFIRMED) == 2


async def test_what_risks_much_is_refused_until_a_second_person_approves_it(seller: Seller) -> None:
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    with pytest.raises(
        RefusedError, match=r"of somebody else than tester.*cuts of 20\.00 CNY are more"
    ):
        await seller.apply(plan)
    with pytest.raises(RefusedError, match="tester made plan"):
        approve(seller.session, plan.header.id)
    assert seller.price("north", "TEE-S") == "10.00 CNY"
    approve(named(seller, "bob"), plan.header.id, "singles day")
    (given,) = stands(seller, plan).given
    assert (given.who, given.checksum, given.reason) == ("bob", plan.checksum, "singles day")
    assert (await seller.apply(plan)).count(Outcome.CONFIRMED) == 2
    assert kinds(seller) == [f"plan approved {plan.header.id} by bob"]


async def test_whoever_made_it_may_approve_it_where_nobody_else_is_asked_for(
    seller: Seller,
) -> None:
    seller.approval = replace(RULES, second_person=False)
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    assert stands(seller, plan).lacks.startswith(f"plan {plan.header.id} needs approval: ")
    approve(seller.session, plan.header.id)
    assert not stands(seller, plan).lacks
    seller.approval = RULES
    assert "somebody else" in stands(seller, plan).lacks


async def test_an_approval_that_is_given_twice_is_one_and_is_taken_back_whole(
    seller: Seller,
) -> None:
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    for who in ("bob", "bob", "eve"):
        approve(named(seller, who), plan.header.id)
    assert [each.who for each in stands(seller, plan).given] == ["bob", "eve"]
    assert withdraw(seller.session, plan.header.id) == 2
    assert stands(seller, plan).given == ()
    with pytest.raises(RefusedError):
        await seller.apply(plan)
    with pytest.raises(InputError, match="nobody has approved"):
        withdraw(seller.session, plan.header.id)
    id = plan.header.id
    assert kinds(seller) == [
        f"plan approved {id} by bob",
        f"plan approved {id} by eve",
        f"approval withdrawn {id} by tester",
    ]


async def test_an_approval_is_of_one_plan_and_no_other(seller: Seller) -> None:
    seller.set_price("TEE-S", "9.00")
    first = seller.plan()
    approve(named(seller, "bob"), first.header.id)
    second = seller.plan()
    assert stands(seller, second).lacks
    assert stands(seller, replace(first, checksum=second.checksum)).lacks


async def test_a_plan_that_was_changed_behind_its_back_cannot_be_approved(seller: Seller) -> None:
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    with seller.database.write() as tx:
        plans.finish(tx, replace(plan, totals=replace(plan.totals, cuts="0.00 CNY")))
    with pytest.raises(RefusedError, match="not what was reviewed"):
        approve(named(seller, "bob"), plan.header.id)
    with pytest.raises(RefusedError, match="not what was reviewed"):
        await seller.apply(plan)


async def test_what_a_change_risks_cannot_be_changed_behind_its_back(seller: Seller) -> None:
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    with seller.database.write() as tx:
        tx.execute(update(tables.changes).values(units=1))
    with pytest.raises(RefusedError, match="not what was reviewed"):
        approve(named(seller, "bob"), plan.header.id)


async def test_an_approval_ends_with_its_plan(seller: Seller) -> None:
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    approve(named(seller, "bob"), plan.header.id)
    seller.later(LIFETIME.total_seconds())
    with pytest.raises(RefusedError, match="expired"):
        approve(named(seller, "eve"), plan.header.id)
    with pytest.raises(RefusedError, match="expired"):
        await seller.apply(plan)


async def test_there_is_nothing_to_approve_in_a_plan_that_changes_nothing(seller: Seller) -> None:
    with pytest.raises(InputError, match="nothing to apply"):
        approve(named(seller, "bob"), seller.plan().header.id)
    with pytest.raises(InputError, match="no plan 'p99'"):
        approve(named(seller, "bob"), "p99")


async def test_a_risk_that_nobody_knows_needs_approval(seller: Seller) -> None:
    seller.approval = ApprovalRules(changes=100)
    seller.set_price("TEE-S", "10.50")
    assert not stands(seller, seller.plan()).needed
    seller.reporting_currency = "EUR"
    assert stands(seller, seller.plan()).needed == ("what its cuts come to is not known",)


async def test_a_cycle_holds_the_plan_and_lets_stock_go(seller: Seller) -> None:
    seller.set_price("TEE-S", "9.00")
    seller.count("TEE-M", 4)
    cycle = await seller.sync()
    assert cycle.held is not None
    assert f"plan {cycle.plan.header.id} needs the approval" in cycle.held.message
    assert seller.price("north", "TEE-S") == "10.00 CNY"
    assert seller.quantity("north", "TEE-M") == 4
    assert cycle.applied is not None
    assert cycle.applied.plan != cycle.plan.header.id
    approve(named(seller, "bob"), cycle.plan.header.id)
    await seller.apply(cycle.plan)
    assert seller.price("north", "TEE-S") == "9.00 CNY"
    assert (await seller.sync()).held is None


async def test_a_cycle_without_stock_to_push_applies_nothing(seller: Seller) -> None:
    seller.set_price("TEE-S", "9.00")
    cycle = await seller.sync()
    assert cycle.held is not None
    assert cycle.applied is None


async def test_a_round_of_a_worker_holds_the_plan_and_says_so_last(seller: Seller) -> None:
    seller.set_price("TEE-S", "9.00")
    seller.count("TEE-M", 4)
    engine = Inline(seller.session)
    with pytest.raises(MercerError, match="plan p1 needs the approval") as error:
        await done(engine, "sync", "north", key="one")
    assert error.value.channel == "north"
    assert seller.quantity("north", "TEE-M") == 4
    assert seller.price("north", "TEE-S") == "10.00 CNY"


async def test_a_plan_that_began_is_not_gone_on_with_once_its_approval_is_withdrawn(
    seller: Seller,
) -> None:
    seller.set_price("TEE-S", "9.00")
    plan = seller.plan()
    approve(named(seller, "bob"), plan.header.id)
    await seller.apply(plan)
    withdraw(named(seller, "bob"), plan.header.id)
    with pytest.raises(RefusedError, match="needs the approval"):
        await seller.apply(plan)
