"""Campaigns as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mercer.commands.output import Output
from mercer.commands.plan_words import approved_by
from mercer.commands.show import MOST, counted, shown
from mercer.core.account import Channel
from mercer.core.campaign import Campaign, ChannelEdge, Edge, overall
from mercer.core.cell import CellKey
from mercer.core.merge import State
from mercer.core.plan import Change
from mercer.sync.campaign_approval import Beforehand, Needs
from mercer.sync.campaign_preview import EdgePlan, Key
from mercer.sync.campaign_progress import ChannelProgress, EdgeProgress
from mercer.sync.campaigns import Overlap
from mercer.sync.estimate import spoken

_MEANS = {
    State.UNAGREED: "not adopted yet: mercer adopt {channel}",
    State.CONFLICT: "in conflict: mercer conflicts list",
    State.DRIFT: "changed by another hand: mercer conflicts list",
    State.FOLLOWED: "priced by the channel itself",
    State.MISSING: "no longer at the shop",
    State.IN_FLIGHT: "being written at present",
}


def edges(
    out: Output,
    campaign: Campaign,
    plans: Mapping[Key, EdgePlan],
    channels: Mapping[str, Channel],
) -> None:
    """Where each edge lies, and what its push is foreseen to take."""
    header = (
        "channel", "edge", "at", "push begins (UTC)", "done by (UTC)", "offers", "change",
        "stopped", "at risk", "calls", "takes",
    )  # fmt: skip
    out.table(header, [_edge_row(each, plans, channels) for each in campaign.edges])


def _edge_row(
    each: ChannelEdge, plans: Mapping[Key, EdgePlan], channels: Mapping[str, Channel]
) -> tuple[object, ...]:
    channel = channels.get(each.channel)
    zone = channel.zone if channel else "UTC"
    at = each.window.at.astimezone(ZoneInfo(zone))
    plan = plans.get((each.channel, each.edge))
    counts: Sequence[object] = (None, None, None, None)
    if plan is not None:
        risk = [each.partition(": ")[2] for each in plan.plan.totals.at_risk]
        counts = (plan.offers, len(plan.going), len(plan.blocked), ", ".join(risk) or None)
    return (
        each.channel,
        each.edge.value,
        f"{at:%Y-%m-%d %H:%M} {zone}",
        _second(each.begins_at),
        _second(each.window.latest),
        *counts,
        each.calls,
        spoken(each.seconds),
    )


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def changes(out: Output, plans: Mapping[Key, EdgePlan]) -> None:
    """What each offer shows before, during and after; then what guards stop."""
    rows = list(_turns(plans))
    if rows:
        out.table(("channel", "sku", "field", "before", "during", "after"), rows[:MOST])
        _more(out, len(rows))
    for edge in Edge:
        stopped = [
            each for key, plan in sorted(plans.items()) if key[1] is edge for each in plan.blocked
        ]
        if stopped:
            out.line(f"\nStopped at the {edge}:")
            out.table(
                ("channel", "sku", "field", "before", "after", "guard"),
                [_stopped(each) for each in stopped[:MOST]],
            )
            _more(out, len(stopped))


def _turns(plans: Mapping[Key, EdgePlan]) -> Iterator[tuple[str, ...]]:
    """One row for each cell that moves at either edge."""
    for channel in dict.fromkeys(channel for channel, _ in sorted(plans)):
        start, end = (_by_cell(plans.get((channel, edge))) for edge in Edge)
        for cell in dict.fromkeys([*start, *end]):
            first, last = start.get(cell), end.get(cell)
            either = first or last
            assert either is not None  # the cell is of one of them
            during = first.after if first else either.before
            yield (
                channel,
                either.sku,
                cell.field.value,
                shown(first.before) if first else "-",
                shown(during),
                shown(last.after if last else during),
            )


def _by_cell(plan: EdgePlan | None) -> dict[CellKey, Change]:
    return {change.cell: change for change in plan.going} if plan else {}


def _stopped(change: Change) -> tuple[str, ...]:
    cell = change.cell
    before, after = shown(change.before), shown(change.after)
    return cell.channel, change.sku, cell.field.value, before, after, change.guard


def _more(out: Output, number: int) -> None:
    if number > MOST:
        out.line(f"... and {number - MOST} more: --json shows them all")


def notes(out: Output, plans: Mapping[Key, EdgePlan], overlaps: Iterable[Overlap]) -> None:
    """What a person has to know beside: offers that stay as they are, and other dated prices."""
    for (channel, edge), plan in sorted(plans.items()):
        if edge is Edge.START:
            for line in _left(channel, plan):
                out.line(f"note: {line}")
    for each in overlaps:
        what = f"campaign {each.campaign}" if each.campaign else "other dated prices"
        out.line(
            f"note: on {each.channel}, {counted(len(each.skus), 'SKU')} of it overlap with {what}: "
            f"{', '.join(each.skus[:5])}{', ...' if len(each.skus) > 5 else ''}; "
            "what starts last lies on top"
        )


def needs(out: Output, found: Needs) -> None:
    for (channel, edge), why in found.items():
        out.line(f"the {edge} on {channel} needs approval: {', and '.join(why)}")


def approval(
    out: Output,
    campaign: Campaign,
    plans: Mapping[Key, EdgePlan],
    why: Needs,
    found: Beforehand,
) -> None:
    """Who gave it beforehand, and which edges it will not let go."""
    for each in found.given:
        out.line(approved_by(each, counts=found.counts))
    for key in why:
        if plans[key].checksum != campaign.edge(*key).checksum:
            out.line(
                f"note: the {key[1]} on {key[0]} is not what was foreseen any more, so its plan will "
                "need an approval of its own"
            )
    if why and not found.counts:
        out.line(next_step(campaign))


def next_step(campaign: Campaign) -> str:
    """Of one whose edges need approval."""
    return f"next: have it approved beforehand: mercer campaign approve {campaign.name}"


def _left(channel: str, plan: EdgePlan) -> Iterator[str]:
    if not plan.offers:
        yield f"{channel} has no offer of these SKUs that is linked and was read"
    for state, number in sorted(plan.left.items()):
        means = _MEANS.get(state, state.value).format(channel=channel)
        yield f"{counted(number, 'offer')} on {channel} cannot be priced as it stands, {means}"


def progress(out: Output, found: Sequence[ChannelProgress]) -> None:
    header = ("channel", "state", "offers", "edge", "confirmed", "waiting", "first", "last", "kept")
    rows = [
        (each.channel, each.state.value, each.offers, *_progress_row(its))
        for each in found
        for its in (each.start, each.end)
        if its.begun
    ]
    if rows:
        out.table(header, rows)
    for each in found:
        if each.handed:
            out.line(
                f"{each.channel} was handed {each.handed} of {counted(each.offers, 'offer')}: it begins "
                "and ends their prices by its own clock"
            )
        if each.overlaid:
            out.line(
                f"note: on {each.channel}, {counted(each.overlaid, 'offer')} never show it: a later "
                "entry of the book lies on top"
            )


def _progress_row(found: EdgeProgress) -> tuple[object, ...]:
    kept = {None: None, True: "yes", False: "no"}[found.kept]
    first, last = _late(found.earliest), _late(found.latest)
    return found.edge.edge.value, found.confirmed, found.waiting, first, last, kept


def _late(span: timedelta | None) -> str | None:
    """How long after the edge; before it where negative."""
    return None if span is None else f"{span.total_seconds():+.0f} s"


def state_of(found: Sequence[ChannelProgress]) -> str:
    return overall(each.state for each in found).value
