"""What of a run's prices can be taken back, and why the rest stays as it is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mercer.core.cell import CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.plan import Change


@dataclass(frozen=True, slots=True)
class Fact:
    """A cell as it is by now, and the last run that wrote it; `open`: no read has settled that yet.
    `owned`: the field is the channel's own.
    """

    cell: Cell | None
    last_run: str
    open: bool = False
    owned: bool = False


@dataclass(slots=True)
class Judged:
    """By the changes' ids. `taken`: to be shown as before again; `back`: they are already; `left`: why
    each stays as it is.
    """

    taken: dict[str, Change] = field(default_factory=dict)
    back: dict[str, Change] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    def leave(self, changes: Iterable[Change], why: str) -> None:
        for change in changes:
            del self.taken[change.id]
            self.left[change.id] = why


Beside = Mapping[tuple[str, str], Sequence[Cell]]
"""(channel, SKU) -> the price and compare-at cells of all its offers there."""


def judge(
    run: str, written: Sequence[Change], facts: Mapping[CellKey, Fact], beside: Beside
) -> Judged:
    """Each price that a run wrote by itself, then what can only stay or go back together."""
    found = Judged()
    for change in written:
        fact = facts[change.cell]
        why = _reason_to_leave(run, change, fact)
        if why:
            found.left[change.id] = why
        elif _is_back(change, fact.cell):
            found.back[change.id] = change
        else:
            found.taken[change.id] = change
    before = -1
    while len(found.taken) != before:
        before = len(found.taken)
        _keep_groups_whole(found, written)
        _keep_one_price(found, beside)
    return found


def _is_back(change: Change, cell: Cell | None) -> bool:
    return cell is not None and change.before == cell.observed == cell.desired


def _reason_to_leave(run: str, change: Change, fact: Fact) -> str:
    cell = fact.cell
    if cell is None or cell.gone:
        return "it is no longer at the shop"
    if _is_back(change, cell) and cell.in_flight is None:
        return ""
    if cell.in_flight is not None or fact.open:
        return "a write of it is on its way"
    if fact.last_run != run:
        return f"run {fact.last_run} has written it since"
    if cell.observed not in (change.after, change.before):
        since = (
            f", seen since {cell.observed_since:%Y-%m-%d %H:%M} UTC" if cell.observed_since else ""
        )
        return f"another hand has changed it{since}"
    if cell.sku != change.sku:
        return f"it is linked to {cell.sku or 'no SKU'} by now"
    if fact.owned:
        return "the channel decides it by now"
    if change.before is None:
        return "what it showed before is not known"
    return ""


def _keep_groups_whole(found: Judged, written: Iterable[Change]) -> None:
    stuck = {
        (change.cell.channel, change.group): found.left[change.id]
        for change in written
        if change.group and change.id in found.left
    }
    for change in list(found.taken.values()):
        why = stuck.get((change.cell.channel, change.group))
        if why is not None:
            found.leave([change], f"the platform takes it only with others: {why}")


def _keep_one_price(found: Judged, beside: Beside) -> None:
    """Leave what one entry of the book cannot hold: an entry is of a SKU, whatever its offers are."""
    by_sku: dict[tuple[str, str, Field], list[Change]] = {}
    for change in found.taken.values():
        by_sku.setdefault((change.cell.channel, change.sku, change.cell.field), []).append(change)
    for (channel, sku, name), changes in by_sku.items():
        former = {change.before for change in changes}
        mine = {change.cell for change in changes}
        others = [
            cell
            for cell in beside.get((channel, sku), ())
            if cell.key.field is name and cell.key not in mine and not cell.gone
        ]
        if len(former) > 1:
            shown = " and ".join(sorted(each or "nothing" for each in former if each is not None))
            found.leave(changes, f"its offers showed {shown}, and the book has one price of a SKU")
        elif any(cell.observed not in former for cell in others):
            apart = next(cell for cell in others if cell.observed not in former)
            shown = apart.observed or "nothing"
            found.leave(
                changes,
                f"offer {apart.key.offer} of {sku} would move too: it shows {shown}",
            )
