"""Make campaigns, all of one or nothing, and cancel them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mercer.core.audit import Kind, Line
from mercer.core.campaign import Campaign, CampaignEntry, Edge, Tolerance, needed
from mercer.core.cell import Field
from mercer.core.errors import InputError, RefusedError
from mercer.core.price import PriceEntry
from mercer.store import campaigns, prices, versions
from mercer.store.database import Transaction
from mercer.store.plans import Plan
from mercer.sync import audit, handing
from mercer.sync.campaign_fitting import (
    fitted,
    refuse_left,
    refuse_stuck,
    refuse_unreachable,
    spread,
    windows,
)
from mercer.sync.campaign_preview import PRICES, EdgePlan, Key, Rehearsal
from mercer.sync.catalogue import enter, set_prices, take_out
from mercer.sync.handed import handed
from mercer.sync.planning import Request, make_plan
from mercer.sync.session import Session

_RESTS_ON: Final = ("catalogue", "price_book", "price_rules", "rates", "links", "overrides")
"""What a preview is made of. Counts move all the time, and make no price."""

_SLICE: Final = 500

Times = Mapping[Key, datetime]


@dataclass(frozen=True, slots=True)
class Wish:
    """A campaign as a person asks for it. `start` and `end` are the wall times of every channel's own
    zone, or of `zone` where it is named; with an offset they are one moment.

    An entry without a channel is for every channel that sells in its currency and has the SKU.
    """

    name: str
    start: datetime
    end: datetime
    start_tolerance: Tolerance
    end_tolerance: Tolerance
    entries: tuple[PriceEntry, ...]
    zone: str = ""
    allowed: tuple[str, ...] = ()
    reason: str = ""

    @property
    def walls(self) -> dict[Edge, tuple[datetime, Tolerance]]:
        return {
            Edge.START: (self.start, self.start_tolerance),
            Edge.END: (self.end, self.end_tolerance),
        }


@dataclass(frozen=True, slots=True)
class Overlap:
    """Prices that another dated entry sets for a part of the time; of a campaign, if it is named."""

    channel: str
    campaign: str
    skus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A campaign that could be made now, with the plans of its edges. `rests_on`: the versions of what
    they were made from.
    """

    campaign: Campaign
    entries: tuple[CampaignEntry, ...]
    edges: Mapping[Key, EdgePlan]
    overlaps: tuple[Overlap, ...]
    rests_on: Mapping[str, int]


def prepare(session: Session, wish: Wish) -> Prepared:
    """What would come of it; nothing is kept. Raise `RefusedError` for a campaign whose edges cannot be
    kept, and `InputError` for times that are none.
    """
    with session.database.read() as tx:
        _refuse_known(tx, wish.name)
        rests_on = _versions(tx)
        entries = spread(tx, session, wish.entries)
    channels = sorted({entry.channel for entry in entries})
    refuse_unreachable(session, channels)
    lie = windows(session, channels, wish.walls, wish.zone)
    measured, _ = _rehearsed(session, wish, entries, {key: each.at for key, each in lie.items()})
    edges = fitted(session, lie, measured)
    begins = {(each.channel, each.edge): each.begins_at for each in edges}
    plans, entries = _rehearsed(session, wish, entries, begins)
    refuse_stuck(plans)
    refuse_left(session, entries)
    with session.database.read() as tx:
        overlaps = _overlaps(tx, entries, begins)
    campaign = Campaign(
        wish.name,
        _told(wish.start, wish.zone),
        _told(wish.end, wish.zone),
        wish.start_tolerance,
        wish.end_tolerance,
        wish.allowed,
        wish.reason,
        session.who,
        session.clock.now(),
        tuple(replace(each, checksum=plans[each.channel, each.edge].checksum) for each in edges),
    )
    return Prepared(campaign, tuple(entries), plans, overlaps, rests_on)


