"""Campaigns on a platform that begins and ends prices by its own clock: Amazon's simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from benchmarks.seller import Seller
from mercer.core.approval import ApprovalRules
from mercer.core.campaign import Campaign, CampaignState, Edge, Tolerance
from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.errors import RefusedError
from mercer.core.merge import State
from mercer.core.money import Money
from mercer.core.plan import Change
from mercer.core.price import PriceEntry
from mercer.plugins.amazon.simulator import patching
from mercer.plugins.simulation import Fault, FaultKind, Truth
from mercer.store import campaigns, cells, overrides, runs, shown_prices
from mercer.store.overrides import Override
from mercer.store.plans import Plan
from mercer.sync.apply import apply_plan, load_plan
from mercer.sync.campaign_approval import approve
from mercer.sync.campaign_progress import ChannelProgress, progress
from mercer.sync.campaigns import Wish, cancel, create, prepare, upcoming
from mercer.sync.catalogue import set_prices
from mercer.sync.cycle import sync
from mercer.sync.engine.inline import Inline
from mercer.sync.handing import due
from mercer.sync.intake import pull_orders
from mercer.sync.planning import Request, make_plan
from mercer.sync.price_why import explain
from mercer.sync.pull import pull_listings
from mercer.sync.renew import renew
from mercer.sync.schedule import Schedule
from mercer.sync.send import Sender

NAME = "amazon"
OFFERS = 9
"""Of three products."""
START, END = map(datetime.fromisoformat, ("2026-11-11 00:00", "2026-11-11 06:00"))


class Killed(BaseException):
    """Nobody catches it, as nobody catches the end of a process."""


@pytest.fixture
async def seller() -> AsyncIterator[Seller]:
    made = Seller.of(NAME, products=3)
    await made.take_over()
    yield made
    await made.client.aclose()
    made.database.close()


def offer(seller: Seller, at: int = 0) -> Truth:
    return seller.simulator.offers()[at]


def entries(seller: Seller, share: str = "0.9") -> tuple[PriceEntry, ...]:
    return tuple(
        PriceEntry(each.merchant_code, each.price.scaled(Decimal(share)))
        for each in seller.simulator.offers()
    )


def made(seller: Seller, *asked: PriceEntry) -> Campaign:
    late = Tolerance.parse("0s..+30m")
    wish = Wish("sale", START, END, late, late, asked or entries(seller))
    return create(seller.session, prepare(seller.session, wish))


async def hand(seller: Seller, *back: str) -> None:
    engine = Inline(seller.session)
    run = engine.runs[await engine.submit("hand", NAME, "sale", *back)]
    assert run.error is None, run.error


async def push(seller: Seller, edge: Edge) -> list[object]:
    await pull_orders(seller.session)
    engine = Inline(seller.session)
    run = engine.runs[await engine.submit("edge", NAME, "sale", edge)]
    assert run.error is None, run.error
    runs: list[object] = run.output["runs"]
    return runs


def prices(seller: Seller) -> list[Money]:
    return [each.price for each in seller.simulator.offers()]


def cell(seller: Seller, of: Field, at: int = 0) -> Cell:
    sku = offer(seller, at).merchant_code
    with seller.database.read() as tx:
        return cells.of_listings(tx, [(NAME, sku)])[CellKey(NAME, sku, sku, of)]


def found(seller: Seller) -> ChannelProgress:
    with seller.database.read() as tx:
        campaign = campaigns.find(tx, "sale")
        assert campaign is not None
        (each,) = progress(tx, campaign, seller.clock.now())
    return each


async def applied(seller: Seller) -> None:
    """What is to be changed now, by whatever plan."""
    await apply_plan(seller.session, make_plan(seller.session, Request()).header.id)


def changes(seller: Seller, plan: Plan) -> list[Change]:
    return load_plan(seller.session, plan.header.id)[1]


def waiting(seller: Seller) -> list[tuple[str, ...]]:
    with seller.database.read() as tx:
        return due(tx, seller.clock.now())


async def test_prices_begin_and_end_at_the_very_second_without_any_request(seller: Seller) -> None:
    before = prices(seller)
    campaign = made(seller)
    during = [entry.price for entry in entries(seller)]
    await hand(seller)
    starts_at, ends_at = (campaign.edge(NAME, edge).begins_at for edge in Edge)
    shown = []
    for moment in (starts_at, ends_at):
        for second in (-1, 0):
            seller.clock.advance_to(moment + timedelta(seconds=second))
            shown.append(prices(seller))
    assert shown == [before, during, during, before]


async def test_at_the_edges_it_is_looked_at_and_nothing_is_pushed(seller: Seller) -> None:
    before = prices(seller)
    campaign = made(seller)
    await hand(seller)
    assert found(seller).handed == OFFERS
    for edge in Edge:
        seller.clock.advance_to(campaign.edge(NAME, edge).begins_at)
        assert await push(seller, edge) == []
        seen = found(seller).start if edge is Edge.START else found(seller).end
        assert (seen.confirmed, seen.waiting, seen.kept) == (OFFERS, 0, True)
    assert found(seller).state is CampaignState.ENDED
    assert prices(seller) == before
    assert make_plan(seller.session, Request()).totals.changes == 0


async def test_a_price_beside_a_scheduled_one_is_the_books_without_the_campaign(
    seller: Seller,
) -> None:
    campaign = made(seller)
    outside = str(offer(seller).price)
    await hand(seller)
    seller.clock.advance_to(campaign.edge(NAME, Edge.START).begins_at)
    await push(seller, Edge.START)
    price = cell(seller, Field.PRICE)
    assert (price.desired, price.observed, price.state) == (outside, outside, State.AGREED)
    assert price.why.endswith(", outside campaign sale")


async def test_an_edit_of_the_book_while_it_runs_is_what_shows_from_the_end_on(
    seller: Seller,
) -> None:
    asked = entries(seller)
    campaign = made(seller)
    await hand(seller)
    first = offer(seller)
    seller.clock.advance_to(campaign.edge(NAME, Edge.START).begins_at + timedelta(hours=1))
    edited = first.price.scaled(Decimal("1.05"))
    set_prices(seller.session, [PriceEntry(first.merchant_code, edited)])
    await applied(seller)
    during = offer(seller).price
    seller.clock.advance_to(campaign.edge(NAME, Edge.END).begins_at)
    assert (during, offer(seller).price) == (asked[0].price, edited)


async def test_an_edit_of_a_campaigns_price_is_handed_anew(seller: Seller) -> None:
    campaign = made(seller)
    await hand(seller)
    starts_at, ends_at = (campaign.edge(NAME, edge).begins_at for edge in Edge)
    first = offer(seller)
    cheaper = first.price.scaled(Decimal("0.8"))
    set_prices(
        seller.session,
        [PriceEntry(first.merchant_code, cheaper, NAME, starts_at=starts_at, ends_at=ends_at)],
    )
    await sync(seller.session, Request())
    seller.clock.advance_to(starts_at)
    assert offer(seller).price == cheaper


async def test_a_campaign_that_is_called_off_leaves_nothing_behind(seller: Seller) -> None:
    before = prices(seller)
    campaign = made(seller)
    await hand(seller)
    assert waiting(seller) == []
    _, plan = cancel(seller.session, "sale")
    assert plan is not None
    assert {each.cell.field for each in changes(seller, plan)} == {Field.SCHEDULED}
    assert waiting(seller) == [(NAME, "sale", "back")]
    await hand(seller, "back")
    assert cell(seller, Field.SCHEDULED).observed == ""
    seller.clock.advance_to(campaign.edge(NAME, Edge.START).begins_at)
    assert prices(seller) == before


async def test_one_that_is_called_off_while_it_runs_ends_at_once(seller: Seller) -> None:
    before = prices(seller)
    campaign = made(seller)
    await hand(seller)
    seller.clock.advance_to(campaign.edge(NAME, Edge.START).begins_at)
    await push(seller, Edge.START)
    _, plan = cancel(seller.session, "sale")
    assert plan is not None
    assert prices(seller) != before
    await apply_plan(seller.session, plan.header.id)
    assert prices(seller) == before


async def test_what_the_platform_refuses_is_pushed_within_the_tolerance(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = offer(seller).price.scaled(Decimal("0.9"))

    def wrong(value: dict[str, Any], *_: object) -> list[dict[str, Any]]:
        (step,) = (value.get("discounted_price") or [{"schedule": [{}]}])[0]["schedule"]
        if step.get("value_with_tax") != first.amount:
            return []
        return [patching._issue("4000001", "not here", "purchasable_offer", "INVALID_PRICE")]

    monkeypatch.setattr(patching, "_wrong_sale", wrong)
    campaign = made(seller)
    await hand(seller)
    handed = found(seller).handed
    assert 0 < handed < OFFERS
    seller.clock.advance_to(campaign.edge(NAME, Edge.START).begins_at)
    assert await push(seller, Edge.START) == [{"run": "r2", "as_foreseen": True}]
    start = found(seller).start
    assert (start.confirmed, start.waiting, start.kept) == (OFFERS, 0, True)
    seller.clock.advance_to(campaign.edge(NAME, Edge.END).begins_at)
    assert await push(seller, Edge.END) == [{"run": "r3", "as_foreseen": True}]
    assert found(seller).state is CampaignState.ENDED


async def test_a_sale_that_the_seller_has_made_at_the_shop_is_left_alone(seller: Seller) -> None:
    first = offer(seller)
    item = seller.simulator.shop.items[first.merchant_code]  # type: ignore[attr-defined]
    step = {"value_with_tax": first.price.scaled(Decimal("0.97")).amount}
    dates = {"start_at": "2026-11-01T00:00:00Z", "end_at": "2026-12-01T00:00:00Z"}
    (attributes,) = item.newest.attributes["purchasable_offer"]
    attributes["discounted_price"] = [{"schedule": [step | dates]}]
    await pull_listings(seller.session)
    made(seller)
    await hand(seller)
    assert found(seller).handed == OFFERS - 1
    assert cell(seller, Field.SCHEDULED).state is State.FOLLOWED
    kept = item.newest.attributes["purchasable_offer"][0]["discounted_price"]
    assert kept == [{"schedule": [step | dates]}]


async def test_a_price_that_goes_up_is_not_handed_but_pushed(seller: Seller) -> None:
    campaign = made(seller, *entries(seller, "1.1"))
    assert waiting(seller) == []
    seller.clock.advance_to(campaign.edge(NAME, Edge.START).begins_at)
    assert await push(seller, Edge.START)
    assert found(seller).start.confirmed == OFFERS


async def test_what_is_handed_is_asked_for_once_and_an_edge_soon_to_come_is_left_to_the_push(
    seller: Seller,
) -> None:
    campaign = made(seller)
    assert waiting(seller) == [(NAME, "sale")]
    lead = seller.session.connection(NAME).declared.deadline
    seller.clock.advance_to(campaign.edge(NAME, Edge.START).begins_at - lead)
    await pull_listings(seller.session)
    assert waiting(seller) == []


@pytest.mark.parametrize("kind", [FaultKind.TIMEOUT, FaultKind.ERROR_AFTER])
async def test_an_answer_that_was_never_heard_hands_nothing_twice(
    seller: Seller, kind: FaultKind
) -> None:
    made(seller)
    seller.world.faults.active.append(Fault(kind, count=1, writes_only=True))
    await hand(seller)
    assert found(seller).handed == OFFERS
    assert waiting(seller) == []
    with seller.database.read() as tx:
        assert runs.unsettled(tx, NAME) == []


async def test_a_process_killed_before_the_answer_was_kept_hands_nothing_twice(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(seller)

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(Sender, "_arrive", killed)
        with pytest.raises(Killed):
            await hand(seller)
    sent = [each.updated for each in seller.simulator.shop.items.values()]  # type: ignore[attr-defined]
    seller.clock.advance(600)
    await pull_listings(seller.session)
    await hand(seller)
    assert found(seller).handed == OFFERS
    assert [each.updated for each in seller.simulator.shop.items.values()] == sent  # type: ignore[attr-defined]


async def test_what_buyers_paid_is_in_the_record_of_what_was_charged(seller: Seller) -> None:
    campaign = made(seller)
    first = offer(seller)
    await hand(seller)
    for edge in Edge:
        seller.clock.advance_to(campaign.edge(NAME, edge).begins_at)
        await push(seller, edge)
    key = first.listing, first.offer
    with seller.database.read() as tx:
        shown = [each.price for each in shown_prices.of_offers(tx, NAME, [key])[key]]
    assert shown == [first.price, first.price.scaled(Decimal("0.9")), first.price]


async def test_what_nobody_approved_is_not_handed_and_what_was_approved_beforehand_is(
    seller: Seller,
) -> None:
    rules = ApprovalRules(above=Money.of("1.00", "EUR"))
    seller.session = replace(seller.session, who="anna", reporting_currency="EUR", approval=rules)
    made(seller)
    engine = Inline(seller.session)
    run = engine.runs[await engine.submit("hand", NAME, "sale")]
    assert run.error is not None
    assert run.error["message"].startswith(
        "what amazon is to be handed of campaign sale is not approved beforehand, so plan p"
    )
    approve(replace(seller.session, who="bob"), "sale", "singles day")
    await hand(seller)
    assert found(seller).handed == OFFERS


async def test_an_approval_does_not_cover_what_is_handed_beside_another_price(
    seller: Seller,
) -> None:
    rules = ApprovalRules(above=Money.of("1.00", "EUR"))
    seller.session = replace(seller.session, who="anna", reporting_currency="EUR", approval=rules)
    made(seller)
    approve(replace(seller.session, who="bob"), "sale", "singles day")
    first = offer(seller)
    dearer = PriceEntry(first.merchant_code, first.price.scaled(Decimal("1.2")))
    set_prices(seller.session, [dearer])
    engine = Inline(seller.session)
    run = engine.runs[await engine.submit("hand", NAME, "sale")]
    assert run.error is not None
    assert found(seller).handed == 0


async def test_what_a_guard_stops_is_not_handed_unless_it_was_let_pass(seller: Seller) -> None:
    first = offer(seller)
    half = PriceEntry(first.merchant_code, first.price.scaled(Decimal("0.5")))
    late = Tolerance.parse("0s..+30m")
    asked = Wish("sale", START, END, late, late, (half,))
    create(seller.session, prepare(seller.session, asked))
    await hand(seller)
    assert found(seller).handed == 0
    (change,) = changes(seller, make_plan(seller.session, Request(fields=(Field.SCHEDULED,))))
    assert change.guard.startswith("big-move: ")
    cancel(seller.session, "sale")
    passed = replace(asked, name="again", allowed=("big-move",), reason="so it shall be")
    create(seller.session, prepare(seller.session, passed))
    engine = Inline(seller.session)
    await engine.submit("hand", NAME, "again")
    seller.clock.advance_to(START.replace(tzinfo=UTC))
    assert offer(seller).price == half.price


async def test_what_is_to_come_is_shown_as_it_was_foreseen_though_it_is_handed(
    seller: Seller,
) -> None:
    campaign = made(seller)
    await hand(seller)
    for edge in Edge:
        plans = upcoming(seller.session, campaign)
        assert {plan.checksum == campaign.edge(*key).checksum for key, plan in plans.items()} == {
            True
        }
        assert [key[1] for key in plans] == list(Edge)[list(Edge).index(edge) :]
        seller.clock.advance_to(campaign.edge(NAME, edge).begins_at)
        await push(seller, edge)
    assert found(seller).handed == OFFERS


async def test_a_cycle_hands_what_is_to_be_handed_and_what_waits_for_approval_keeps_nothing_else(
    seller: Seller,
) -> None:
    rules = ApprovalRules(above=Money.of("1.00", "EUR"))
    seller.session = replace(seller.session, who="anna", reporting_currency="EUR", approval=rules)
    made(seller)
    last = offer(seller, OFFERS - 1)
    dearer = last.price.scaled(Decimal("1.05"))
    set_prices(seller.session, [PriceEntry(last.merchant_code, dearer)])
    cycle = await sync(seller.session, Request())
    assert (cycle.failed, cycle.held) == ({}, None)
    assert (offer(seller, OFFERS - 1).price, found(seller).handed) == (dearer, 0)
    approve(replace(seller.session, who="bob"), "sale", "singles day")
    seller.session = replace(seller.session, approval=None)
    await sync(seller.session, Request())
    assert found(seller).handed == OFFERS


async def test_the_round_of_a_worker_hands_it_too(seller: Seller) -> None:
    made(seller)
    engine = Inline(seller.session)
    run = engine.runs[await engine.submit("sync", NAME)]
    assert run.error is None
    assert found(seller).handed == OFFERS


async def test_a_price_that_the_channel_keeps_is_no_campaigns(seller: Seller) -> None:
    campaign = made(seller)
    await hand(seller)
    first = offer(seller)
    key = CellKey(NAME, first.listing, first.offer, Field.PRICE)
    with seller.database.write() as tx:
        kept = Override(key, str(first.price), "anna", seller.clock.now())
        overrides.keep(tx, kept)
        renew(tx, seller.session, seller.session.channel(NAME), [first.listing])
    await sync(seller.session, Request())
    seller.clock.advance_to(campaign.edge(NAME, Edge.START).begins_at)
    assert offer(seller).price == first.price
    assert found(seller).handed == OFFERS - 1


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_edited_buyers_pay_what_the_book_says_after_a_cycle(
    seller: Seller, seed: int
) -> None:
    rng, names = Random(seed), ["one", "two"]
    usual = {each.merchant_code: each.price for each in seller.simulator.offers()}
    late = Tolerance.parse("0s..+30m")
    for step in range(12):
        some = rng.sample(sorted(usual), 4)
        match rng.randrange(4):
            case 0 if names:
                start = seller.clock.now().replace(tzinfo=None) + timedelta(
                    hours=rng.randrange(1, 5)
                )
                asked = tuple(PriceEntry(sku, usual[sku].scaled(Decimal("0.9"))) for sku in some)
                end = start + timedelta(hours=rng.randrange(2, 7))
                wish = Wish(names.pop(), start, end, late, late, asked, zone="UTC")
                create(seller.session, prepare(seller.session, wish))
            case 1:
                share = Decimal(rng.choice(["0.95", "1.05"]))
                set_prices(
                    seller.session, [PriceEntry(sku, usual[sku].scaled(share)) for sku in some]
                )
            case 2 if len(names) == 1 and step % 2:
                with suppress(RefusedError):
                    cancel(seller.session, "two")
        seller.clock.advance(rng.choice([60, 1800, 3600, 7200]))
        await sync(seller.session, Request())
        await sync(seller.session, Request())
        for each in seller.simulator.offers():
            wanted = explain(seller.session, each.merchant_code, NAME).derived.price
            assert each.price == wanted, (step, each.merchant_code)


async def test_a_worker_hands_each_campaign_once_and_takes_back_what_was_called_off(
    seller: Seller,
) -> None:
    made(seller)
    engine = Inline(seller.session)
    schedule = Schedule((), seller.clock, engine, seller.database)  # type: ignore[arg-type]
    for _ in range(2):
        await schedule.look()
    assert list(engine.runs) == ["hand:amazon:sale"]
    cancel(seller.session, "sale")
    for _ in range(2):
        await schedule.look()
    assert list(engine.runs) == ["hand:amazon:sale", "hand:amazon:sale:back"]
    assert found(seller).handed == 0
