"""A second person approves a campaign beforehand, and its edges go without anybody, as far as foreseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mercer.core.approval import ApprovalRules
from mercer.core.campaign import Campaign, Edge, Tolerance
from mercer.core.errors import InputError, MercerError, RefusedError
from mercer.core.price import PriceEntry
from mercer.store import tables
from mercer.sync import campaigns as making
from mercer.sync import plan_approval
from mercer.sync.apply import apply_plan
from mercer.sync.campaign_approval import Beforehand, approve, beforehand, needs, withdraw
from mercer.sync.campaigns import Wish
from mercer.sync.cycle import sync
from mercer.sync.engine.inline import Inline
from mercer.sync.engine.protocol import done
from mercer.sync.planning import Request
from mercer.sync.session import Session
from tests.sync.conftest import Seller, yuan

pytestmark = pytest.mark.both_databases

START, END = (datetime.fromisoformat(f"2026-11-{day} 00:00") for day in (11, 12))

LATE = Tolerance.parse("0s..+30m")

RULES = ApprovalRules(above=yuan("5.00"))


@pytest.fixture
async def selling(seller: Seller) -> Seller:
    """Each of two shops has 10 units of TEE-S, so the campaign of `create` puts 20.00 at risk there."""
    await seller.agree("tee", "TEE-S", "TEE-M")
    seller.reporting_currency = "CNY"
    seller.approval = RULES
    return seller


def wish(price: str = "8.00", name: str = "sale") -> Wish:
    return Wish(name, START, END, LATE, LATE, (PriceEntry("TEE-S", yuan(price)),))


def create(seller: Seller, asked: Wish | None = None) -> Campaign:
    """Made by `tester`."""
    return making.create(seller.session, making.prepare(seller.session, asked or wish()))


def named(seller: Seller, who: str) -> Session:
    return replace(seller.session, who=who)


def begin(seller: Seller, at: datetime = START) -> None:
    seller.clock.advance_to(at.replace(tzinfo=UTC))


async def push(seller: Seller, channel: str = "north", edge: Edge = Edge.START) -> None:
    await done(Inline(seller.session), "edge", channel, "sale", edge)


def found(seller: Seller) -> Beforehand:
    with seller.database.read() as tx:
        return beforehand(tx, seller.session, making.known(tx, "sale"))


def told(seller: Seller) -> list[str]:
    rows = [row for row in seller.rows(tables.audit) if "appro" in row["kind"]]
    return [f"{row['kind']} {row['plan']} by {row['who']}: {row['reason']}" for row in rows]


def approvals(seller: Seller) -> list[tuple[str, str]]:
    return [(row["who"], row["reason"]) for row in seller.rows(tables.approvals)]


def test_why_an_edge_needs_approval_is_known_when_it_is_made(selling: Seller) -> None:
    prepared = making.prepare(selling.session, wish())
    why = ("its cuts of 20.00 CNY are more than 5.00 CNY",)
    starts = {(name, Edge.START): why for name in ("north", "south")}
    assert needs(selling.session, prepared.edges) == starts
    selling.approval = None
    assert needs(selling.session, prepared.edges) == {}


def test_who_made_it_may_not_approve_it_and_who_approved_it_has_done_so_once(
    selling: Seller,
) -> None:
    campaign = create(selling)
    with pytest.raises(RefusedError, match="tester made campaign sale, so somebody else"):
        approve(selling.session, "sale")
    for who in ("bob", "bob", "eve"):
        approve(named(selling, who), "sale", "as agreed")
    given = found(selling)
    assert given.counts
    assert [(each.who, each.checksum) for each in given.given] == [
        ("bob", campaign.checksum), ("eve", campaign.checksum),
    ]  # fmt: skip
    assert told(selling) == [
        "campaign approved None by bob: as agreed",
        "campaign approved None by eve: as agreed",
    ]
    with pytest.raises(InputError, match="there is no campaign 'other'"):
        approve(named(selling, "bob"), "other")


async def test_an_approved_edge_goes_without_anybody(selling: Seller) -> None:
    create(selling)
    approve(named(selling, "bob"), "sale", "as agreed")
    begin(selling)
    await push(selling)
    assert selling.price("north", "TEE-S") == "8.00 CNY"
    assert approvals(selling) == [("bob", "beforehand, with campaign sale: as agreed")]
    (given,) = selling.rows(tables.approvals)
    (plan,) = [row for row in selling.rows(tables.plans) if row["id"] == given["plan"]]
    assert plan["checksum"] == given["checksum"]
    assert told(selling)[1:] == [
        f"plan approved {plan['id']} by bob: beforehand, with campaign sale: as agreed"
    ]
    begin(selling, END)
    await push(selling, edge=Edge.END)
    assert selling.price("north", "TEE-S") == "10.00 CNY", "nothing is cut then"
    assert len(approvals(selling)) == 1


async def test_an_edge_that_nobody_approved_waits_for_a_person_who_did_not_make_the_campaign(
    selling: Seller,
) -> None:
    create(selling)
    begin(selling)
    worker = Inline(named(selling, "worker"))
    said = (
        r"the start of campaign sale on north was not approved beforehand, so plan (p\d+) needs the "
        r"approval of somebody else than tester"
    )
    with pytest.raises(RefusedError, match=said) as refused:
        await done(worker, "edge", "north", "sale", Edge.START)
    assert selling.price("north", "TEE-S") == "10.00 CNY"
    id = refused.value.message.split("plan ")[1].split()[0]
    with pytest.raises(RefusedError, match="tester made plan"):
        plan_approval.approve(selling.session, id)
    plan_approval.approve(named(selling, "worker"), id)
    await apply_plan(selling.session, id)
    assert selling.price("north", "TEE-S") == "8.00 CNY"


async def test_an_edge_that_is_not_what_was_foreseen_waits_though_it_was_approved(
    selling: Seller,
) -> None:
    create(selling)
    approve(named(selling, "bob"), "sale")
    selling.set_price("TEE-S", "9.80")
    selling.approval = None
    await selling.sync()
    selling.approval = RULES
    begin(selling)
    with pytest.raises(MercerError, match="the start of campaign sale on north is not what was"):
        await push(selling)
    assert selling.price("north", "TEE-S") == "9.80 CNY"
    assert approvals(selling) == []


async def test_an_approval_that_was_taken_back_lets_nothing_go(selling: Seller) -> None:
    create(selling)
    approve(named(selling, "bob"), "sale")
    assert withdraw(selling.session, "sale", "too cheap") == 1
    assert found(selling) == Beforehand((), counts=False)
    with pytest.raises(InputError, match="nobody has approved campaign sale"):
        withdraw(selling.session, "sale")
    begin(selling)
    with pytest.raises(MercerError, match="was not approved beforehand"):
        await push(selling)
    assert told(selling)[-1] == "approval withdrawn None by tester: too cheap"


async def test_where_a_second_person_is_asked_for_later_its_maker_does_not_count(
    selling: Seller,
) -> None:
    selling.approval = replace(RULES, second_person=False)
    create(selling)
    approve(selling.session, "sale")
    assert found(selling).counts
    selling.approval = RULES
    assert not found(selling).counts
    begin(selling)
    cycle = await sync(named(selling, "eve"), Request())
    assert cycle.held is not None
    assert selling.price("north", "TEE-S") == "10.00 CNY"


async def test_a_cycle_that_comes_to_the_edge_lets_it_go_with_stock_beside_it(
    selling: Seller,
) -> None:
    create(selling)
    approve(named(selling, "bob"), "sale")
    begin(selling)
    selling.count("TEE-M", 4)
    cycle = await selling.sync()
    assert cycle.held is None
    for channel in ("north", "south"):
        assert selling.price(channel, "TEE-S") == "8.00 CNY"
        assert selling.quantity(channel, "TEE-M") == 4
    assert approvals(selling) == [("bob", "beforehand, with campaign sale")]


async def test_a_cycle_that_changes_anything_else_waits_and_the_edge_still_goes(
    selling: Seller,
) -> None:
    create(selling)
    approve(named(selling, "bob"), "sale")
    begin(selling)
    selling.set_price("TEE-M", "9.90")
    cycle = await selling.sync()
    assert cycle.held is not None
    assert f"plan {cycle.plan.header.id} needs the approval" in cycle.held.message
    assert selling.price("north", "TEE-S") == "10.00 CNY"
    await push(selling)
    assert selling.price("north", "TEE-S") == "8.00 CNY"
    assert selling.price("north", "TEE-M") == "10.00 CNY"


async def test_what_two_campaigns_change_goes_only_where_one_person_approved_both(
    selling: Seller,
) -> None:
    create(selling)
    other = replace(wish(name="other"), entries=(PriceEntry("TEE-M", yuan("8.00")),))
    create(selling, other)
    approve(named(selling, "bob"), "sale")
    approve(named(selling, "eve"), "other")
    begin(selling)
    assert (await selling.sync()).held is not None
    approve(named(selling, "bob"), "other")
    assert (await selling.sync()).held is None
    assert approvals(selling) == [("bob", "beforehand, with campaign other, sale")]
    assert selling.price("south", "TEE-M") == "8.00 CNY"


async def test_one_that_is_over_or_cancelled_cannot_be_approved(selling: Seller) -> None:
    create(selling)
    begin(selling, END)
    with pytest.raises(RefusedError, match=r"is over, .* there is nothing to approve"):
        approve(named(selling, "bob"), "sale")


async def test_a_campaign_that_was_cancelled_approves_nothing(selling: Seller) -> None:
    """The way back is a plan like any."""
    create(selling)
    approve(named(selling, "bob"), "sale")
    begin(selling)
    await push(selling)
    selling.approval = ApprovalRules(changes=0)
    making.cancel(selling.session, "sale")
    cycle = await selling.sync()
    assert cycle.held is not None
    assert selling.price("north", "TEE-S") == "8.00 CNY"
    with pytest.raises(RefusedError, match="was cancelled at"):
        approve(named(selling, "eve"), "sale")