def create(session: Session, prepared: Prepared) -> Campaign:
    """Put its prices into the book. Raise `RefusedError` where what it was prepared from has moved."""
    campaign, now = prepared.campaign, session.clock.now()
    begins = {(each.channel, each.edge): each.begins_at for each in campaign.edges}
    with session.database.write() as tx:
        _refuse_known(tx, campaign.name)
        late = any(now > each.window.latest - needed(each.seconds) for each in campaign.edges)
        if late or _versions(tx) != prepared.rests_on:
            raise RefusedError(
                f"campaign {campaign.name} is not what was shown any more: "
                + ("it is too late for it" if late else "the price book or the links have moved"),
                hint="look at it again: mercer campaign create --dry-run",
            )
        made = [_in_book(entry, begins) for entry in prepared.entries]
        _refuse_taken(tx, made)
        version = enter(tx, session, made, f"campaign {campaign.name}")
        campaign = replace(campaign, price_book=version)
        campaigns.save(tx, campaign, prepared.entries)
        handing.ask(tx, session, campaign)
        reason = f"from {campaign.start} until {campaign.end}"
        audit.note(tx, session, Line(Kind.CAMPAIGN_MADE, after=campaign.name, reason=reason))
    return campaign


def cancel(session: Session, name: str) -> tuple[Campaign, Plan | None]:
    """Take its prices out of the book; where they show already, or the platform was handed them, plan
    what the book says now, on the channels that are connected.

    Raise `RefusedError` for one that is over.
    """
    with session.database.write() as tx:
        campaign, now = known(tx, name), session.clock.now()
        refuse_over(campaign, now, "cancel")
        reached = reached_on(tx, campaign, now)
        left = [channel for channel in campaign.channels if not campaign.over(channel, now)]
        begins = {(each.channel, each.edge): each.begins_at for each in campaign.edges}
        entries = [each for channel in left for each in campaigns.entries_of(tx, name, channel)]
        there = _in_the_book(tx, [_in_book(entry, begins) for entry in entries])
        take_out(tx, session, there)
        campaigns.cancel(tx, name, session.who, now)
        audit.note(tx, session, Line(Kind.CAMPAIGN_CANCELLED, after=name))
        cancelled = known(tx, name)
    shown = tuple(name for name in reached if name in session.connections)
    if not shown:
        return cancelled, None
    skus = frozenset(entry.sku for entry in entries)
    return cancelled, make_plan(session, Request(shown, (*PRICES, Field.SCHEDULED), skus))


def known(tx: Transaction, name: str) -> Campaign:
    """Raise `InputError` for a name that no campaign has."""
    found = campaigns.find(tx, name)
    if found is None:
        raise InputError(f"there is no campaign {name!r}", hint="see them: mercer campaign list")
    return found


def begun_on(campaign: Campaign, now: datetime) -> list[str]:
    """The channels on which its prices are to show now."""
    return [
        channel
        for channel in campaign.channels
        if campaign.edge(channel, Edge.START).begins_at <= now and not campaign.over(channel, now)
    ]


def reached_on(tx: Transaction, campaign: Campaign, now: datetime) -> list[str]:
    """The channels on which its prices are to show now, or whose platform was handed them."""
    begun = begun_on(campaign, now)
    return [
        channel
        for channel in campaign.channels
        if channel in begun or (not campaign.over(channel, now) and handed(tx, campaign, channel))
    ]


def _refuse_known(tx: Transaction, name: str) -> None:
    if campaigns.find(tx, name) is not None:
        raise InputError(
            f"there is a campaign {name!r} already",
            hint=f"take another name, or see it: mercer campaign show {name}",
        )


def refuse_over(campaign: Campaign, now: datetime, to: str) -> None:
    """`to`: what a person wanted to do with it."""
    name = campaign.name
    if campaign.cancelled_at is not None:
        raise RefusedError(
            f"campaign {name} was cancelled at {campaign.cancelled_at:%Y-%m-%d %H:%M} UTC",
            hint=f"see it: mercer campaign show {name}",
        )
    if all(campaign.over(channel, now) for channel in campaign.channels):
        raise RefusedError(
            f"campaign {name} is over, and its prices hold no more: there is nothing to {to}",
            hint=f"see it: mercer campaign show {name}",
        )


def _versions(tx: Transaction) -> dict[str, int]:
    found = versions.inputs(tx)
    return {name: found[name] for name in _RESTS_ON}


def _told(wall: datetime, zone: str) -> str:
    return f"{wall.isoformat(' ', 'minutes')}{f' {zone}' if zone else ''}"


