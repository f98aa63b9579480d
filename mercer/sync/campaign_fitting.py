"""Whether a campaign can be kept on its channels: where its entries go, when each push begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from mercer.core.account import Channel
from mercer.core.campaign import CampaignEntry, ChannelEdge, Edge, Tolerance, Window, needed
from mercer.core.cell import Field
from mercer.core.errors import InputError, RefusedError
from mercer.core.guard import NEVER_ALLOWED
from mercer.core.plan import Change, longest
from mercer.core.price import PriceEntry
from mercer.core.wall_time import instant
from mercer.store import offers
from mercer.store.database import Transaction
from mercer.sync.campaign_preview import EdgePlan, Key
from mercer.sync.session import Session

_SLICE: Final = 500


def spread(tx: Transaction, session: Session, entries: Sequence[PriceEntry]) -> list[CampaignEntry]:
    """What is asked of each channel: its own entries, and those of every channel in its currency of
    which it sells the SKU. A channel's own go before these.

    Raise `InputError` where that is nothing.
    """
    found: dict[tuple[str, str], CampaignEntry] = {}
    everywhere = [entry for entry in entries if not entry.channel]
    for channel in session.channels.values() if everywhere else ():
        sold = _sold(tx, channel, [entry.sku for entry in everywhere])
        for entry in everywhere:
            if entry.currency == channel.currency and entry.sku in sold:
                found[channel.name, entry.sku] = _asked(entry, channel.name)
    for entry in entries:
        if entry.channel:
            found[entry.channel, entry.sku] = _asked(entry, entry.channel)
    if not found:
        raise InputError(
            "no channel sells any of these SKUs in this currency",
            hint="name the channels in the file, or link their offers first: mercer link list",
        )
    return [found[key] for key in sorted(found)]


def _asked(entry: PriceEntry, channel: str) -> CampaignEntry:
    assert entry.price is not None  # the file was asked for it
    return CampaignEntry(channel, entry.sku, entry.price, entry.compare_at)


def _sold(tx: Transaction, channel: Channel, skus: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(skus), _SLICE):
        rows = offers.offers_of_skus(tx, skus[start : start + _SLICE], channel.name)
        found |= {row.sku for row in rows if row.sku}
    return found


def refuse_unreachable(session: Session, channels: Sequence[str]) -> None:
    """Raise `RefusedError` for channels that are not connected: what their edges take is not known."""
    missing = [name for name in channels if name not in session.connections]
    if missing:
        raise RefusedError(
            f"what the campaign takes on {', '.join(missing)} is not known: no connection",
            hint="mend it, see: mercer doctor; or leave it out of the file",
        )


def windows(
    session: Session,
    channels: Sequence[str],
    walls: Mapping[Edge, tuple[datetime, Tolerance]],
    zone: str,
) -> dict[Key, Window]:
    """Where the edges lie on each channel, by wall times of `zone` or of the channel's own."""
    found: dict[Key, Window] = {}
    for name in channels:
        for edge, (wall, tolerance) in walls.items():
            at = instant(wall, zone or session.channel(name).zone)
            found[name, edge] = Window.around(at, tolerance)
        if found[name, Edge.END].at <= found[name, Edge.START].at:
            raise InputError(
                f"on {name} the campaign ends before it starts", hint="see --start and --end"
            )
    return found


def fitted(
    session: Session, found: Mapping[Key, Window], measured: Mapping[Key, EdgePlan]
) -> list[ChannelEdge]:
    """When the push of each edge begins. Raise `RefusedError` naming every edge that cannot be kept.

    Channels of one account share its quotas, so each is given the time that all of them take.
    """
    now = session.clock.now()
    edges: list[ChannelEdge] = []
    lacks: list[_Lack] = []
    for (name, edge), window in found.items():
        account = session.channel(name).account
        same = [
            estimate
            for (other, its), each in measured.items()
            if its is edge and session.channel(other).account == account
            for estimate in each.plan.totals.channels
        ]
        seconds = longest(same)
        begins_at = window.begin(needed(seconds), now)
        if begins_at is None:
            lacks.append(_Lack(name, edge, window, needed(seconds)))
        else:
            calls = measured[name, edge].plan.totals.calls
            edges.append(ChannelEdge(name, edge, window, begins_at, calls, seconds))
    if lacks:
        worst = max(lacks, key=lambda each: each.time)
        raise RefusedError("; ".join(map(str, lacks)), hint=worst.way_out)
    _refuse_too_short(edges)
    return edges


