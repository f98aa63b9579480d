"""Plans as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mercer.commands.output import Output
from mercer.commands.plan_words import SUMS, approval, change_words, sums, ways
from mercer.commands.show import MOST, counted
from mercer.core.plan import Change
from mercer.core.review import Scale
from mercer.store.plans import Plan
from mercer.sync.approval import Standing

ALL_OF_IT = "mercer plan export {id} --out FILE.html"

_FIGURES = ("move", "margin", "stake")
_HEADERS = {"stake": "at stake"}


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


def show(
    out: Output,
    plan: Plan,
    changes: Iterable[Change],
    standing: Standing | None = None,
    *,
    most: int = MOST,
    all_of_it: str = ALL_OF_IT,
) -> None:
    """`changes` are shown in their order, `all_of_it` is what to type to see more than `most`."""
    hint = all_of_it.format(id=plan.header.id)
    shown = Shown(most).take(changes)
    totals, scale = plan.totals, Scale.of(plan.totals)
    if shown.planned:
        _changes(out, shown.planned, scale, "why")
        _more(out, totals.going - len(shown.planned), hint)
    if shown.blocked:
        out.line("\nBlocked:")
        _changes(out, shown.blocked, scale, "why", "guard")
        _more(out, totals.blocked - len(shown.blocked), hint)
    for note in plan.notes:
        out.line(f"note: {note}")
    if totals.sums:
        out.line()
        out.table(SUMS, sums(totals))
    for line in ways(totals):
        out.line(line)
    out.line(f"\n{_summary(plan)}" if shown.planned or shown.blocked else _summary(plan))
    for line in approval(plan, standing) if standing else ():
        out.line(line)


def next_step(out: Output, plan: Plan, standing: Standing) -> None:
    """What to type next."""
    id = plan.header.id
    if standing.lacks:
        out.line(f"next: mercer approve {id}, then mercer apply {id}")
    elif plan.totals.going:
        out.line(f"next: mercer apply {id}")
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
        f"plan {plan.header.id}: {counted(totals.going, 'change')}, {totals.blocked} blocked, "
        f"{counted(totals.calls, 'call')}, about {totals.seconds:g} s{risk}"
    )


def _changes(out: Output, changes: Sequence[Change], scale: Scale, *last: str) -> None:
    """What only prices have is left out where there are none."""
    figures = _FIGURES if any(change.is_price for change in changes) else ()
    names = ("channel", "sku", "field", "before", "after", *figures, *last)
    told = [change_words(change, scale) for change in changes]
    rows = [[getattr(words, name) for name in names] for words in told]
    out.table([_HEADERS.get(name, name) for name in names], rows)


def _more(out: Output, number: int, hint: str) -> None:
    if number > 0:
        out.line(f"... and {number} more: {hint}" if hint else f"... and {number} more")