def _in_book(entry: CampaignEntry, begins: Times) -> PriceEntry:
    """Its entry of the price book: it holds from one push until the other."""
    starts_at, ends_at = begins[entry.channel, Edge.START], begins[entry.channel, Edge.END]
    return PriceEntry(
        entry.sku,
        entry.price,
        entry.channel,
        entry.compare_at,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _rehearsed(
    session: Session, wish: Wish, entries: Sequence[CampaignEntry], begins: Times
) -> tuple[dict[Key, EdgePlan], list[CampaignEntry]]:
    """The plans of both edges on each channel, and the entries with what is to hold after them."""
    plans: dict[Key, EdgePlan] = {}
    complete: list[CampaignEntry] = []
    with session.database.rehearsal() as trial:
        rehearsal = Rehearsal.on(trial, session, wish.allowed, wish.reason)
        set_prices(rehearsal.session, [_in_book(entry, begins) for entry in entries])
        for name in sorted({entry.channel for entry in entries}):
            own = [entry for entry in entries if entry.channel == name]
            skus = {entry.sku for entry in own}
            start, end = (name, Edge.START), (name, Edge.END)
            plans[start] = rehearsal.edge(name, begins[start], skus)
            rehearsal.show(plans[start])
            plans[end] = rehearsal.edge(name, begins[end], skus)
            complete += rehearsal.derived(name, begins[end], own)
    return plans, complete


def _in_the_book(tx: Transaction, entries: Sequence[PriceEntry]) -> list[PriceEntry]:
    """Those of them that are there, whatever they say by now."""
    found = []
    for start in range(0, len(entries), _SLICE):
        batch = {prices.key_of(entry) for entry in entries[start : start + _SLICE]}
        for there in prices.of_skus(tx, {key[0] for key in batch}).values():
            found += [entry for entry in there if prices.key_of(entry) in batch]
    return found


def _refuse_taken(tx: Transaction, entries: Sequence[PriceEntry]) -> None:
    taken = _in_the_book(tx, entries)
    if taken:
        first = taken[0]
        raise RefusedError(
            f"{first.sku} has a price for just these times on {first.channel} already",
            hint=f"take it out, or shift the campaign a little: mercer price show {first.sku}",
        )


def _overlaps(
    tx: Transaction, entries: Sequence[CampaignEntry], begins: Times
) -> tuple[Overlap, ...]:
    """The dated entries of the same SKUs that hold for a part of the campaign, by campaign."""
    found: dict[tuple[str, str], list[str]] = {}
    for channel in sorted({entry.channel for entry in entries}):
        skus = [entry.sku for entry in entries if entry.channel == channel]
        since, until = begins[channel, Edge.START], begins[channel, Edge.END]
        theirs = _campaigns_of(tx, channel, skus)
        for start in range(0, len(skus), _SLICE):
            there = prices.of_skus(tx, skus[start : start + _SLICE])
            for each in (entry for known in there.values() for entry in known):
                meets = each.starts_at < until and since < each.ends_at
                if each.channel == channel and each.dated and meets:
                    name = theirs.get((each.sku, each.starts_at, each.ends_at), "")
                    found.setdefault((channel, name), []).append(each.sku)
    return tuple(Overlap(*key, tuple(sorted(set(skus)))) for key, skus in sorted(found.items()))


def _campaigns_of(
    tx: Transaction, channel: str, skus: Sequence[str]
) -> dict[tuple[str, datetime, datetime], str]:
    """By SKU and times, which campaign an entry of the book is of."""
    found = {}
    edges = {each.name: each for each in campaigns.every(tx)}
    for name, entry in campaigns.named_with(tx, channel, skus):
        start, end = (edges[name].edge(channel, edge).begins_at for edge in Edge)
        found[entry.sku, start, end] = name
    return found


def upcoming(session: Session, campaign: Campaign) -> dict[Key, EdgePlan]:
    """What the edges that have not begun would change, as the book and the shops stand now.

    Of the channels that are connected.
    """
    now = session.clock.now()
    plans: dict[Key, EdgePlan] = {}
    if campaign.cancelled_at is not None:
        return plans
    with session.database.rehearsal() as trial:
        rehearsal = Rehearsal.on(trial, session)
        for name in campaign.channels:
            if name not in session.connections:
                continue
            rehearsal.push_handed(campaign, name)
            with trial.read() as tx:
                skus = {each.sku for each in campaigns.entries_of(tx, campaign.name, name)}
            for edge in Edge:
                begins_at = campaign.edge(name, edge).begins_at
                if begins_at > now:
                    plans[name, edge] = rehearsal.edge(name, begins_at, skus)
                    rehearsal.show(plans[name, edge])
    return plans
