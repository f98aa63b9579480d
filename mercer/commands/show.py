"""Plans and runs as people read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mercer.commands.documents import field_name
from mercer.commands.output import Output
from mercer.core.outcome import Outcome
from mercer.core.plan import Change, ChangeKind
from mercer.store.plans import Plan
from mercer.sync.apply import Applied, Item
from mercer.sync.estimate import spoken

MOST = 50
"""Changes of a plan, or items of a run, that are shown before only their number is."""

ALL_OF_IT = "mercer plan show {id} --json"


@dataclass(slots=True)
class Shown:
    """The first of each sort, however many there are; nothing else is kept in memory."""

    most: int
    planned: list[Change] = field(default_factory=list)
    blocked: list[Change] = field(default_factory=list)

    def take(self, changes: Iterable[Change]) -> Shown:
        for change in changes:
            kept = self.blocked if change.blocked else self.planned
            if len(kept) < self.most:
                kept.append(change)
        return self


def plan(
    out: Output,
    plan: Plan,
    changes: Iterable[Change],
    *,
    most: int = MOST,
    all_of_it: str = ALL_OF_IT,
) -> None:
    """`all_of_it`: what to type to see more than the first `most` changes."""
    hint = all_of_it.format(id=plan.header.id)
    shown = Shown(most).take(changes)
    totals = plan.totals
    going = totals.changes - totals.blocked
    if shown.planned:
        header = ("channel", "sku", "field", "before", "after", "why")
        out.table(header, [_row(change, change.why) for change in shown.planned])
        _more(out, going - len(shown.planned), hint)
    if shown.blocked:
        out.line("\nBlocked:")
        header = ("channel", "sku", "field", "before", "after", "guard")
        out.table(header, [_row(change, change.guard) for change in shown.blocked])
        _more(out, totals.blocked - len(shown.blocked), hint)
    for note in plan.notes:
        out.line(f"note: {note}")
    for line in _costs(plan):
        out.line(line)
    out.line(f"\n{_summary(plan)}" if shown.planned or shown.blocked else _summary(plan))


def next_step(out: Output, plan: Plan) -> None:
    """What to type next."""
    if plan.totals.changes > plan.totals.blocked:
        out.line(f"next: mercer apply {plan.header.id}")
    elif plan.totals.blocked:
        out.line('next: mend what blocks, or let it pass: mercer plan --allow GUARD --reason "..."')


def _summary(plan: Plan) -> str:
    totals = plan.totals
    if not totals.changes:
        return f"plan {plan.header.id}: nothing to change"
    risk = f", at risk {', '.join(totals.at_risk)}" if totals.at_risk else ""
    if len(totals.at_risk) > 1 and totals.cuts:
        risk += f", together {totals.cuts}"
    return (
        f"plan {plan.header.id}: {counted(totals.changes - totals.blocked, 'change')}, "
        f"{totals.blocked} blocked, {counted(totals.calls, 'call')}, about {totals.seconds:g} s{risk}"
    )


def _costs(plan: Plan) -> list[str]:
    """What each channel takes, and how its writes will travel where there is a choice."""
    lines = []
    for each in plan.totals.channels:
        takes = f"{counted(each.calls, 'call')}, about {spoken(each.seconds)}"
        lines.append(f"{each.channel}: {'; '.join([takes, *each.ways])}")
    return lines


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _more(out: Output, number: int, hint: str) -> None:
    if number > 0:
        out.line(f"... and {number} more: {hint}" if hint else f"... and {number} more")


def _row(change: Change, last: str) -> list[str]:
    return [
        change.cell.channel,
        change.sku,
        field_name(change),
        "-" if change.kind is ChangeKind.CREATE else shown(change.before),
        shown(change.after),
        last,
    ]


def shown(text: str | None) -> str:
    """A cell's text; unknown and known to be nothing are told apart."""
    return "unknown" if text is None else text or "none"


def run(out: Output, applied: Applied) -> None:
    """Counts, and every item that did not end as planned."""
    ended = [item for item in applied.items if item.outcome is not Outcome.OPEN]
    rest = [item for item in ended if not as_planned(item)]
    if rest:
        _items(out, rest[:MOST])
        if len(rest) > MOST:
            out.line(f"... and {len(rest) - MOST} more: --json shows them all")
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


def _items(out: Output, items: Sequence[Item]) -> None:
    header = ("channel", "sku", "field", "outcome", "reason")
    rows = [
        (
            item.change.cell.channel,
            item.change.sku,
            field_name(item.change),
            item.outcome.value,
            item.reason,
        )
        for item in items
    ]
    out.table(header, rows)


def as_planned(item: Item) -> bool:
    """Confirmed, or left alone as the plan already said."""
    return item.outcome is Outcome.CONFIRMED or (
        item.outcome is Outcome.BLOCKED and item.change.blocked
    )


def clean(applied: Applied | None) -> bool:
    return applied is None or (not applied.failed and all(map(as_planned, applied.items)))
