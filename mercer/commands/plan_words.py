"""A plan in words, as tables and pages show it: its changes, what they come to, who approved it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from mercer.commands.documents import field_name
from mercer.commands.show import shown
from mercer.core.approval import Approval
from mercer.core.plan import Change, ChangeKind, Totals
from mercer.core.review import Scale
from mercer.store.plans import Plan
from mercer.sync.approval import Standing
from mercer.sync.estimate import spoken


class ChangeWords(NamedTuple):
    """`-` does not apply, or of a margin: the cost is not known."""

    channel: str
    offer: str
    sku: str
    field: str
    before: str
    after: str
    move: str
    margin: str
    units: str
    stake: str
    why: str
    guard: str


def change_words(change: Change, scale: Scale) -> ChangeWords:
    found, cell = scale.figures(change), change.cell
    created = change.kind is ChangeKind.CREATE
    rises = found.moved is not None and found.moved.minor > 0
    return ChangeWords(
        cell.channel,
        cell.offer or cell.listing or "-",
        change.sku,
        field_name(change),
        "-" if created else shown(change.before),
        shown(change.after),
        f"{found.move} %" if found.move else "-",
        f"{found.margin} %" if found.margin else "-",
        _known(change, change.stake.units),
        f"{'+' * rises}{_known(change, found.moved)}",
        change.why,
        change.guard or "-",
    )


def _known(change: Change, value: object) -> str:
    """What every price has, and nothing else."""
    if not change.is_price:
        return "-"
    return "unknown" if value is None else str(value)


SUMS = ("channel", "offers", "changes", "blocked", "cuts", "rises", "calls", "time")


def sums(totals: Totals) -> Iterator[tuple[str, ...]]:
    """A row under `SUMS` for each channel, and one for all."""
    takes = {each.channel: each for each in totals.channels}
    for each in totals.sums:
        took = takes.get(each.channel)
        yield (
            each.channel,
            str(each.offers),
            str(each.changes),
            str(each.blocked),
            each.cuts or "unknown",
            each.rises or "unknown",
            str(took.calls if took else 0),
            spoken(took.seconds if took else 0.0),
        )
    if totals.sums:
        yield (
            "all",
            str(sum(each.offers for each in totals.sums)),
            str(totals.changes),
            str(totals.blocked),
            totals.cuts or "unknown",
            totals.rises or "unknown",
            str(totals.calls),
            spoken(totals.seconds),
        )


def ways(totals: Totals) -> Iterator[str]:
    """How writes will travel where there is a choice."""
    for each in totals.channels:
        for way in each.ways:
            yield f"{each.channel}: {way}"


def approval(plan: Plan, standing: Standing) -> Iterator[str]:
    if standing.lacks:
        yield standing.lacks
    elif standing.needed:
        yield f"needed approval: {', and '.join(standing.needed)}"
    for each in standing.given:
        yield approved_by(each, counts=not (standing.lacks and each.who == plan.header.who))


def approved_by(each: Approval, *, counts: bool) -> str:
    reason = f": {each.reason}" if each.reason else ""
    alone = "" if counts else " (who made it, so it does not count)"
    return f"approved by {each.who}{alone} at {each.at:%Y-%m-%d %H:%M} UTC{reason}"
