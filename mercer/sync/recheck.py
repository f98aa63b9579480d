"""Whether a planned change still holds, looked at moments before it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mercer.core.account import Channel
from mercer.core.cell import PRICED_FIELDS, CellKey, Field
from mercer.core.cellstate import Cell
from mercer.core.listing import ListingStatus
from mercer.core.merge import Cause, State
from mercer.core.outcome import Outcome
from mercer.core.plan import Change
from mercer.store.database import Transaction
from mercer.sync.guarding import is_allowed
from mercer.sync.pricing import NOTHING_KNOWN, Beside, OfferKey, beside, judge_price
from mercer.sync.session import Session


@dataclass(frozen=True, slots=True)
class Checked:
    """`outcome` of `None`: the change may be written, as `change` now says."""

    change: Change
    outcome: Outcome | None = None
    reason: str = ""


def recheck(
    tx: Transaction,
    session: Session,
    channel: Channel,
    changes: Sequence[Change],
    cells: Mapping[CellKey, Cell],
    allowed: Iterable[str],
) -> list[Checked]:
    """Look at changes against freshly renewed cells. A group that does not hold whole is left whole."""
    priced = {
        (change.cell.listing, change.cell.offer): change.sku
        for change in changes
        if change.cell.field in PRICED_FIELDS
    }
    struck = {
        (key.listing, key.offer)
        for key, cell in cells.items()
        if key.field is Field.COMPARE_AT and (cell.desired or cell.observed)
    }
    known = beside(tx, session, channel, priced, struck)
    judge = _Judge(channel, cells, known, tuple(allowed), session.clock.now())
    checked = [judge.check(change) for change in changes]
    broken = {
        each.change.group: f"its group does not hold: {each.reason}"
        for each in checked
        if each.change.group and each.outcome in (Outcome.STALE, Outcome.BLOCKED)
    }
    return [
        replace(each, outcome=Outcome.STALE, reason=broken[each.change.group])
        if each.outcome is None and each.change.group in broken
        else each
        for each in checked
    ]


@dataclass(frozen=True, slots=True)
class _Judge:
    channel: Channel
    cells: Mapping[CellKey, Cell]
    beside: Mapping[OfferKey, Beside]
    allowed: tuple[str, ...]
    now: datetime

    def check(self, change: Change) -> Checked:
        cell = self.cells.get(change.cell)
        if cell is None or cell.gone:
            return Checked(change, Outcome.STALE, "it is no longer at the shop")
        if cell.in_flight is not None and cell.cause is not Cause.OVERTAKEN:
            return Checked(change, Outcome.STALE, "another write of it is on its way")
        if change.cell.field is Field.STOCK:
            return self._stock(change, cell)
        if cell.observed == change.after and cell.desired == change.after:
            return Checked(change, Outcome.CONFIRMED, "the shop shows it already")
        if cell.desired != change.after:
            now = _shown(cell.desired)
            return Checked(change, Outcome.STALE, f"since the plan, it should show {now}")
        if cell.observed != change.before and not _off_the_shelf(change, cell):
            now = _shown(cell.observed)
            return Checked(change, Outcome.STALE, f"the shop was changed to {now} since the plan")
        if cell.state is not State.PUSH:
            return Checked(change, Outcome.STALE, f"it is {cell.state.value} now")
        return self._guarded(change)

    def _stock(self, change: Change, cell: Cell) -> Checked:
        """The plan authorises the rule and the SKU; the number is the one that holds now."""
        if cell.desired is None:
            return Checked(change, Outcome.BLOCKED, cell.why)
        late = change._replace(before=cell.observed, after=cell.desired, why=cell.why)
        if cell.observed == cell.desired and cell.in_flight is None:
            return Checked(late, Outcome.CONFIRMED, "the shop shows it already")
        if cell.state is not State.PUSH:
            return Checked(late, Outcome.STALE, f"it is {cell.state.value} now")
        return Checked(late)

    def _guarded(self, change: Change) -> Checked:
        if change.cell.field not in PRICED_FIELDS:
            return Checked(change)
        findings = judge_price(
            self.channel,
            change.cell.field,
            change.before,
            change.after,
            _final(self._partner(change.cell)),
            self.beside.get((change.cell.listing, change.cell.offer), NOTHING_KNOWN),
            self.now,
        )
        for finding in findings:
            if finding.blocks and not is_allowed(finding.guard, change.sku, self.allowed):
                reason = f"{finding.guard.value}: {finding.message}"
                return Checked(change, Outcome.BLOCKED, reason)
        return Checked(change)

    def _partner(self, key: CellKey) -> Cell | None:
        other = Field.COMPARE_AT if key.field is Field.PRICE else Field.PRICE
        return self.cells.get(key._replace(field=other))


def _final(partner: Cell | None) -> str | None:
    """What the other price cell of an offer will show: it is pushed too, or stays as it is."""
    if partner is None:
        return None
    return partner.desired if partner.state is State.PUSH else partner.observed


def _off_the_shelf(change: Change, cell: Cell) -> bool:
    """A page that was off the shelf and still is may go on it, whatever the platform calls it now.

    Stock that this very run has written turns `sold_out` into `delisted`.
    """
    off = (ListingStatus.SOLD_OUT, ListingStatus.DELISTED)
    goes_on = change.cell.field is Field.STATUS and change.after == ListingStatus.LISTED
    return goes_on and change.before in off and cell.observed in off


def _shown(text: str | None) -> str:
    return "nothing known" if text is None else text or "nothing"
