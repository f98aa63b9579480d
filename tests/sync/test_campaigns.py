"""Campaigns: made whole or not at all, pushed within their tolerance, gone without a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from mercer.core.campaign import Campaign, CampaignState, Edge, Tolerance
from mercer.core.cell import NOTHING, Field
from mercer.core.contract import Quota
from mercer.core.derivation import Pricing
from mercer.core.errors import InputError, RefusedError
from mercer.core.guard import GuardSettings
from mercer.core.price import ALWAYS, FOREVER, PriceEntry
from mercer.core.price_rule import NamedRule, Percent
from mercer.core.rates import Rates
from mercer.store import campaigns, prices
from mercer.sync import campaigns as making
from mercer.sync.campaign_progress import ChannelProgress, progress
from mercer.sync.campaigns import Prepared, Wish
from mercer.sync.catalogue import drop_prices, set_prices
from mercer.sync.engine.inline import Inline
from tests.sync.conftest import Seller, yuan

pytestmark = pytest.mark.both_databases


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


LATE = Tolerance.parse("0s..+30m")
EARLY = Tolerance.parse("-10m..0s")

START, END = wall("2026-11-11 00:00"), wall("2026-11-12 00:00")
"""The clock begins on 2026-11-01 08:00 UTC."""


ENDS = {datetime(2026, 11, day, tzinfo=UTC) for day in (12, 13)}


def wish(*entries: PriceEntry, name: str = "sale", **said: object) -> Wish:
    made = Wish(name, START, END, LATE, LATE, entries or (PriceEntry("TEE-S", yuan("8.00")),))
    return replace(made, **said)  # type: ignore[arg-type]


def create(seller: Seller, asked: Wish) -> Campaign:
    return making.create(seller.session, making.prepare(seller.session, asked))


def until(seller: Seller, moment: datetime) -> None:
    seller.clock.advance_to(moment)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def found(seller: Seller, name: str = "sale") -> list[ChannelProgress]:
    with seller.database.read() as tx:
        campaign = campaigns.find(tx, name)
        assert campaign is not None
        return progress(tx, campaign, seller.clock.now())


def states(seller: Seller, name: str = "sale") -> dict[str, CampaignState]:
    return {each.channel: each.state for each in found(seller, name)}


def book(seller: Seller, sku: str = "TEE-S") -> list[PriceEntry]:
    with seller.database.read() as tx:
        return prices.of_skus(tx, [sku]).get(sku, [])


async def push(seller: Seller, channel: str, edge: Edge, name: str = "sale") -> None:
    await Inline(seller.session).submit("edge", channel, name, edge)


@pytest.fixture
async def selling(seller: Seller) -> Seller:
    await seller.agree("tee", "TEE-S", "TEE-M")
    return seller


async def test_prices_show_from_the_start_until_the_end_and_then_as_before(
    selling: Seller,
) -> None:
    create(selling, wish())
    assert selling.plan().totals.changes == 0
    until(selling, at("2026-11-11"))
    await selling.sync()
    assert [selling.price(name, "TEE-S") for name in ("north", "south")] == ["8.00 CNY"] * 2
    assert selling.price("north", "TEE-M") == "10.00 CNY"
    until(selling, at("2026-11-12"))
    await selling.sync()
    assert selling.price("north", "TEE-S") == "10.00 CNY"
    assert states(selling) == {"north": CampaignState.ENDED, "south": CampaignState.ENDED}


async def test_each_channel_has_its_own_midnight_and_its_own_change_of_clocks(
    seller: Seller,
) -> None:
    """In Berlin, clocks are put forward on 2027-03-28."""
    seller.rule("north", zone="Europe/Berlin")
    seller.rule("south", zone="Asia/Shanghai")
    await seller.agree("tee", "TEE-S")
    create(seller, wish(start=wall("2027-03-28 00:00"), end=wall("2027-03-29 00:00")))
    shown = []
    for moment in ("27 16:00", "27 23:00", "28 16:00", "28 21:59", "28 22:00"):
        until(seller, at(f"2027-03-{moment}"))
        await seller.sync()
        shown.append((seller.price("north", "TEE-S"), seller.price("south", "TEE-S")))
    before, during = "10.00 CNY", "8.00 CNY"
    assert shown == [
        (before, during), (during, during), (during, before), (during, before), (before, before),
    ]  # fmt: skip


async def test_a_start_that_one_channel_has_passed_is_refused_and_nothing_is_kept(
    seller: Seller,
) -> None:
    seller.rule("south", zone="Asia/Shanghai")
    await seller.agree("tee", "TEE-S")
    asked = wish(start=wall("2026-11-01 12:00"))
    with pytest.raises(RefusedError, match=r"the start on south .* there is no time left for it"):
        create(seller, asked)
    with seller.database.read() as tx:
        assert campaigns.every(tx) == []
    assert not [entry for entry in book(seller) if entry.dated]


async def test_a_named_zone_is_every_channels(seller: Seller) -> None:
    seller.rule("south", zone="Asia/Shanghai")
    await seller.agree("tee", "TEE-S")
    campaign = create(seller, wish(zone="Europe/Berlin"))
    starts = {each.window.at for each in campaign.edges if each.edge is Edge.START}
    assert starts == {at("2026-11-10 23:00")}


async def test_an_hour_that_clocks_of_a_channel_leave_out_is_refused(seller: Seller) -> None:
    seller.rule("north", zone="Europe/Berlin")
    await seller.agree("tee", "TEE-S")
    asked = wish(start=wall("2027-03-28 02:30"), end=wall("2027-03-30 00:00"))
    with pytest.raises(InputError, match="clocks in Europe/Berlin never show 2027-03-28 02:30"):
        making.prepare(seller.session, asked)


# ------------------------------------------------------------------ within the tolerance


async def test_where_a_price_may_not_be_late_its_push_begins_before_the_edge(
    selling: Seller,
) -> None:
    selling.declare("north", quotas=(Quota("calls", 0.1, 1.0),))
    campaign = create(selling, wish(start_tolerance=EARLY))
    edge = campaign.edge("north", Edge.START)
    assert edge.begins_at < edge.window.at
    assert edge.begins_at + timedelta(seconds=edge.seconds) <= edge.window.latest
    until(selling, edge.begins_at - timedelta(seconds=1))
    await selling.sync()
    assert selling.price("north", "TEE-S") == "10.00 CNY", "a cycle that comes early pushes nothing"
    until(selling, edge.begins_at)
    await push(selling, "north", Edge.START)
    assert selling.price("north", "TEE-S") == "8.00 CNY"
    (north, _) = found(selling)
    assert north.start.kept
    assert north.start.earliest is not None
    assert timedelta(minutes=-10) <= north.start.earliest < timedelta(0)


async def test_a_push_that_does_not_fit_is_refused_with_what_it_needs_and_what_to_change(
    selling: Seller,
) -> None:
    selling.declare("north", quotas=(Quota("calls", 0.03, 1.0),))
    asked = wish(start_tolerance=Tolerance.parse("-1m..+1m"))
    with pytest.raises(RefusedError) as refused:
        making.prepare(selling.session, asked)
    assert "the start on north cannot be kept: its push takes" in refused.value.message
    assert "the tolerance -1m..+1m leaves 120 s" in refused.value.message
    wider = refused.value.hint.split("--start-tolerance ")[1].split(",")[0]
    making.prepare(selling.session, replace(asked, start_tolerance=Tolerance.parse(wider)))


async def test_channels_of_one_account_are_given_the_time_that_all_of_them_take(
    seller: Seller,
) -> None:
    for name in ("north", "south"):
        seller.rule(name, account="one")
        seller.declare(name, quotas=(Quota("calls", 0.1, 1.0),))
    await seller.agree("tee", "TEE-S")
    both = create(seller, wish()).edge("north", Edge.START).seconds
    alone = wish(
        PriceEntry("TEE-S", yuan("8.00"), "north"), name="alone", end=wall("2026-11-13 00:00")
    )
    assert both > create(seller, alone).edge("north", Edge.START).seconds


async def test_a_price_that_shows_too_late_is_told_as_such(selling: Seller) -> None:
    create(selling, wish())
    until(selling, at("2026-11-11 02:00"))
    assert set(states(selling).values()) == {CampaignState.STARTING}
    await selling.sync()
    assert [(each.state, each.start.kept) for each in found(selling)] == [
        (CampaignState.RUNNING, False)
    ] * 2


# ------------------------------------------------------------------ what both edges change


def turns(prepared: Prepared, channel: str = "north") -> list[list[tuple[str | None, str | None]]]:
    return [
        [(change.before, change.after) for change in prepared.edges[channel, edge].changes]
        for edge in Edge
    ]


async def test_both_edges_are_shown_before_anything_is_kept(selling: Seller) -> None:
    prepared = making.prepare(selling.session, wish())
    assert turns(prepared) == [[("10.00 CNY", "8.00 CNY")], [("8.00 CNY", "10.00 CNY")]]
    start = prepared.edges["north", Edge.START]
    assert start.plan.totals.calls > 0
    assert start.plan.totals.at_risk == ("north: 20.00 CNY",)
    assert not [entry for entry in book(selling) if entry.dated]


async def test_a_rise_back_that_a_guard_would_stop_is_refused_until_it_is_let_pass(
    selling: Seller,
) -> None:
    asked = wish(PriceEntry("TEE-S", yuan("7.50")))
    with pytest.raises(RefusedError, match=r"could not go back; TEE-S: .*big-move") as refused:
        making.prepare(selling.session, asked)
    assert "--allow big-move --reason" in refused.value.hint
    create(selling, replace(asked, allowed=("big-move:TEE-S",), reason="the usual sale"))
    for moment in ("2026-11-11", "2026-11-12"):
        until(selling, at(moment))
        await selling.sync()
    assert selling.price("north", "TEE-S") == "10.00 CNY"


async def test_what_was_let_pass_does_not_cover_a_slip_in_the_book_meanwhile(
    selling: Seller,
) -> None:
    asked = wish(PriceEntry("TEE-S", yuan("7.50")), allowed=("big-move",))
    create(selling, replace(asked, reason="the usual sale"))
    until(selling, at("2026-11-11"))
    await selling.sync()
    selling.set_price("TEE-S", "1000.00")
    until(selling, at("2026-11-12"))
    await selling.sync()
    assert selling.price("north", "TEE-S") == "7.50 CNY"
    selling.set_price("TEE-S", "11.00")
    await selling.sync()
    assert selling.price("north", "TEE-S") == "11.00 CNY"


async def test_a_channel_of_which_very_much_changes_is_let_pass_with_its_campaign(
    selling: Seller,
) -> None:
    tight = GuardSettings(max_changed_percent=10, share_from=0)
    selling.rule("north", guards=tight)
    create(selling, wish(allowed=("wide-change:north",), reason="the usual sale"))
    until(selling, at("2026-11-11"))
    plan = selling.plan()
    assert plan.totals.blocked == 0
    assert "wide-change:north of campaign sale (tester: the usual sale)" in plan.header.allowed
    selling.set_price("TEE-M", "9.90")
    blocked = [each for each in selling.changes(selling.plan()) if each.blocked]
    assert {(each.cell.channel, each.sku) for each in blocked} >= {("north", "TEE-M")}


async def test_without_a_price_to_go_back_to_it_is_refused(selling: Seller) -> None:
    drop_prices(selling.session, book(selling))
    with pytest.raises(RefusedError) as refused:
        making.prepare(selling.session, wish())
    assert "mercer price set TEE-S" in refused.value.hint


async def test_a_compare_at_price_that_would_stay_is_refused_until_the_book_says_what_holds_then(
    selling: Seller,
) -> None:
    entry = PriceEntry("TEE-S", yuan("8.00"), compare_at=yuan("10.00"))
    with pytest.raises(RefusedError, match="the compare-at price of TEE-S on north and of 1 more"):
        making.prepare(selling.session, wish(entry))
    set_prices(selling.session, [PriceEntry("TEE-S", None, compare_at=NOTHING, currency="CNY")])
    create(selling, wish(entry))
    for moment, shows in (("2026-11-11", "10.00 CNY"), ("2026-11-12", "")):
        until(selling, at(moment))
        await selling.sync()
        assert selling.cell("north", "TEE-S", Field.COMPARE_AT).observed == shows


async def test_a_channel_that_cannot_be_reached_is_named(selling: Seller) -> None:
    away = {"north": selling.connections["north"]}
    session = replace(selling.session, connections=away)
    with pytest.raises(RefusedError, match="what the campaign takes on south is not known"):
        making.prepare(session, wish())


# ------------------------------------------------------------------ after the end


async def test_after_the_end_each_price_is_what_the_book_says_then(selling: Seller) -> None:
    create(selling, wish())
    until(selling, at("2026-11-11"))
    await selling.sync()
    selling.set_price("TEE-S", "9.50")
    selling.set_price("TEE-S", "12.00", "south")
    await selling.sync()
    assert selling.price("north", "TEE-S") == "8.00 CNY"
    until(selling, at("2026-11-12"))
    for channel in ("north", "south"):
        await push(selling, channel, Edge.END)
    assert selling.price("north", "TEE-S") == "9.50 CNY"
    assert selling.price("south", "TEE-S") == "12.00 CNY"
    assert [each.end.confirmed for each in found(selling)] == [1, 1]


async def test_a_price_goes_back_to_one_that_is_a_little_more_than_was_foreseen(
    selling: Seller,
) -> None:
    """A rise of 31 % for the shop, and of 5 % for the book."""
    create(selling, wish())
    until(selling, at("2026-11-11"))
    await selling.sync()
    selling.set_price("TEE-S", "10.50")
    until(selling, at("2026-11-12"))
    await selling.sync()
    assert selling.price("north", "TEE-S") == "10.50 CNY"


async def test_of_campaigns_that_overlap_the_one_that_starts_last_lies_on_top(
    selling: Seller,
) -> None:
    create(selling, wish())
    later = wish(
        PriceEntry("TEE-S", yuan("9.00")), name="hour", start=wall("2026-11-11 20:00"),
        end=wall("2026-11-11 21:00"),
    )  # fmt: skip
    prepared = making.prepare(selling.session, later)
    assert {(each.campaign, each.skus) for each in prepared.overlaps} == {("sale", ("TEE-S",))}
    making.create(selling.session, prepared)
    shown = []
    for moment in ("11-11 00:00", "11-11 20:00", "11-11 21:00", "11-12 00:00"):
        until(selling, at(f"2026-{moment}"))
        await selling.sync()
        shown.append(selling.price("north", "TEE-S"))
    assert shown == ["8.00 CNY", "9.00 CNY", "8.00 CNY", "10.00 CNY"]
    assert states(selling, "hour")["north"] is CampaignState.ENDED


async def test_the_same_times_twice_are_refused(selling: Seller) -> None:
    create(selling, wish())
    again = making.prepare(selling.session, wish(name="again"))
    with pytest.raises(RefusedError, match="TEE-S has a price for just these times on north"):
        making.create(selling.session, again)
    with pytest.raises(InputError, match="there is a campaign 'sale' already"):
        making.prepare(selling.session, wish())


async def test_what_was_shown_is_not_made_once_the_book_has_moved(selling: Seller) -> None:
    prepared = making.prepare(selling.session, wish())
    selling.set_price("TEE-M", "9.90")
    with pytest.raises(RefusedError, match="not what was shown any more"):
        making.create(selling.session, prepared)


# ------------------------------------------------------------------ cancelling


async def test_cancelled_before_its_start_nothing_is_left_of_it(selling: Seller) -> None:
    create(selling, wish())
    cancelled, plan = making.cancel(selling.session, "sale")
    assert plan is None
    assert cancelled.cancelled_by == "tester"
    assert not [entry for entry in book(selling) if entry.dated]
    until(selling, at("2026-11-11"))
    await selling.sync()
    assert selling.price("north", "TEE-S") == "10.00 CNY"
    with pytest.raises(RefusedError, match="was cancelled at"):
        making.cancel(selling.session, "sale")


async def test_cancelled_while_it_runs_prices_go_back_to_what_the_book_says_now(
    selling: Seller,
) -> None:
    asked = wish(PriceEntry("TEE-S", yuan("7.50")), allowed=("big-move",), reason="as agreed")
    create(selling, asked)
    until(selling, at("2026-11-11"))
    await selling.sync()
    selling.set_price("TEE-S", "10.50", "south")
    selling.set_price("TEE-S", "10.50")
    _, plan = making.cancel(selling.session, "sale")
    assert plan is not None
    assert {change.after for change in selling.changes(plan)} == {"10.50 CNY"}
    await selling.apply(plan)
    assert selling.price("north", "TEE-S") == "10.50 CNY"
    assert [each.end.confirmed for each in found(selling)] == [1, 1]


async def test_one_that_is_over_cannot_be_cancelled(selling: Seller) -> None:
    create(selling, wish())
    until(selling, at("2026-11-12"))
    with pytest.raises(RefusedError, match="is over"):
        making.cancel(selling.session, "sale")


# ------------------------------------------------------------------ where there are no offers


async def test_an_entry_without_a_channel_is_for_those_that_sell_the_sku_in_its_currency(
    seller: Seller,
) -> None:
    seller.own("tee", "TEE-S")
    seller.show("north", "tee", "TEE-S")
    await seller.pull()
    assert create(seller, wish()).channels == ["north"]
    set_prices(seller.session, [PriceEntry("TEE-S", yuan("9.99"), "south")])
    own = wish(PriceEntry("TEE-S", yuan("8.00"), "south"), name="own")
    assert create(seller, own).channels == ["south"]
    with pytest.raises(InputError, match="no channel sells any of these SKUs"):
        making.prepare(seller.session, wish(PriceEntry("OTHER", yuan("8.00")), name="none"))


async def test_a_channels_own_entry_goes_before_that_of_every_channel(selling: Seller) -> None:
    asked = wish(PriceEntry("TEE-S", yuan("8.00")), PriceEntry("TEE-S", yuan("9.00"), "south"))
    create(selling, asked)
    until(selling, at("2026-11-11"))
    await selling.sync()
    assert selling.price("north", "TEE-S") == "8.00 CNY"
    assert selling.cell("south", "TEE-S", Field.PRICE).observed == "9.00 CNY"


# ------------------------------------------------------------------ whatever the book


@pytest.mark.parametrize("seed", range(3))
async def test_after_campaigns_every_price_is_what_the_book_comes_to_without_them(
    seller: Seller, seed: int
) -> None:
    """Whatever rules, dated entries and edits there are meanwhile."""
    random = Random(seed)
    skus = [f"S{number}" for number in range(8)]
    await seller.agree("all", *skus)
    free = GuardSettings(max_move_percent=None, decimal_slip=False)
    for name in ("north", "south"):
        rule = Percent(Decimal(random.randint(-5, 5)))
        seller.rule(name, guards=free, price_rules=(NamedRule("rule", rule),))
    amounts = [yuan(f"{number}.00") for number in range(8, 13)]

    def edit() -> None:
        dated = random.random() < 0.3
        entry = PriceEntry(
            random.choice(skus),
            random.choice(amounts),
            random.choice(["", "north"]),
            starts_at=seller.clock.now() if dated else ALWAYS,
            ends_at=at("2026-11-20") if dated else FOREVER,
        )
        set_prices(seller.session, [entry])

    await seller.sync()
    for name, days in (("first", 2), ("second", 1)):
        entries = [PriceEntry(sku, random.choice(amounts)) for sku in random.sample(skus, 5)]
        create(seller, wish(*entries, name=name, end=START + timedelta(days=days)))
    for moment in ("2026-11-11", "2026-11-12", "2026-11-13"):
        edit()
        until(seller, at(moment))
        edit()
        await seller.sync()
    with seller.database.read() as tx:
        known = prices.of_skus(tx, skus)
    for name in ("north", "south"):
        channel = seller.channels[name]
        pricing = Pricing(channel, Rates(seller.clock.now()))
        for sku in skus:
            without = [each for each in known[sku] if each.ends_at not in ENDS]
            derived = pricing.derive(pricing.book(without))
            assert seller.price(name, sku) == str(derived.price), (name, sku)
    assert {*states(seller, "first").values()} == {CampaignState.ENDED}
