"""Runs as people read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mercer.commands.documents import field_name
from mercer.commands.output import Output
from mercer.commands.show import MOST, counted, shown
from mercer.core.outcome import Outcome
from mercer.sync.apply import Applied, Item


def show(out: Output, applied: Applied) -> None:
    """Every item that did not end as planned, and the counts."""
    items(out, [item for item in applied.items if not _open(item) and not as_planned(item)])
    ending(out, applied)


def ending(out: Output, applied: Applied) -> None:
    """How many items ended how, and what can be done next."""
    ended = [item for item in applied.items if not _open(item)]
    counts = Counter(item.outcome for item in applied.items)
    said = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
    out.line(f"run {applied.run} of plan {applied.plan}: {said or 'nothing to do'}")
    if applied.canary and not applied.stopped:
        out.line(f"canary: {counted(applied.canary, 'change')} went first and held")
    if applied.stopped:
        out.line(f"stopped: {applied.stopped}")
    if len(ended) < len(applied.items):
        out.line(f"next: go on with it: mercer apply {applied.plan}")
    if applied.stopped and any(item.outcome is Outcome.CONFIRMED for item in ended):
        out.line(f"or take back what it wrote: mercer rollback {applied.run}")


def items(out: Output, items: Sequence[Item]) -> None:
    if not items:
        return
    header = ("channel", "sku", "field", "before", "after", "outcome", "reason")
    out.table(header, [_item(item) for item in items[:MOST]])
    if len(items) > MOST:
        out.line(f"... and {len(items) - MOST} more: --json shows them all")


def _item(item: Item) -> tuple[object, ...]:
    change = item.change
    place = (change.cell.channel, change.sku, field_name(change))
    values = (shown(change.before), shown(change.after))
    return *place, *values, item.outcome.value, item.reason


def _open(item: Item) -> bool:
    return item.outcome is Outcome.OPEN


def as_planned(item: Item) -> bool:
    """Confirmed, or left alone as the plan already said."""
    return item.outcome is Outcome.CONFIRMED or (
        item.outcome is Outcome.BLOCKED and item.change.blocked
    )


def clean(applied: Applied | None) -> bool:
    return applied is None or (not applied.failed and all(map(as_planned, applied.items)))
