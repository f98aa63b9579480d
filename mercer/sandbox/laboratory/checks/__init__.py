"""What must hold after every history, each as a small check that tells what is wrong.

The names are those of the invariants in `docs/architecture.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mercer.sandbox.laboratory.checks import books, orders, rest, shops, writes
from mercer.sandbox.laboratory.evidence import Evidence

Check = Callable[[Evidence], Iterator[str]]

CHECKS: Final[tuple[Check, ...]] = (
    rest.nothing_unforeseen_is_raised,
    rest.it_comes_to_rest,
    rest.nothing_is_left_open,
    rest.a_plan_applied_twice_changes_nothing,
    writes.plan_first,
    writes.journal_first,
    writes.a_plan_is_a_contract,
    writes.numbers_rest_on_known_orders,
    writes.null_safe,
    writes.ours_only,
    writes.accepted_is_not_applied,
    orders.every_order_once,
    orders.money_is_kept_as_received,
    orders.parcels_are_told_once,
    books.the_ledger_is_the_shops_truth,
    books.every_oversell_has_an_incident,
    books.kept_states_are_those_computed_anew,
    books.absence_needs_proof,
    books.personal_data_is_apart,
    shops.shops_show_what_they_should,
    shops.states_are_settled,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that should not be."""

    check: str
    message: str

    def __str__(self) -> str:
        return f"{self.check.replace('_', ' ')}: {self.message}"


def findings(evidence: Evidence) -> list[Finding]:
    """Empty where everything holds."""
    return [Finding(check.__name__, message) for check in CHECKS for message in check(evidence)]
