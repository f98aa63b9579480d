"""A cell as it is kept: the three sides, what is in flight, and the state they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mercer.core.account import Channel
from mercer.core.cell import CellKey, Field
from mercer.core.merge import Cause, Owner, Sides, State, merge
from mercer.core.policy import OURS
from mercer.core.stock import NO_SALES, Sales, StockSides, judge_stock


@dataclass(frozen=True, slots=True)
class Cell:
    """`base_at` is when both sides stood at `base`; `read_after` is when a read tells the truth again
    after a write; `deadline` is when a write that is still not seen counts as unconverged;
    `accepted_at` is when the platform said that it took what is in flight; where it never says so,
    nobody waits any more after `over_at`.

    `observed_since` is when a read first showed `observed`, as `observed_at` is when one last did;
    `desired_since` is when our side came to want `desired`.

    `unexplained` is stock only: observed less what our last number and this channel's own sales
    would make it. `written_at` outlives `in_flight` only if the write was seen at the shop.
    """

    key: CellKey
    sku: str | None = None
    desired: str | None = None
    why: str = ""
    observed: str | None = None
    observed_at: datetime | None = None
    base: str | None = None
    base_at: datetime | None = None
    in_flight: str | None = None
    written_at: datetime | None = None
    read_after: datetime | None = None
    deadline: datetime | None = None
    accepted_at: datetime | None = None
    over_at: datetime | None = None
    gone: bool = False
    state: State = State.UNLINKED
    cause: Cause | None = None
    unexplained: int = 0
    observed_since: datetime | None = None
    desired_since: datetime | None = None

    @property
    def lowers(self) -> bool:
        """Of stock: it should show less than it does, or than what is on its way there.

        What is sent after a number in flight is never higher: that one was too high, or did not show.
        """
        if self.state is not State.PUSH or self.desired is None:
            return False
        if self.in_flight is not None:
            return True
        return self.observed is not None and int(self.desired) < int(self.observed)

    @property
    def raises(self) -> bool:
        """Of stock: it should be sent, and not because it shows too much."""
        return self.state is State.PUSH and not self.lowers

    def landed(self, sent_at: datetime) -> bool:
        """The write that left then was seen at the shop, and none went after it."""
        return self.in_flight is None and self.written_at == sent_at


@dataclass(frozen=True, slots=True)
class Judged:
    """`override` is the channel's value that prevails and is to be kept as its own."""

    cell: Cell
    override: str | None = None


def judged(cell: Cell, channel: Channel, now: datetime, sales: Sales = NO_SALES) -> Judged:
    """The cell with its state renewed from its sides. `sales`: this channel's own, for stock."""
    if cell.sku is None and not cell.gone:
        return Judged(replace(cell, state=State.UNLINKED, cause=None, unexplained=0))
    if cell.key.field is Field.STOCK:
        return Judged(_judged_stock(cell, channel, now, sales))
    if cell.key.field is Field.SCHEDULED:
        return Judged(_judged_scheduled(cell))
    return _judged_text(cell, channel)


def _judged_text(cell: Cell, channel: Channel) -> Judged:
    field = cell.key.field
    sides = Sides(cell.base, cell.desired, cell.observed, cell.in_flight, cell.gone)
    verdict = merge(sides, channel.owner(field), channel.policy(field), field, channel.name)
    moved = verdict.base != cell.base
    renewed = replace(
        cell,
        base=verdict.base,
        base_at=cell.observed_at if moved else cell.base_at,
        in_flight=verdict.in_flight,
        state=verdict.state,
        cause=verdict.cause,
        desired=verdict.override if verdict.override is not None else cell.desired,
    )
    return Judged(renewed, verdict.override)


def _judged_scheduled(cell: Cell) -> Cell:
    """Nobody is to be asked whose it is: one is only wanted where there is none, or one of ours."""
    sides = Sides(cell.observed, cell.desired, cell.observed, cell.in_flight, cell.gone)
    verdict = merge(sides, Owner.MERCER, OURS, Field.SCHEDULED)
    return replace(
        cell,
        base=verdict.base,
        base_at=cell.observed_at,
        in_flight=verdict.in_flight,
        state=verdict.state,
        cause=verdict.cause,
    )


def _judged_stock(cell: Cell, channel: Channel, now: datetime, sales: Sales) -> Cell:
    unheard = _is_unheard(cell, now)
    sides = StockSides(
        _number(cell.base),
        _number(cell.desired),
        _number(cell.observed),
        sales,
        _number(cell.in_flight),
        cell.gone,
        accepted=cell.accepted_at is not None or unheard,
        tardy=_is_tardy(cell) or unheard,
    )
    verdict = judge_stock(sides, channel.owner(Field.STOCK))
    return replace(
        cell,
        base=None if verdict.base is None else str(verdict.base),
        base_at=cell.observed_at if verdict.rebased else cell.base_at,
        in_flight=None if verdict.in_flight is None else str(verdict.in_flight),
        state=verdict.state,
        cause=verdict.cause,
        unexplained=verdict.unexplained,
    )


def _is_unheard(cell: Cell, now: datetime) -> bool:
    """Its request is over, and nobody heard whether what is in flight was taken."""
    return cell.accepted_at is None and cell.over_at is not None and cell.over_at <= now


def _is_tardy(cell: Cell) -> bool:
    """What is in flight should have been seen by the last reading."""
    if cell.in_flight is None or cell.read_after is None or cell.observed_at is None:
        return False
    return cell.observed_at >= cell.read_after


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