@dataclass(frozen=True, slots=True)
class _Lack:
    """An edge that cannot be kept: its push needs more time than there is."""

    channel: str
    edge: Edge
    window: Window
    need: timedelta

    @property
    def time(self) -> timedelta:
        """By how much the tolerance is too narrow; none where it is too late for it."""
        return max(self.need - (self.window.latest - self.window.earliest), timedelta(0))

    @property
    def tolerance(self) -> Tolerance:
        window = self.window
        return Tolerance(window.earliest - window.at, window.latest - window.at)

    def __str__(self) -> str:
        takes = f"its push takes {self.need.total_seconds():.0f} s"
        where = f"the {self.edge} on {self.channel}"
        if not self.time:
            due = f"{self.window.latest:%Y-%m-%d %H:%M:%S} UTC"
            return f"{where} is to be done by {due}, and {takes}: there is no time left for it"
        has = (self.window.latest - self.window.earliest).total_seconds()
        return (
            f"{where} cannot be kept: {takes} at the quotas, and the tolerance "
            f"{self.tolerance} leaves {has:.0f} s"
        )

    @property
    def way_out(self) -> str:
        """A wider tolerance, on the side on which it is wide already."""
        if not self.time:
            return f"choose a later --{self.edge}, or allow it to be later: --{self.edge}-tolerance"
        more = timedelta(minutes=ceil(self.time / timedelta(minutes=1)))
        had = self.tolerance
        early = had.latest <= timedelta(0)
        wider = (
            replace(had, earliest=had.earliest - more)
            if early
            else replace(had, latest=had.latest + more)
        )
        return f"widen it, such as --{self.edge}-tolerance {wider}, or price fewer offers"


def _refuse_too_short(edges: Sequence[ChannelEdge]) -> None:
    starts = {each.channel: each for each in edges if each.edge is Edge.START}
    for end in edges:
        start = starts[end.channel]
        if end.edge is Edge.END and end.begins_at < start.begins_at + needed(start.seconds):
            raise RefusedError(
                f"on {end.channel} the end begins before all prices of the start show",
                hint="let the campaign last longer, or narrow its tolerances",
            )


def refuse_stuck(plans: Mapping[Key, EdgePlan]) -> None:
    """Raise `RefusedError` for prices that would show, and that a guard would keep from going back."""
    for (name, edge), plan in sorted(plans.items()):
        if edge is Edge.START:
            continue
        shown = {change.cell for change in plans[name, Edge.START].going}
        stuck = [change for change in plan.blocked if change.cell in shown]
        if stuck:
            first = stuck[0]
            raise RefusedError(
                f"at the end, {len(stuck)} of {len(shown)} prices on {name} could not go back; "
                f"{first.sku}: {first.guard}",
                hint=_way_out(stuck),
            )


def refuse_left(session: Session, entries: Sequence[CampaignEntry]) -> None:
    """Raise `RefusedError` for compare-at prices that would stay when the campaign is over, as the book
    declares none for then and so leaves the channel its own.
    """
    left = [
        entry
        for entry in entries
        if entry.compare_at is not None
        and entry.struck_after is None
        and Field.COMPARE_AT in session.connection(entry.channel).declared.fields
    ]
    if left:
        first = left[0]
        named = f"{first.sku} on {first.channel}"
        more = f" and of {len(left) - 1} more" if len(left) > 1 else ""
        raise RefusedError(
            f"the compare-at price of {named}{more} would stay when the campaign is over: "
            "the price book does not say what holds then",
            hint=f"say it, in a price file or so: mercer price set {first.sku} - "
            f"{first.price.currency} --channel {first.channel} --compare-at none",
        )


def _way_out(stuck: Sequence[Change]) -> str:
    names = sorted({change.guard.removeprefix("group: ").partition(":")[0] for change in stuck})
    never = [name for name in names if name in NEVER_ALLOWED]
    if never:
        first = next(change for change in stuck if never[0] in change.guard)
        return f"set the price that shall hold then: mercer price set {first.sku} AMOUNT CURRENCY"
    allow = " ".join(f"--allow {name}" for name in names)
    return f'let it pass beforehand, if it shall: {allow} --reason "..."'
