"""One channel's cells that are to be pushed, as changes of a plan: guarded, grouped, with what hangs on
them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from mercer.core.cell import LANE_OF, PRICED_FIELDS, CellKey, Field, Lane
from mercer.core.contract import GroupBy
from mercer.core.guard import Finding, Guard, check_stock
from mercer.core.merge import State
from mercer.core.plan import AT_STAKE, NO_STAKE, Change, ChangeKind, PlanHeader, Stake
from mercer.store.database import Transaction
from mercer.store.to_plan import ToPlan
from mercer.sync.guarding import blocking
from mercer.sync.pricing import NOTHING_KNOWN, Beside, OfferKey, any_beside, beside, judge_price
from mercer.sync.risk_sums import stake_of
from mercer.sync.session import Connection, Session

_REMEMBERED: Final = 100_000
"""Moves of a price of which it is remembered how they were judged: some 50 MB."""

_Judged = tuple[list[Finding], Stake]
_Move = tuple[Field, State, str | None, str | None, str | None, int | None]

_NAMED: Final = {GroupBy.LISTING: "{}", GroupBy.OFFER: "{}/{}"}
"""How a group is named by its listing and its offer."""

# Python looks a member up by its name each time, and a plan has very many changes.
_PRICE: Final = Field.PRICE
_COMPARE_AT: Final = Field.COMPARE_AT
_PUSH: Final = State.PUSH
_UPDATE: Final = ChangeKind.UPDATE


@dataclass(slots=True)
class PlanChanges:
    """`alarms`: what stops a whole lane; `allowed`: guards let pass, as `guard` or `guard:SKU`."""

    tx: Transaction
    session: Session
    connection: Connection
    header: PlanHeader
    allowed: Sequence[str]
    alarms: Mapping[Lane, str]
    _groups: Mapping[Lane, str] = field(init=False)
    _asked: bool = field(init=False)
    _known: dict[_Move, _Judged] = field(default_factory=dict)

    def __post_init__(self) -> None:
        groups = self.connection.declared.groups
        self._groups = {
            lane: f"{lane!s}:{_NAMED[by]}" for lane, by in groups.items() if by is not GroupBy.CELL
        }
        self._asked = any_beside(self.tx, self.connection.name, self.header.made_at)

    def of(self, rows: Sequence[ToPlan], first: int) -> list[Change]:
        """Those of whole listings. They are numbered from `first`."""
        known = self._beside(rows)
        changes = [self._change(row, number, known) for number, row in enumerate(rows, first)]
        return _whole_groups(changes, rows)

    def _beside(self, rows: Sequence[ToPlan]) -> Mapping[OfferKey, Beside]:
        rows = [row for row in rows if row.field in PRICED_FIELDS]
        struck = {
            (row.listing, row.offer)
            for row in rows
            if row.field is _COMPARE_AT or (row.partner and row.field is _PRICE)
        }
        if not (struck or self._asked):
            return {}
        wanted = {(row.listing, row.offer): row.sku or "" for row in rows}
        return beside(self.tx, self.session, self.connection.channel, wanted, struck)

    def _change(self, row: ToPlan, number: int, known: Mapping[OfferKey, Beside]) -> Change:
        listing, offer, field, scope, sku, before, after, why, state, cause, _, _ = row
        lane, sku = LANE_OF[field], sku or ""
        about = known.get((listing, offer)) if known else None
        findings, stake = self._judged(row, lane, about)
        guard = blocking(findings, sku, self.allowed) if findings else ""
        if cause is not None and state is _PUSH:
            why = f"{why} ({cause!s})"
        return Change(
            f"{self.header.id}.{number}",
            _UPDATE,
            CellKey(self.connection.name, listing, offer, field, scope),
            sku,
            self._groups.get(lane, "").format(listing, offer),
            before,
            after,
            why,
            guard or self.alarms.get(lane, ""),
            stake,
        )

    def _judged(self, row: ToPlan, lane: Lane, about: Beside | None) -> _Judged:
        """Where nothing is known beside it, the same move of a price is judged once: prices of a shop are
        fewer than its offers.
        """
        _, _, field, _, _, observed, desired, _, state, _, partner, units = row
        move = field, state, observed, desired, partner, units
        if about is None and (found := self._known.get(move)) is not None:
            return found
        if state is State.BLOCKED:
            return [_unknown(row)], _stake(row, about)
        if lane is Lane.STOCK:
            return check_stock(None if desired is None else int(desired)), NO_STAKE
        if field not in PRICED_FIELDS:
            return [], NO_STAKE
        if about is not None:
            return self._judge(row, about)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        found = self._known[move] = self._judge(row, NOTHING_KNOWN)
        return found

    def _judge(self, row: ToPlan, about: Beside) -> _Judged:
        channel, now = self.connection.channel, self.header.made_at
        findings = judge_price(
            channel, row.field, row.observed, row.desired, row.partner, about, now
        )
        return findings, _stake(row, about)


def _whole_groups(changes: list[Change], rows: Sequence[ToPlan]) -> list[Change]:
    """What a guard stops takes the rest of its group with it."""
    if not any(change.guard for change in changes):
        return changes
    stopped = {
        change.group: change.guard
        for change, row in zip(changes, rows, strict=True)
        if change.group and change.guard and row.state is State.PUSH
    }
    return [
        change._replace(guard=f"group: {stopped[change.group]}")
        if change.group in stopped and not change.guard
        else change
        for change in changes
    ]


def _stake(row: ToPlan, about: Beside | None) -> Stake:
    if row.field not in AT_STAKE:
        return NO_STAKE
    return stake_of(row, about.cost if about is not None else None)


def _unknown(row: ToPlan) -> Finding:
    if row.desired is not None:
        return Finding(Guard.UNKNOWN_QUANTITY, "the shop's own value was never read")
    if row.field is Field.STOCK:
        return check_stock(None)[0]
    return Finding(Guard.MISSING_PRICE, row.why)
