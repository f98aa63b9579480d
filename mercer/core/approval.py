"""When a plan needs a person's approval before it may be applied. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mercer.core.cell import money_from_text
from mercer.core.money import Money
from mercer.core.plan import Totals


@dataclass(frozen=True, slots=True)
class ApprovalRules:
    """A plan needs approval whose cuts come to more than `above`, or to nobody knows what, and one of
    more than so many `changes`; `None` is no limit.

    Changes of stock are not counted: what was sold must not wait for a person. With `second_person`
    whoever made a plan may not approve it.
    """

    above: Money | None = None
    changes: int | None = None
    second_person: bool = True

    def reasons(self, totals: Totals) -> Iterator[str]:
        """Why a plan needs approval; nothing where it needs none."""
        counted = totals.going - sum(each.stock for each in totals.sums)
        if counted <= 0:
            return
        cuts = money_from_text(totals.cuts)
        if cuts is None or (self.above is not None and cuts.currency != self.above.currency):
            yield "what its cuts come to is not known"
        elif self.above is not None and cuts > self.above:
            yield f"its cuts of {cuts} are more than {self.above}"
        if self.changes is not None and counted > self.changes:
            yield f"its {counted} changes are more than {self.changes}"

    def counts(self, approval: Approval, maker: str) -> bool:
        """Whether it lets go what `maker` made."""
        return approval.who != maker or not self.second_person


@dataclass(frozen=True, slots=True)
class Approval:
    """Of a plan, or of what a campaign's edges were foreseen to change, as it was by its checksum."""

    of: str
    checksum: str
    who: str
    at: datetime
    reason: str = ""
